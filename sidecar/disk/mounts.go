package disk

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"github.com/joulechain/joule/sidecar/disk/internal/vfs"
	"github.com/joulechain/joule/sidecar/durable"
)

const (
	mountsVersion = 1
	// maxMountsBytes bounds the record that is read back.
	maxMountsBytes = 1 << 20
)

// mounts remembers on which file system the plots of each folder were seen. A disk that is not mounted leaves an empty folder of another file system
// in its place, which looks like one whose plots were deleted, and into which new plots would be made. The record helps people: one that is lost or
// damaged is begun anew.
type mounts struct {
	fsys vfs.FS
	// file keeps the record over restarts; several processes share it, so it is read anew each time. Empty keeps it in memory.
	file string

	mu   sync.Mutex
	kept map[string]string
}

type mountsFile struct {
	Version int `json:"version"`
	// Folders are mount points by absolute folder.
	Folders map[string]string `json:"folders"`
}

func (m *mounts) read() map[string]string {
	if m.file == "" {
		return m.kept
	}
	var f mountsFile
	if info, err := os.Stat(m.file); err != nil || info.Size() > maxMountsBytes {
		return nil
	}
	data, err := os.ReadFile(m.file)
	if err != nil || json.Unmarshal(data, &f) != nil || f.Version != mountsVersion {
		return nil
	}
	return f.Folders
}

// keep records a folder's mount point. A record that cannot be written is one that is not there: no plot depends on it.
func (m *mounts) keep(folder, mount string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.read()
	if known[folder] == mount {
		return
	}
	m.kept = maps.Clone(known)
	if m.kept == nil {
		m.kept = map[string]string{}
	}
	m.kept[folder] = mount
	if m.file == "" {
		return
	}
	if data, err := json.MarshalIndent(mountsFile{mountsVersion, m.kept}, "", "  "); err == nil {
		_ = durable.WriteFile(m.file, append(data, '\n'), 0o600)
	}
}

// look compares what a folder holds with where its plots were seen before. The error wraps ErrUnmounted.
func (m *mounts) look(folder string, files []*plotFile) error {
	path, err := filepath.Abs(folder)
	if err != nil {
		return nil //nolint:nilerr // where nothing is known there is nothing to compare
	}
	mount, err := m.fsys.Mount(folder)
	if err != nil || mount == "" {
		return nil //nolint:nilerr // as above
	}
	for _, f := range files {
		if f.status != Foreign && f.status != Unreadable {
			m.keep(path, mount)
			return nil
		}
	}
	m.mu.Lock()
	before, ok := m.read()[path]
	m.mu.Unlock()
	if ok && before != mount {
		return fmt.Errorf("%w: the plots of %s were seen on the disk at %s, and now it belongs to the file system at %s", ErrUnmounted, folder, before, mount)
	}
	return nil
}

// take records a folder as it is now.
func (m *mounts) take(folder string) {
	path, err := filepath.Abs(folder)
	if err != nil {
		return
	}
	if mount, err := m.fsys.Mount(folder); err == nil && mount != "" {
		m.keep(path, mount)
	}
}

// checkMounts refuses folders whose disk is not mounted, before anything is written to them.
func (o *CreateOptions) checkMounts(ctx context.Context, fsys vfs.FS) error {
	if o.Unmounted {
		return nil
	}
	m := &mounts{fsys: fsys, file: o.MountsFile}
	for _, folder := range o.Folders {
		files, err := readFolder(ctx, fsys, o.Owner, folder)
		if err == nil {
			err = m.look(folder, files)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrFolder, err)
		}
	}
	return nil
}

// forgetMounts takes all folders as they are, where the owner says so.
func (c *creator) forgetMounts() {
	if c.Unmounted {
		for _, folder := range c.Folders {
			(&mounts{fsys: c.fsys, file: c.MountsFile}).take(folder)
		}
	}
}

// saw records where the folder of a plot that was just finished lies.
func (c *creator) saw() { (&mounts{fsys: c.fsys, file: c.MountsFile}).take(c.Folder) }
