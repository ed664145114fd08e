package durable

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// ErrDiskFull means that the file system has no room; nothing was changed.
var ErrDiskFull = errors.New("the disk is full")

// WriteFile replaces path by data with the given permission bits: a temporary file in the same folder is written,
// synced and renamed, and the folder is synced. On an error the old content is untouched.
func WriteFile(path string, data []byte, perm os.FileMode) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".tmp-*")
	if err != nil {
		return wrap(path, err)
	}
	name := tmp.Name()
	if err := fill(tmp, data, perm); err != nil {
		_ = os.Remove(name)
		return wrap(path, err)
	}
	if err := os.Rename(name, path); err != nil {
		_ = os.Remove(name)
		return wrap(path, err)
	}
	return SyncDir(dir)
}

// CreateFile is WriteFile for a path that must not exist yet: an existing file is never replaced.
func CreateFile(path string, data []byte, perm os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return wrap(path, err)
	}
	if err := fill(f, data, perm); err != nil {
		_ = os.Remove(path)
		return wrap(path, err)
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir makes renames and creations in dir durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // some file systems cannot sync a folder
		return wrap(dir, err)
	}
	return nil
}

func fill(f *os.File, data []byte, perm os.FileMode) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Chmod(perm) // CreateTemp's mode and the umask do not matter
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// wrap names a full disk, whatever call met it.
func wrap(path string, err error) error {
	if IsFull(err) {
		return fmt.Errorf("%w: writing %s: free some space and start again: %w", ErrDiskFull, path, err)
	}
	return err
}

// IsFull tells whether err means that the disk or the user's quota is exhausted.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, ErrDiskFull)
}
