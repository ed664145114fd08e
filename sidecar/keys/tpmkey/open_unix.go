//go:build unix

package tpmkey

import (
	"os"

	"golang.org/x/sys/unix"
)

// openDevice opens a TPM's device for blocking calls: in the other mode the kernel answers a read that comes too early
// with an end of file.
func openDevice(path string) (*os.File, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}
