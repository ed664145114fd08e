//go:build linux || darwin || freebsd

package durable

import "golang.org/x/sys/unix"

// Free returns the bytes that an unprivileged process may still write under path.
func Free(path string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0, err
	}
	// Signed on FreeBSD, where root's reserve makes it negative.
	return uint64(max(int64(st.Bavail), 0)) * uint64(st.Bsize), nil
}

// Total returns the size in bytes of the file system that path lies on.
func Total(path string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0, err
	}
	return st.Blocks * uint64(st.Bsize), nil
}
