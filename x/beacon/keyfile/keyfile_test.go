package keyfile_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/beacon/keyfile"
	"github.com/joulechain/joule/x/beacon/testutil"
	"github.com/joulechain/joule/x/beacon/vrf"
)

func TestGenerateAddLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "beacon_key.json")
	_, err := keyfile.Load(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	first, err := keyfile.Generate(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(keyfile.Mode), info.Mode().Perm())
	_, err = keyfile.Generate(path)
	require.ErrorContains(t, err, "exists")

	second, err := keyfile.Add(path)
	require.NoError(t, err)
	ring, err := keyfile.Load(path)
	require.NoError(t, err)
	require.Equal(t, [][]byte{first.PublicKey(), second.PublicKey()}, ring.PublicKeys())
	for _, key := range []vrf.SecretKey{first, second} {
		proof, err := ring.Prove(key.PublicKey(), []byte("x"))
		require.NoError(t, err)
		_, err = vrf.Verify(key.PublicKey(), proof, []byte("x"))
		require.NoError(t, err)
	}
	for range keyfile.MaxKeys - 2 {
		_, err = keyfile.Add(path)
		require.NoError(t, err)
	}
	_, err = keyfile.Add(path)
	require.ErrorContains(t, err, "16 keys, the most allowed")
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file is left")
}

func TestLoadRefusals(t *testing.T) {
	key := testutil.Key(0)
	public, seed := hex.EncodeToString(key.PublicKey()), hex.EncodeToString(key.Seed())
	item := `{"public_key":"` + public + `","secret_seed":"` + seed + `"}`
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"", "not valid JSON"},
		"cut off":        {`{"version":1,"keys":[` + item, "not valid JSON"},
		"unknown field":  {`{"version":1,"extra":"` + seed + `","keys":[` + item + `]}`, "not valid JSON"},
		"wrong type":     {`{"version":"` + seed + `"}`, "not valid JSON"},
		"second value":   {`{"version":1,"keys":[` + item + `]} {}`, "not valid JSON"},
		"version":        {`{"version":2,"keys":[` + item + `]}`, "version 2; want 1"},
		"no keys":        {`{"version":1,"keys":[]}`, "0 keys; want 1 to 16"},
		"short seed":     {`{"version":1,"keys":[{"public_key":"` + public + `","secret_seed":"` + seed[2:] + `"}]}`, "key 0: secret_seed must be 32 bytes"},
		"not hex":        {`{"version":1,"keys":[{"public_key":"` + public + `","secret_seed":"` + strings.Repeat("z", 64) + `"}]}`, "key 0: secret_seed"},
		"other public":   {`{"version":1,"keys":[{"public_key":"` + hex.EncodeToString(testutil.Key(1).PublicKey()) + `","secret_seed":"` + seed + `"}]}`, "the file is damaged"},
		"far too long":   {strings.Repeat(" ", 20<<10), "longer than"},
		"closed twice":   {`{"version":1,"keys":[` + item + `]}}`, "not valid JSON"},
		"trailing bytes": {`{"version":1,"keys":[` + item + `]}` + seed, "not valid JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "k.json")
			require.NoError(t, os.WriteFile(path, []byte(c.text), keyfile.Mode))
			_, err := keyfile.Load(path)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), seed[2:20], "the error shows the secret")
		})
	}
}

func TestLoadRefusesLoosePermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k.json")
	_, err := keyfile.Generate(path)
	require.NoError(t, err)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o601, 0o777} {
		require.NoError(t, os.Chmod(path, mode))
		_, err = keyfile.Load(path)
		require.ErrorContains(t, err, "chmod 600", "mode %o", mode)
		_, err = keyfile.Add(path)
		require.ErrorContains(t, err, "chmod 600", "mode %o", mode)
	}
	for _, mode := range []os.FileMode{0o600, 0o400} {
		require.NoError(t, os.Chmod(path, mode))
		_, err = keyfile.Load(path)
		require.NoError(t, err, "mode %o", mode)
	}
	_, err = keyfile.Load(t.TempDir())
	require.ErrorContains(t, err, "not a regular file")
}
