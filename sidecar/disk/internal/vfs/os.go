package vfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/joulechain/joule/sidecar/durable"
)

// ErrLocked says that another process holds the lock.
var ErrLocked = errors.New("locked by another process")

// OS is the operating system's file system.
type OS struct{}

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Allocate implements File.
func (f osFile) Allocate(size int64) (bool, error) {
	certain, err := allocate(f.File, size)
	if err != nil {
		return false, &fs.PathError{Op: "allocate", Path: f.Name(), Err: err}
	}
	if certain {
		return true, nil
	}
	return false, f.Truncate(size)
}

// open refuses what is not a regular file: opening a pipe would block and a device is not ours.
func open(path string, flag int) (File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fmt.Errorf("not a regular file")}
	}
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// Open implements FS.
func (OS) Open(path string) (File, error) { return open(path, os.O_RDONLY) }

// Append implements FS.
func (OS) Append(path string) (File, error) { return open(path, os.O_RDWR) }

// Create implements FS.
func (OS) Create(path string) (File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// Rename implements FS.
func (OS) Rename(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrExist}
	}
	return os.Rename(from, to)
}

// Replace implements FS.
func (OS) Replace(from, to string) error { return os.Rename(from, to) }

// Remove implements FS.
func (OS) Remove(path string) error { return os.Remove(path) }

// ReadDir implements FS.
func (OS) ReadDir(folder string) ([]fs.DirEntry, error) { return os.ReadDir(folder) }

// SyncDir implements FS.
func (OS) SyncDir(folder string) error { return durable.SyncDir(folder) }

// Free implements FS.
func (OS) Free(folder string) (uint64, error) { return durable.Free(folder) }
