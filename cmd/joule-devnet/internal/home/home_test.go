package home

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTemporaryFolderGoesAway(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	h, err := Open("")
	require.NoError(t, err)
	require.DirExists(t, h.Logs())
	left, err := h.Close(false, false)
	require.NoError(t, err)
	require.Empty(t, left)
	require.NoDirExists(t, h.Root())
}

func TestFailureLeavesTheLogs(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	h, err := Open("")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(h.Logs(), "alice.log"), []byte("x"), 0o600))
	left, err := h.Close(false, true)
	require.NoError(t, err)
	require.Equal(t, h.Logs(), left)
	require.FileExists(t, filepath.Join(left, "alice.log"))
	require.NoDirExists(t, h.Path("nodes"))
}

func TestFailureWithoutLogsLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	h, err := Open("")
	require.NoError(t, err)
	left, err := h.Close(false, true)
	require.NoError(t, err)
	require.Empty(t, left)
	require.NoDirExists(t, h.Root())
}

func TestKeep(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	h, err := Open("")
	require.NoError(t, err)
	left, err := h.Close(true, false)
	require.NoError(t, err)
	require.Equal(t, h.Root(), left)
	require.DirExists(t, h.Path("nodes"))
}

func TestForeignFolderIsRefusedAndUntouched(t *testing.T) {
	dir := t.TempDir()
	photo := filepath.Join(dir, "photo.jpg")
	require.NoError(t, os.WriteFile(photo, []byte("x"), 0o600))
	_, err := Open(dir)
	require.ErrorIs(t, err, ErrForeign)
	require.ErrorContains(t, err, "photo.jpg")
	require.FileExists(t, photo)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing was added")
}

func TestNamedFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	h, err := Open(dir)
	require.NoError(t, err)
	_, err = Open(dir)
	require.ErrorIs(t, err, ErrInUse)
	old := h.Path("nodes", "old")
	require.NoError(t, os.WriteFile(old, nil, 0o600))
	left, err := h.Close(false, false)
	require.NoError(t, err)
	require.Equal(t, dir, left)
	require.FileExists(t, old, "a named folder keeps its data")

	again, err := Open(dir)
	require.NoError(t, err)
	require.NoFileExists(t, old, "an earlier devnet's data are deleted")
	_, err = again.Close(false, false)
	require.NoError(t, err)
}

func TestAFileIsNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := Open(file)
	require.Error(t, err)
}
