package disk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/joulechain/joule/sidecar/disk/internal/vfs"
	"github.com/joulechain/joule/sidecar/durable"
)

const (
	mountsVersion = 1
	// maxMountsBytes bounds the record that is read back.
	maxMountsBytes = 1 << 20
)

// mounts remembers on which file system the plots of each folder were seen. A disk that is not mounted leaves an empty
// folder of another file system in its place, which looks like one whose plots were deleted, and into which new plots
// would be made. The record helps people: one that is lost or damaged is begun anew.
type mounts struct {
	fsys vfs.FS
	// file keeps the record over restarts; several processes share it, so it is read anew each time. Empty keeps it in
	// memory.
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

// keep records a folder's mount point.
func (m *mounts) keep(folder, mount string) {
	m.change(func(folders map[string]string) bool {
		known := folders[folder] == mount
		folders[folder] = mount
		return !known
	})
}

// change writes the record where do says that it changed something. One that cannot be written is one that is not
// there: no plot depends on it.
func (m *mounts) change(do func(folders map[string]string) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	folders := maps.Clone(m.read())
	if folders == nil {
		folders = map[string]string{}
	}
	if !do(folders) {
		return
	}
	m.kept = folders
	if m.file == "" {
		return
	}
	if data, err := json.MarshalIndent(mountsFile{mountsVersion, folders}, "", "  "); err == nil {
		_ = durable.WriteFile(m.file, append(data, '\n'), 0o600)
	}
}

// where is the mount point above a folder now; empty where it cannot be told.
func (m *mounts) where(folder string) string {
	mount, err := m.fsys.Mount(folder)
	if err != nil {
		return ""
	}
	return mount
}

// recorded is the mount point at which plots were seen in a folder; empty where none were.
func (m *mounts) recorded(folder string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if mount := m.read()[folder]; filepath.IsAbs(mount) {
		return mount
	}
	return ""
}

// readFolder is readFolder of a folder whose plots are not hidden. The error is that of listing the folder, or wraps
// ErrUnmounted.
func (m *mounts) readFolder(ctx context.Context, owner Owner, folder string) ([]*plotFile, error) {
	before := m.where(folder)
	files, err := readFolder(ctx, m.fsys, owner, folder)
	if err != nil {
		return nil, err
	}
	path, err := filepath.Abs(folder)
	now := m.where(folder)
	if err != nil || before == "" || now == "" {
		return files, nil //nolint:nilerr // where nothing is known there is nothing to compare
	}
	if slices.ContainsFunc(files, func(f *plotFile) bool { return f.status != Foreign && f.status != Unreadable }) {
		if before == now { // else the next look tells on which of them the plots are
			m.keep(path, now)
		}
		return files, nil
	}
	recorded := m.recorded(path)
	switch {
	case recorded == "":
		return files, nil
	case before == now && (recorded == now || m.where(recorded) == recorded):
		return files, nil // they were deleted, or the folder leads to another disk now, and the one of before is mounted
	}
	return nil, unmounted(folder, recorded)
}

func unmounted(folder, recorded string) error {
	return fmt.Errorf("%w: plots of %s were on the file system mounted at %s, which is not mounted now: mount the disk; if its plots have gone for good, "+
		"`joule-sidecar plot create` with --unmounted takes the folder as it is", ErrUnmounted, folder, recorded)
}

// forget drops a folder from the record: its disk has gone for good.
func (m *mounts) forget(folder string) {
	path, err := filepath.Abs(folder)
	if err != nil {
		return
	}
	m.change(func(folders map[string]string) bool {
		_, known := folders[path]
		delete(folders, path)
		return known
	})
}

// checkMounts refuses folders whose disk is not mounted, before anything is written to them; all of them are named, as
// their plots' numbers would be given twice. With Unmounted they are taken as they are.
func (o *CreateOptions) checkMounts(ctx context.Context, m *mounts, forget bool) error {
	var gone []error
	for _, folder := range o.Folders {
		_, err := m.readFolder(ctx, o.Owner, folder)
		switch {
		case errors.Is(err, ErrUnmounted) && o.Unmounted:
			if forget {
				m.forget(folder)
			}
		case errors.Is(err, ErrUnmounted):
			gone = append(gone, err)
		case err != nil:
			return fmt.Errorf("%w: %w", ErrFolder, err)
		}
	}
	if len(gone) > 0 {
		return fmt.Errorf("%w: %w", ErrFolder, errors.Join(gone...))
	}
	return nil
}

// saw records where the folder of a plot that was just finished lies. A disk that was unmounted meanwhile ends the
// work: what follows would fill the one below. The error wraps ErrFolder and ErrUnmounted.
func (c *creator) saw() error {
	now := c.mounts.where(c.Folder)
	if c.mounted == "" || now == "" {
		return nil
	}
	if now != c.mounted {
		return fmt.Errorf("%w: %w", ErrFolder, unmounted(c.Folder, c.mounted))
	}
	if path, err := filepath.Abs(c.Folder); err == nil {
		c.mounts.keep(path, now)
	}
	return nil
}
