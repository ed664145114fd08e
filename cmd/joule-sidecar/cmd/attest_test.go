package cmd_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAttestNamesWhatIsMissing: every mistake is told before anything is sent.
func TestAttestNamesWhatIsMissing(t *testing.T) {
	t.Setenv("JOULE_SIDECAR_PASSPHRASE", "of keys that are never made")
	home, _, _ := setup(t, "--device", "gpu0,gpu1")
	report := filepath.Join(t.TempDir(), "report")
	require.NoError(t, os.WriteFile(report, []byte("report"), 0o600))
	for want, args := range map[string][]string{
		"no device has an attest key":       {"attest"},
		"has no attest key":                 {"attest", "--device", "gpu0"},
		"no [[device]] is called":           {"attest", "--device", "gpu9"},
		"go together":                       {"attest", "--device", "gpu0", "--report", report},
		"not registered":                    {"attest", "--device", "gpu0", "--report", report, "--chain", report, "--height", "5"},
		"name one device":                   {"attest", "nonce"},
		"must be nvidia or tpm":             {"attest", "nonce", "--device", "gpu0", "--kind", "sgx"},
		"nothing to attest now":             {"attest", "nonce", "--device", "gpu0"},
		"must be a device":                  {"attest", "enrol", "--tpm", "usb:1"},
		"TPM is not available":              {"attest", "enrol", "--tpm", "unix:" + filepath.Join(home, "none")},
		"no base64":                         {"attest", "activate", "?"},
		"handle like 0x81000003":            {"attest", "enrol", "--attest.tpm-key", "owner"},
		"must be one of tpm, nvidia":        {"keys", "list"},
		"a key in a TPM is in no file":      {"keys", "add", "gpu7", "--type", "tpm", "--encrypt"},
		"TPM is not available: dial unix":   {"keys", "add", "gpu8", "--type", "tpm", "--tpm", "unix:" + filepath.Join(home, "none")},
		"the chain binds a TPM to one":      {"config", "check"},
		"that belongs to GPUs":              {"config", "check"},
		"a card that attests computes by":   {"config", "check"},
		"a TPM vouches for keys that it ho": {"attest"},
	} {
		t.Run(want, func(t *testing.T) {
			own := home
			if block, ok := blocks[want]; ok {
				own = copyHome(t, home, block)
			}
			_, err := run(t, context.Background(), append(args, "--home", own)...)
			require.ErrorContains(t, err, want)
		})
	}
}

// blocks are added to the configuration for a case.
var blocks = map[string]string{
	"must be one of tpm, nvidia":        "\n[[device]]\nname = \"x\"\nclass = \"gpu\"\nkey_file = \"keys/x.json\"\nattest = \"sgx\"\n",
	"the chain binds a TPM to one":      "attest = \"tpm\"\n\n[[device]]\nname = \"x\"\nclass = \"gpu\"\nkey_file = \"keys/x.json\"\nattest = \"tpm\"\n",
	"that belongs to GPUs":              "\n[[device]]\nname = \"x\"\nclass = \"disk\"\nkey_file = \"keys/x.json\"\nfolders = [\"p\"]\nattest = \"nvidia\"\n",
	"a card that attests computes by":   "attest = \"nvidia\"\n",
	"a TPM vouches for keys that it ho": "attest = \"tpm\"\n",
}

// copyHome copies a configuration and its keys, with something added to the end of the file.
func copyHome(t *testing.T, home, more string) string {
	t.Helper()
	own := filepath.Join(t.TempDir(), "home")
	require.NoError(t, os.CopyFS(own, os.DirFS(home)))
	require.NoError(t, filepath.WalkDir(filepath.Join(own, "keys"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	}))
	path := filepath.Join(own, "sidecar.toml")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(text, more...), 0o600))
	return own
}

// TestPauseAndResumeCommands make and remove the file that the cards are watched by.
func TestPauseAndResumeCommands(t *testing.T) {
	home, _, _ := setup(t)
	file := filepath.Join(home, "pause")
	require.Contains(t, must(t, "pause", "--home", home), file)
	require.FileExists(t, file)
	must(t, "pause", "--home", home)
	out, _ := run(t, context.Background(), "doctor", "--home", home, "--bench", "0")
	require.Contains(t, out, "CPU reference", "doctor says what computes")
	require.Contains(t, out, "named by the configuration", "and why")
	require.Contains(t, out, "joule-sidecar resume")
	require.Contains(t, must(t, "resume", "--home", home, "--output", "json"), "working")
	require.NoFileExists(t, file)
	must(t, "resume", "--home", home)
	_, err := run(t, context.Background(), "pause", "--home", home, "--gpu.pause-file", "")
	require.ErrorContains(t, err, "gpu.pause_file is empty")
}
