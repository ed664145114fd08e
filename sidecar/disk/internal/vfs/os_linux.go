package vfs

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// allocate reserves the room at once where the file system can.
func allocate(f *os.File, size int64) (bool, error) {
	for {
		err := unix.Fallocate(int(f.Fd()), 0, 0, size)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL):
			return false, nil
		default:
			return err == nil, err
		}
	}
}
