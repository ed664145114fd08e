//go:build !((linux || darwin || freebsd) && (amd64 || arm64))

package dl

import (
	"fmt"
	"runtime"
)

// Open always fails here: driver libraries are loaded on Linux, macOS and FreeBSD
// on amd64 and arm64.
func Open(...string) (Library, error) {
	return nil, fmt.Errorf("%w: not supported on %s/%s", ErrLibrary, runtime.GOOS, runtime.GOARCH)
}

func register(any, uintptr) { panic("dl: Open never succeeds here") }
