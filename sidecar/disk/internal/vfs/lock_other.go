//go:build !unix

package vfs

import (
	"io"
	"os"
	"path/filepath"
)

// Lock implements FS. Without advisory locks the open file itself has to do: this system refuses to remove it while it is open.
func (OS) Lock(path string) (io.Closer, error) {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, ErrLocked
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
}

// Disk implements FS.
func (OS) Disk(folder string) (string, error) {
	if _, err := os.Stat(folder); err != nil {
		return "", err
	}
	return filepath.VolumeName(folder), nil
}
