// Package home owns the folder that a devnet lives in.
package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// marker tells that a folder is a devnet's; its lock tells that the devnet runs.
const marker = ".joule-devnet"

// Errors of Open.
var (
	// ErrForeign means that the folder holds something that no devnet made.
	ErrForeign = errors.New("the folder is not empty and no devnet made it")
	// ErrInUse means that another devnet runs in the folder.
	ErrInUse = errors.New("another devnet runs in the folder")
)

// Home is a devnet's folder. Its sub-folders are nodes, sidecars, logs and tmp.
type Home struct {
	root string
	temp bool
	lock *os.File
}

// Open prepares a folder: a new temporary one if path is empty; else path, which must not exist, be empty, or be an
// earlier devnet's, whose data are deleted.
func Open(path string) (*Home, error) {
	h := &Home{temp: path == ""}
	if err := h.choose(path); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(h.root)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(filepath.Join(h.root, marker)); errors.Is(err, fs.ErrNotExist) && len(entries) > 0 {
		return nil, fmt.Errorf("%w: %s has %s: name an empty folder, a new one, or one of an earlier devnet", ErrForeign, h.root, entries[0].Name())
	}
	if h.lock, err = os.OpenFile(filepath.Join(h.root, marker), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(h.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s: %w", ErrInUse, h.root, err), h.lock.Close())
	}
	return h, errors.Join(h.clear(), h.mkdirs())
}

func (h *Home) choose(path string) error {
	var err error
	if h.temp {
		h.root, err = os.MkdirTemp("", "joule-devnet-")
		return err
	}
	if h.root, err = filepath.Abs(path); err != nil {
		return err
	}
	return os.MkdirAll(h.root, 0o700)
}

func (h *Home) mkdirs() error {
	for _, dir := range []string{h.Path("nodes"), h.Path("sidecars"), h.Logs(), h.Temp()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	return nil
}

// clear deletes everything but the marker and what keep names.
func (h *Home) clear(keep ...string) error {
	entries, err := os.ReadDir(h.root)
	if err != nil {
		return err
	}
	for _, e := range entries {
		kept := e.Name() == marker
		for _, k := range keep {
			kept = kept || e.Name() == k
		}
		if !kept {
			if err := os.RemoveAll(h.Path(e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// Root is the folder.
func (h *Home) Root() string { return h.root }

// Path is a path in the folder.
func (h *Home) Path(parts ...string) string {
	return filepath.Join(append([]string{h.root}, parts...)...)
}

// Logs is where the processes write.
func (h *Home) Logs() string { return h.Path("logs") }

// Temp is the processes' folder for temporary files, so that one that is killed leaves none elsewhere.
func (h *Home) Temp() string { return h.Path("tmp") }

// hasLogs tells that a process has written something.
func (h *Home) hasLogs() bool {
	entries, err := os.ReadDir(h.Logs())
	return err == nil && len(entries) > 0
}

// Close ends the use of the folder. A temporary one is deleted unless keep; after a failure its logs, if there are any,
// stay. It returns where something is left, or nothing.
func (h *Home) Close(keep, failed bool) (left string, err error) {
	defer h.lock.Close()
	switch {
	case !h.temp || keep:
		return h.root, os.RemoveAll(h.Temp())
	case failed && h.hasLogs():
		return h.Logs(), h.clear("logs")
	}
	return "", os.RemoveAll(h.root)
}
