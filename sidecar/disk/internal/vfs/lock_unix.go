//go:build unix

package vfs

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Lock implements FS. The file stays: removing it would let two processes lock two files of one name.
func (OS) Lock(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, ErrLocked
		}
		return nil, err
	}
	return f, nil
}

// Identify implements FS.
func (OS) Identify(folder string) (disk, self string, err error) {
	info, err := os.Stat(folder)
	if err != nil {
		return "", "", err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		disk = strconv.FormatUint(uint64(st.Dev), 10) //nolint:unconvert // types differ between systems
		return disk, disk + ":" + strconv.FormatUint(st.Ino, 10), nil
	}
	return folder, folder, nil
}

// Mount implements FS: it goes up until another file system begins.
func (OS) Mount(folder string) (string, error) {
	path, err := filepath.EvalSymlinks(folder)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	var here unix.Stat_t
	if err == nil {
		err = unix.Stat(path, &here)
	}
	for err == nil && filepath.Dir(path) != path {
		var above unix.Stat_t
		if err = unix.Stat(filepath.Dir(path), &above); err == nil && above.Dev != here.Dev {
			return path, nil
		}
		path = filepath.Dir(path)
	}
	return path, err
}
