// Package vfstest is a file system in memory for tests: it counts operations, fails where it is told, fills up, and
// loses what was not synced when its power is cut.
package vfstest

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/disk/internal/vfs"
)

// ErrPower is what every operation returns once the power is cut.
var ErrPower = errors.New("power cut")

// Mem is the file system. Folders exist when AddFolder made them.
type Mem struct {
	mu      sync.Mutex
	folders map[string]*folder
	// Capacity is the size of the disk in bytes; 0 means no limit.
	Capacity uint64
	// Certain is what Allocate answers: whether room is reserved.
	Certain bool
	// Before is called before every operation with its number, from 0 on; its error is the operation's. ErrPower cuts
	// the power.
	Before func(n int, op, path string) error
	ops    int
	dead   bool
	locked map[string]bool
	mounts map[string]string
}

type folder struct {
	now, durable map[string]*inode
}

type inode struct {
	data, synced []byte
}

// New is a file system with folders.
func New(folders ...string) *Mem {
	m := &Mem{folders: map[string]*folder{}, Certain: true, locked: map[string]bool{}}
	for _, name := range folders {
		m.folders[name] = &folder{map[string]*inode{}, map[string]*inode{}}
	}
	return m
}

// Ops is the number of operations so far.
func (m *Mem) Ops() int { return m.ops }

// Reboot returns the file system as it is after a power cut, when only what was synced is left, or after a kill, when
// everything is.
func (m *Mem) Reboot(powerCut bool) *Mem {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := New()
	next.Capacity, next.Certain = m.Capacity, m.Certain
	for name, f := range m.folders {
		entries := f.now
		if powerCut {
			entries = f.durable
		}
		fresh := &folder{map[string]*inode{}, map[string]*inode{}}
		for path, node := range entries {
			data := node.data
			if powerCut {
				data = node.synced
			}
			n := &inode{data: slices.Clone(data), synced: slices.Clone(data)}
			fresh.now[path], fresh.durable[path] = n, n
		}
		next.folders[name] = fresh
	}
	return next
}

// Spoil changes a file's bytes in place.
func (m *Mem) Spoil(path string, change func([]byte) []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.folders[filepath.Dir(path)].now[path]
	n.data = change(n.data)
}

// Vanish takes a folder away, as a disk that is unplugged.
func (m *Mem) Vanish(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.folders, name)
}

// Names are the files of a folder.
func (m *Mem) Names(name string) (out []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for path := range m.folders[name].now {
		out = append(out, filepath.Base(path))
	}
	slices.Sort(out)
	return out
}

// begin counts an operation. The caller holds mu.
func (m *Mem) begin(op, path string) error {
	if m.dead {
		return ErrPower
	}
	n := m.ops
	m.ops++
	if m.Before != nil {
		if err := m.Before(n, op, path); err != nil {
			m.dead = m.dead || errors.Is(err, ErrPower)
			return &fs.PathError{Op: op, Path: path, Err: err}
		}
	}
	return nil
}

func (m *Mem) dir(op, path string) (*folder, error) {
	if f := m.folders[filepath.Dir(path)]; f != nil {
		return f, nil
	}
	return nil, &fs.PathError{Op: op, Path: path, Err: fs.ErrNotExist}
}

func (m *Mem) used() (n uint64) {
	for _, f := range m.folders {
		for _, node := range f.now {
			n += uint64(len(node.data))
		}
	}
	return n
}

func (m *Mem) open(op, path string) (vfs.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(op, path); err != nil {
		return nil, err
	}
	f, err := m.dir(op, path)
	if err != nil {
		return nil, err
	}
	node := f.now[path]
	if node == nil {
		return nil, &fs.PathError{Op: op, Path: path, Err: fs.ErrNotExist}
	}
	return &file{m: m, node: node, path: path}, nil
}

// Open implements vfs.FS.
func (m *Mem) Open(path string) (vfs.File, error) { return m.open("open", path) }

// Append implements vfs.FS.
func (m *Mem) Append(path string) (vfs.File, error) { return m.open("append", path) }

// Create implements vfs.FS.
func (m *Mem) Create(path string) (vfs.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin("create", path); err != nil {
		return nil, err
	}
	f, err := m.dir("create", path)
	if err != nil {
		return nil, err
	}
	if f.now[path] != nil {
		return nil, &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	node := &inode{}
	f.now[path] = node
	return &file{m: m, node: node, path: path}, nil
}

func (m *Mem) move(op, from, to string, replace bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(op, from); err != nil {
		return err
	}
	f, err := m.dir(op, from)
	if err != nil {
		return err
	}
	switch {
	case f.now[from] == nil:
		return &fs.PathError{Op: op, Path: from, Err: fs.ErrNotExist}
	case f.now[to] != nil && !replace:
		return &fs.PathError{Op: op, Path: to, Err: fs.ErrExist}
	}
	f.now[to] = f.now[from]
	delete(f.now, from)
	return nil
}

// Rename implements vfs.FS.
func (m *Mem) Rename(from, to string) error { return m.move("rename", from, to, false) }

// Replace implements vfs.FS.
func (m *Mem) Replace(from, to string) error { return m.move("replace", from, to, true) }

// Remove implements vfs.FS.
func (m *Mem) Remove(path string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin("remove", path); err != nil {
		return err
	}
	f, err := m.dir("remove", path)
	if err != nil {
		return err
	}
	if f.now[path] == nil {
		return &fs.PathError{Op: "remove", Path: path, Err: fs.ErrNotExist}
	}
	delete(f.now, path)
	return nil
}

// ReadDir implements vfs.FS.
func (m *Mem) ReadDir(name string) (out []fs.DirEntry, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin("readdir", name); err != nil {
		return nil, err
	}
	f := m.folders[name]
	if f == nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	for path := range f.now {
		out = append(out, entry(filepath.Base(path)))
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out, nil
}

// SyncDir implements vfs.FS.
func (m *Mem) SyncDir(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin("syncdir", name); err != nil {
		return err
	}
	f := m.folders[name]
	if f == nil {
		return &fs.PathError{Op: "syncdir", Path: name, Err: fs.ErrNotExist}
	}
	clear(f.durable)
	for path, node := range f.now {
		f.durable[path] = node
	}
	return nil
}

// Free implements vfs.FS.
func (m *Mem) Free(string) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Capacity == 0 {
		return 1 << 50, nil
	}
	return m.Capacity - min(m.Capacity, m.used()), nil
}

type unlock func()

func (u unlock) Close() error { u(); return nil }

// Lock implements vfs.FS.
func (m *Mem) Lock(path string) (io.Closer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin("lock", path); err != nil {
		return nil, err
	}
	if m.locked[path] {
		return nil, vfs.ErrLocked
	}
	m.locked[path] = true
	return unlock(func() { m.mu.Lock(); m.locked[path] = false; m.mu.Unlock() }), nil
}

// Identify implements vfs.FS.
func (m *Mem) Identify(name string) (disk, self string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.folders[name] == nil {
		return "", "", &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return name, name, nil
}

type entry string

func (e entry) Name() string               { return string(e) }
func (e entry) IsDir() bool                { return false }
func (e entry) Type() fs.FileMode          { return 0 }
func (e entry) Info() (fs.FileInfo, error) { return e, nil }
func (e entry) Size() int64                { return 0 }
func (e entry) Mode() fs.FileMode          { return 0o644 }
func (e entry) ModTime() time.Time         { return time.Time{} }
func (e entry) Sys() any                   { return nil }

// Mounted says on which file system a folder is from now on; its files stay.
func (m *Mem) Mounted(folder, mount string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mounts == nil {
		m.mounts = map[string]string{}
	}
	m.mounts[folder] = mount
}

// Mount implements vfs.FS; what Mounted was not told of is a file system of its own.
func (m *Mem) Mount(name string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if mount, ok := m.mounts[name]; ok {
		return mount, nil
	}
	return name, nil
}
