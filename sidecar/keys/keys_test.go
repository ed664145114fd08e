package keys_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/keys"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

func pass(s string) keys.Passphrase {
	return func(string) ([]byte, error) { return []byte(s), nil }
}

func TestDeviceKeysRoundTripAndVerify(t *testing.T) {
	for _, typ := range []string{keys.TypeEd25519, keys.TypeSecp256r1} {
		for _, phrase := range []string{"", "correct horse"} {
			t.Run(typ+"/"+phrase, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "sub", "gpu0.json")
				made, err := keys.NewDevice(path, typ, []byte(phrase))
				require.NoError(t, err)
				st, err := os.Stat(path)
				require.NoError(t, err)
				require.Equal(t, os.FileMode(0o600), st.Mode().Perm())

				got, err := keys.LoadDevice(path, pass(phrase))
				require.NoError(t, err)
				require.Equal(t, made.DeviceID(), got.DeviceID())
				require.NoError(t, got.PublicKey().Validate())
				sig, err := got.Sign([]byte("message"))
				require.NoError(t, err)
				require.NoError(t, devicetypes.VerifySignature(got.PublicKey(), []byte("message"), sig))
				require.Error(t, devicetypes.VerifySignature(got.PublicKey(), []byte("other"), sig))
				again, err := made.Sign([]byte("message"))
				require.NoError(t, err)
				require.Equal(t, sig, again, "signing is deterministic")

				_, err = keys.NewDevice(path, typ, nil)
				require.ErrorIs(t, err, keys.ErrExists)
			})
		}
	}
}

// Half of all raw P-256 signatures have a high s, so 64 messages meet both halves.
func TestSecp256r1SignaturesAreLowS(t *testing.T) {
	s, err := keys.NewDevice(filepath.Join(t.TempDir(), "k"), keys.TypeSecp256r1, nil)
	require.NoError(t, err)
	for i := range 64 {
		msg := fmt.Appendf(nil, "message %d", i)
		sig, err := s.Sign(msg)
		require.NoError(t, err)
		require.NoError(t, devicetypes.VerifySignature(s.PublicKey(), msg, sig))
	}
}

func TestAccountKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "relayer.json")
	made, err := keys.NewAccount(path, []byte("correct horse"))
	require.NoError(t, err)
	got, err := keys.LoadAccount(path, pass("correct horse"))
	require.NoError(t, err)
	require.Equal(t, made.Address(), got.Address())
	raw, err := keys.ParseAddress(got.Address())
	require.NoError(t, err)
	require.Equal(t, got.PubKey().Address().Bytes(), []byte(raw))
	sig, err := got.Sign([]byte("tx"))
	require.NoError(t, err)
	require.True(t, got.PubKey().VerifySignature([]byte("tx"), sig))
}

func TestBadKeyFiles(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	_, err := keys.NewDevice(good, keys.TypeEd25519, nil)
	require.NoError(t, err)
	data, err := os.ReadFile(good)
	require.NoError(t, err)

	write := func(name string, data []byte, mode os.FileMode) string {
		p := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(p, data, mode))
		require.NoError(t, os.Chmod(p, mode))
		return p
	}
	edit := func(field string, value any) []byte {
		var m map[string]any
		require.NoError(t, json.Unmarshal(data, &m))
		m[field] = value
		out, err := json.Marshal(m)
		require.NoError(t, err)
		return out
	}
	for name, c := range map[string]struct {
		path string
		want error
	}{
		"group may read":  {write("loose", data, 0o640), keys.ErrLooseMode},
		"others may read": {write("looser", data, 0o604), keys.ErrLooseMode},
		"not JSON":        {write("junk", []byte("secret words"), 0o600), keys.ErrNotAKey},
		"unknown field":   {write("field", edit("extra", 1), 0o600), keys.ErrNotAKey},
		"version":         {write("version", edit("version", 2), 0o600), keys.ErrNotAKey},
		"wrong kind":      {write("kind", edit("kind", "account"), 0o600), keys.ErrWrongKind},
		"other public":    {write("public", edit("public_key", bytes.Repeat([]byte{1}, 32)), 0o600), keys.ErrNotAKey},
		"trailing bytes":  {write("tail", append(bytes.Clone(data), data...), 0o600), keys.ErrNotAKey},
		"short secret":    {write("short", edit("secret", []byte{1}), 0o600), keys.ErrNotAKey},
		"a folder":        {dir, keys.ErrNotAKey},
		"missing":         {filepath.Join(dir, "none"), os.ErrNotExist},
		"too large":       {write("large", bytes.Repeat([]byte{' '}, 70<<10), 0o600), keys.ErrNotAKey},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := keys.LoadDevice(c.path, nil)
			require.ErrorIs(t, err, c.want)
			require.NotContains(t, err.Error(), "secret words", "file content never reaches an error")
		})
	}
	_, err = keys.LoadAccount(good, nil)
	require.ErrorIs(t, err, keys.ErrWrongKind)
}

func TestSealedKeyNeedsItsPassphraseAndHeader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k")
	_, err := keys.NewDevice(path, keys.TypeEd25519, []byte("right"))
	require.NoError(t, err)
	_, err = keys.LoadDevice(path, nil)
	require.ErrorIs(t, err, keys.ErrPassphraseNeeded)
	_, err = keys.LoadDevice(path, pass("wrong"))
	require.ErrorIs(t, err, keys.ErrWrongPassphrase)

	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(data), `"secret"`)
	var m map[string]any
	require.NoError(t, json.Unmarshal(data, &m))
	m["type"] = keys.TypeSecp256r1 // the header is authenticated
	out, err := json.Marshal(m)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, out, 0o600))
	_, err = keys.LoadDevice(path, pass("right"))
	require.ErrorIs(t, err, keys.ErrWrongPassphrase)

	m["type"] = keys.TypeEd25519
	m["sealed"].(map[string]any)["memory_kib"] = 1 << 30
	out, err = json.Marshal(m)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, out, 0o600))
	_, err = keys.LoadDevice(path, pass("right"))
	require.ErrorContains(t, err, "kdf memory", "a planted file cannot exhaust the machine")
}

func TestPassphraseSources(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "pass")
	require.NoError(t, os.WriteFile(file, []byte("from file\n"), 0o600))
	t.Setenv(keys.PassphraseEnv, "from env")
	got, err := keys.PassphraseFrom(file)("k")
	require.NoError(t, err)
	require.Equal(t, "from file", string(got))
	got, err = keys.PassphraseFrom("")("k")
	require.NoError(t, err)
	require.Equal(t, "from env", string(got))
	require.NoError(t, os.Chmod(file, 0o644))
	_, err = keys.PassphraseFrom(file)("k")
	require.ErrorIs(t, err, keys.ErrLooseMode)
	t.Setenv(keys.PassphraseEnv, "")
	_, err = keys.PassphraseFrom("")("k")
	require.ErrorIs(t, err, keys.ErrPassphraseNeeded, "no terminal in tests")
}

func TestSignersDoNotPrintTheirSecret(t *testing.T) {
	dir := t.TempDir()
	for _, typ := range []string{keys.TypeEd25519, keys.TypeSecp256r1} {
		s, err := keys.NewDevice(filepath.Join(dir, typ), typ, nil)
		require.NoError(t, err)
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			require.Equal(t, typ+" device key", fmt.Sprintf(format, s))
		}
	}
	a, err := keys.NewAccount(filepath.Join(dir, "a"), nil)
	require.NoError(t, err)
	require.Equal(t, "account "+a.Address(), fmt.Sprintf("%#v", a))
}

func TestParseAddress(t *testing.T) {
	for _, bad := range []string{"", "joule1", "cosmos1qypqxpq9qcrsszg2pvxq6rs0zqg3yyc5lzv7xu", "joule1qqqq"} {
		_, err := keys.ParseAddress(bad)
		require.Error(t, err, bad)
	}
}
