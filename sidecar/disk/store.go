package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/disk/internal/drive"
	"github.com/joulechain/joule/sidecar/disk/internal/vfs"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// Store is the plots of one owner in several folders. It is safe for concurrent use. It holds no files open: a disk
// that comes and goes is noticed at the next look.
type Store struct {
	OpenOptions
	fsys vfs.FS

	mu      sync.Mutex
	folders []folderState
	files   []*plotFile
	solving map[proof.Params]time.Duration
	mounts  *mounts
}

// folderState is what the last look at a folder said.
type folderState struct {
	path string
	// disk names the disk below; empty where the folder could not be read.
	disk string
	err  error
	// rotating says that the disk has a head that has to move.
	rotating bool
}

// Open looks for plots. Folders that cannot be read and files that are no plots are reported by Plots and Faults; the
// error wraps ErrOptions or the context's cause.
func Open(ctx context.Context, o OpenOptions) (*Store, error) { return openStore(ctx, vfs.OS{}, o) }

func openStore(ctx context.Context, fsys vfs.FS, o OpenOptions) (*Store, error) {
	switch {
	case o.Owner.ChainID == "" || len(o.Owner.DeviceID) == 0 || len(o.Owner.DeviceID) > maxDeviceID:
		return nil, fmt.Errorf("%w: chain id %q and a device id of %d bytes", ErrOptions, o.Owner.ChainID, len(o.Owner.DeviceID))
	case len(o.Folders) == 0:
		return nil, fmt.Errorf("%w: no folder", ErrOptions)
	case o.Readers < 0 || o.Readers > 256 || o.Threads < 0 || o.Threads > maxThreads:
		return nil, fmt.Errorf("%w: %d readers and %d threads", ErrOptions, o.Readers, o.Threads)
	}
	if o.Threads == 0 {
		o.Threads = cores()
	}
	s := &Store{OpenOptions: o, fsys: fsys, mounts: &mounts{fsys: fsys, file: o.MountsFile}}
	return s, s.Refresh(ctx)
}

// Refresh looks again. Plots that were there and have gone are listed as Missing until they come back or Refresh is
// called once more with their folder readable.
func (s *Store) Refresh(ctx context.Context) error {
	var (
		folders []folderState
		files   []*plotFile
		seen    = map[string]bool{}
	)
	s.mu.Lock()
	before := s.files
	s.mu.Unlock()
	for _, path := range s.Folders {
		state := folderState{path: path}
		disk, self, err := s.fsys.Identify(path)
		if err == nil && seen[self] {
			continue
		}
		var found []*plotFile
		if err == nil {
			seen[self] = true
			found, err = s.mounts.readFolder(ctx, s.Owner, path)
		}
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		if err != nil {
			state.err, found = err, nil
			for _, f := range before {
				if f.folder == path && f.status != Unreadable {
					gone := *f
					gone.status, gone.problem, gone.shadowed = Missing, err.Error(), nil
					found = append(found, &gone)
				}
			}
		} else {
			state.disk, state.rotating = disk, drive.Rotating(path)
		}
		for _, f := range found {
			f.keepDamage(before)
		}
		folders, files = append(folders, state), append(files, found...)
	}
	resolve(files)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.folders, s.files = folders, files
	return nil
}

// keepDamage carries what scrubs and scans found over to the next look at the same file.
func (f *plotFile) keepDamage(before []*plotFile) {
	for _, old := range before {
		if old.path == f.path && old.bytes == f.bytes && old.status == Damaged && f.status == Ready {
			f.status, f.problem = Damaged, old.problem
		}
	}
}

// Plots lists all plots, and files that are none, in the order of folders and numbers.
func (s *Store) Plots() (out []Plot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		out = append(out, f.plots()...)
	}
	return out
}

// Faults are the folders that could not be read at the last look, and those whose disk is not mounted. Each error wraps
// ErrFolder, those of the latter ErrUnmounted too.
func (s *Store) Faults() (out []Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.folders {
		if f.err != nil {
			out = append(out, Fault{Folder: f.path, Err: fmt.Errorf("%w: %w", ErrFolder, f.err)})
		}
	}
	return out
}

// Close ends the store's use; it holds nothing that needs to be freed, and readers that a dead disk holds up end with
// their disk.
func (s *Store) Close() error { return nil }

// file finds the file that serves a plot.
func (s *Store) file(index uint64, match func(*plotFile) bool) (*plotFile, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		if f.status != Ready && f.status != Damaged || !match(f) {
			continue
		}
		if place, ok := f.holds(f.header.Params, index); ok && !f.shadowed[place] {
			return f, place
		}
	}
	return nil, 0
}

// mark notes damage that a read found.
func (s *Store) mark(f *plotFile, status Status, problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, now := range s.files {
		if now == f && (now.status == Ready || now.status == Damaged) {
			marked := *f // scans hold the old one
			marked.status, marked.problem = status, problem
			s.files[i] = &marked
		}
	}
}

// Remove deletes the files of these plots, as Plots lists them, and no other file: a copy in another folder, or a plot
// of another size with the same number, stays. Plots of a group go together: all of them have to be named. The error
// wraps ErrNoPlot where a plot is not there any more; nothing is deleted then.
func (s *Store) Remove(ctx context.Context, plots ...Plot) error {
	named := map[string]map[uint64]bool{}
	for _, p := range plots {
		if named[p.File] == nil {
			named[p.File] = map[uint64]bool{}
		}
		named[p.File][p.Index] = true
	}
	var drop []*plotFile
	s.mu.Lock()
	for _, f := range s.files {
		numbers := named[f.path]
		if len(numbers) == 0 || f.status == Unreadable || f.status == Foreign || f.status == Missing {
			continue
		}
		for i := f.header.First; i < f.end(); i++ {
			if !numbers[i] {
				s.mu.Unlock()
				return fmt.Errorf("%w: plots %d…%d lie in one file, %s: name all of them or none", ErrOptions, f.header.First, f.end()-1, f.path)
			}
			delete(numbers, i)
		}
		drop = append(drop, f)
	}
	s.mu.Unlock()
	for _, p := range plots {
		if named[p.File][p.Index] {
			return fmt.Errorf("%w: number %d in %s", ErrNoPlot, p.Index, p.File)
		}
	}
	var errs []error
	for _, f := range drop {
		lock, err := lockFolder(s.fsys, f.folder)
		if err == nil {
			err = errors.Join(ignoreMissing(s.fsys.Remove(f.path)), s.fsys.SyncDir(f.folder), lock.Close())
		}
		errs = append(errs, err)
	}
	return errors.Join(append(errs, s.Refresh(ctx))...)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// RemoveFile deletes one file of the store's folders, of whatever status: the way to get rid of duplicates and of files
// that cannot be read.
func (s *Store) RemoveFile(ctx context.Context, path string) error {
	s.mu.Lock()
	at := slices.IndexFunc(s.files, func(f *plotFile) bool { return filepath.Clean(f.path) == filepath.Clean(path) })
	s.mu.Unlock()
	if at < 0 {
		return fmt.Errorf("%w: %s is no plot file of these folders", ErrNoPlot, path)
	}
	folder := filepath.Dir(path)
	lock, err := lockFolder(s.fsys, folder)
	if err != nil {
		return err
	}
	return errors.Join(ignoreMissing(s.fsys.Remove(path)), s.fsys.SyncDir(folder), lock.Close(), s.Refresh(ctx))
}
