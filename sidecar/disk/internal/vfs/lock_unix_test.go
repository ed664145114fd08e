//go:build unix

package vfs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The machine's own file systems: what lies on one has its mount point above it.
func TestMountOfTheMachine(t *testing.T) {
	folder := t.TempDir()
	mount, err := OS{}.Mount(folder)
	require.NoError(t, err)
	require.NotEmpty(t, mount)
	rel, err := filepath.Rel(mount, folder)
	require.NoError(t, err)
	require.NotContains(t, rel, "..")
	_, err = OS{}.Mount(filepath.Join(folder, "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
