package durable_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/durable"
)

func TestWriteFileReplacesWithMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o644))
	require.NoError(t, durable.WriteFile(path, []byte("new"), 0o600))
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "new", string(got))
	st, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), st.Mode().Perm())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file is left")
}

func TestCreateFileNeverReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	require.NoError(t, durable.CreateFile(path, []byte("one"), 0o600))
	require.ErrorIs(t, durable.CreateFile(path, []byte("two"), 0o600), os.ErrExist)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "one", string(got))
}

func TestWriteFileKeepsOldOnError(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	require.ErrorIs(t, durable.WriteFile(filepath.Join(dir, "f"), []byte("x"), 0o600), os.ErrNotExist)
}

func TestIsFull(t *testing.T) {
	require.True(t, durable.IsFull(fmt.Errorf("write: %w", syscall.ENOSPC)))
	require.True(t, durable.IsFull(fmt.Errorf("write: %w", syscall.EDQUOT)))
	require.False(t, durable.IsFull(os.ErrNotExist))
}

// /dev/full answers every write with ENOSPC: a real full disk for the error's text.
func TestFullDeviceIsNamed(t *testing.T) {
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full on this system")
	}
	defer f.Close()
	_, err = f.Write([]byte("x"))
	require.True(t, durable.IsFull(err))
}

func TestFree(t *testing.T) {
	n, err := durable.Free(t.TempDir())
	require.NoError(t, err)
	require.Positive(t, n)
}
