package keys_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/attest/swtpm"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/keys/tpmkey"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

// TestKeysInATPM: the file holds nothing secret, signatures are as x/device wants them, and another TPM is noticed.
func TestKeysInATPM(t *testing.T) {
	first, second := emulator(t), emulator(t)
	path := filepath.Join(t.TempDir(), "keys", "gpu0.json")
	made, err := keys.NewTPMDevice(path, first.Address())
	require.NoError(t, err)
	require.Equal(t, devicetypes.KEY_TYPE_SECP256R1, made.PublicKey().Type)
	require.NoError(t, made.PublicKey().Validate())
	st, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), st.Mode().Perm())
	got, err := keys.LoadDevice(path, pass("never asked"))
	require.NoError(t, err)
	require.Equal(t, made.DeviceID(), got.DeviceID())
	for range 4 { // half of a TPM's signatures have a high s
		sig, err := got.Sign([]byte("message"))
		require.NoError(t, err)
		require.NoError(t, devicetypes.VerifySignature(got.PublicKey(), []byte("message"), sig))
		require.Error(t, devicetypes.VerifySignature(got.PublicKey(), []byte("other"), sig))
	}
	_, err = keys.NewTPMDevice(path, first.Address())
	require.ErrorIs(t, err, keys.ErrExists)

	var file map[string]any
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &file))
	require.NotContains(t, file, "secret")
	file["tpm"].(map[string]any)["address"] = second.Address()
	data, err = json.Marshal(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	moved, err := keys.LoadDevice(path, nil)
	require.NoError(t, err, "the TPM is asked when something is signed")
	_, err = moved.Sign([]byte("message"))
	require.ErrorIs(t, err, tpmkey.ErrChanged)
}

// emulator runs a software TPM for a test, which is skipped where there is none.
func emulator(t *testing.T) *swtpm.TPM {
	t.Helper()
	if err := swtpm.Installed(); err != nil {
		t.Skip(err)
	}
	dir, err := os.MkdirTemp("", "swtpm") // a short path, for the socket
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	e, err := swtpm.Make(t.Context(), dir, nil)
	require.NoError(t, err)
	argv := e.Command()
	process := exec.Command(argv[0], argv[1:]...)
	require.NoError(t, process.Start())
	t.Cleanup(func() { _ = process.Process.Kill(); _ = process.Wait() })
	require.NoError(t, e.Await(t.Context()))
	return e
}

func TestBadTPMFiles(t *testing.T) {
	const public = `"A6zdvwSZ2fCoTVGKJ7Y4Wz+1dFJdS0kf6E0s1Yb3M1QX"`
	for name, text := range map[string]string{
		"secret and TPM": `{"version":1,"kind":"device","type":"tpm","public_key":` + public + `,"secret":"AAAA","tpm":{"address":"/dev/tpmrm0","unique":""}}`,
		"wrong type":     `{"version":1,"kind":"device","type":"ed25519","public_key":` + public + `,"tpm":{"address":"/dev/tpmrm0","unique":""}}`,
		"short unique":   `{"version":1,"kind":"device","type":"tpm","public_key":` + public + `,"tpm":{"address":"/dev/tpmrm0","unique":"AAAA"}}`,
		"no point": `{"version":1,"kind":"device","type":"tpm","public_key":"BQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",` +
			`"tpm":{"address":"/dev/tpmrm0","unique":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}`,
	} {
		path := filepath.Join(t.TempDir(), "k.json")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := keys.LoadDevice(path, nil)
		require.ErrorIs(t, err, keys.ErrNotAKey, name)
	}
	_, err := keys.NewTPMDevice(filepath.Join(t.TempDir(), "k.json"), "usb:1")
	require.ErrorIs(t, err, tpmkey.ErrAddress)
}
