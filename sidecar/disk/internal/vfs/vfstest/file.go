package vfstest

import (
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"
)

// file is an open file.
type file struct {
	m    *Mem
	node *inode
	path string
}

func (f *file) begin(op string) error { return f.m.begin(op, f.path) }

// ReadAt implements io.ReaderAt. A folder that vanished takes its open files along.
func (f *file) ReadAt(b []byte, at int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.begin("read"); err != nil {
		return 0, err
	}
	if f.m.folders[filepath.Dir(f.path)] == nil {
		return 0, &fs.PathError{Op: "read", Path: f.path, Err: syscall.EIO}
	}
	if at < 0 {
		return 0, &fs.PathError{Op: "read", Path: f.path, Err: syscall.EINVAL}
	}
	if at >= int64(len(f.node.data)) {
		return 0, io.EOF
	}
	n := copy(b, f.node.data[at:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements io.WriterAt.
func (f *file) WriteAt(b []byte, at int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.begin("write"); err != nil {
		return 0, err
	}
	if err := f.grow(at + int64(len(b))); err != nil {
		return 0, err
	}
	return copy(f.node.data[at:], b), nil
}

func (f *file) grow(n int64) error {
	more := n - int64(len(f.node.data))
	if more <= 0 {
		return nil
	}
	if f.m.Capacity != 0 && f.m.used()+uint64(more) > f.m.Capacity {
		return &fs.PathError{Op: "write", Path: f.path, Err: syscall.ENOSPC}
	}
	f.node.data = append(f.node.data, make([]byte, more)...)
	return nil
}

// Sync implements vfs.File.
func (f *file) Sync() error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.begin("sync"); err != nil {
		return err
	}
	f.node.synced = slices.Clone(f.node.data)
	return nil
}

// Allocate implements vfs.File.
func (f *file) Allocate(size int64) (bool, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.begin("allocate"); err != nil {
		return false, err
	}
	if !f.m.Certain {
		return false, nil
	}
	return true, f.grow(size)
}

// Size implements vfs.File.
func (f *file) Size() (int64, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if f.m.dead {
		return 0, fmt.Errorf("size: %w", ErrPower)
	}
	return int64(len(f.node.data)), nil
}

// Close implements io.Closer.
func (f *file) Close() error { return nil }
