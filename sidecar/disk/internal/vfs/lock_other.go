//go:build !unix

package vfs

import (
	"io"
	"os"
	"path/filepath"
)

// Lock implements FS. Without advisory locks the open file itself has to do: this system refuses to remove it while it
// is open.
func (OS) Lock(path string) (io.Closer, error) {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, ErrLocked
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
}

// Identify implements FS.
func (OS) Identify(folder string) (disk, self string, err error) {
	if _, err := os.Stat(folder); err != nil {
		return "", "", err
	}
	path, err := filepath.EvalSymlinks(folder)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	return filepath.VolumeName(path), path, err
}

// Mount implements FS.
func (OS) Mount(string) (string, error) { return "", nil }
