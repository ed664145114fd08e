package keyfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/beacon/keyfile"
	"github.com/joulechain/joule/x/beacon/testutil"
	"github.com/joulechain/joule/x/beacon/vrf"
)

func TestSourceFindsAddedKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "beacon_key.json")
	_, err := keyfile.Open(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	first, err := keyfile.Generate(path)
	require.NoError(t, err)
	source, err := keyfile.Open(path)
	require.NoError(t, err)
	require.Equal(t, [][]byte{first.PublicKey()}, source.PublicKeys())

	_, err = source.Prove(testutil.Key(0).PublicKey(), nil)
	require.ErrorIs(t, err, vrf.ErrUnknownKey)
	added, err := keyfile.Add(path)
	require.NoError(t, err)
	proof, err := source.Prove(added.PublicKey(), []byte("x"))
	require.NoError(t, err)
	_, err = vrf.Verify(added.PublicKey(), proof, []byte("x"))
	require.NoError(t, err)
	require.Len(t, source.PublicKeys(), 2)

	// A file that went missing or was opened to others costs the known keys nothing.
	require.NoError(t, os.Chmod(path, 0o644))
	_, err = source.Prove(testutil.Key(0).PublicKey(), nil)
	require.ErrorIs(t, err, vrf.ErrUnknownKey)
	require.ErrorContains(t, err, "chmod 600")
	require.NoError(t, os.Remove(path))
	_, err = source.Prove(first.PublicKey(), nil)
	require.NoError(t, err)
}
