package disk

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/joulechain/joule/sidecar/disk/internal/plotfile"
	"github.com/joulechain/joule/sidecar/disk/internal/vfs"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// plotFile is a file that was looked at.
type plotFile struct {
	folder, path string
	header       plotfile.Header // valid unless status is Unreadable
	status       Status
	problem      string
	bytes        uint64
	// shadowed are the places of plots that another file holds too and serves.
	shadowed map[int]bool
}

// holds says whether the file has a plot of its owner with these parameters.
func (f *plotFile) holds(params proof.Params, index uint64) (place int, ok bool) {
	if f.status == Unreadable || f.status == Foreign || f.header.Params != params || index < f.header.First {
		return 0, false
	}
	d := index - f.header.First
	return int(d), d < uint64(f.header.Plots)
}

// end is the number after the file's last plot.
func (f *plotFile) end() uint64 { return f.header.First + uint64(f.header.Plots) }

// plotKey tells plots of one owner apart.
type plotKey struct {
	params proof.Params
	index  uint64
}

// readFolder looks at every plot file of a folder. The error is that of listing the folder; what a single file answers
// becomes its status.
func readFolder(ctx context.Context, fsys vfs.FS, owner Owner, folder string) ([]*plotFile, error) {
	entries, err := fsys.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var files []*plotFile
	for _, entry := range entries {
		if !isPlotName(entry.Name()) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		files = append(files, readPlotFile(fsys, owner, folder, filepath.Join(folder, entry.Name())))
	}
	return files, nil
}

// readPlotFile reads a file's header and judges whose it is.
func readPlotFile(fsys vfs.FS, owner Owner, folder, path string) *plotFile {
	f := &plotFile{folder: folder, path: path, status: Unreadable}
	file, err := fsys.Open(path)
	if err != nil {
		f.problem = err.Error()
		return f
	}
	defer file.Close()
	size, err := file.Size()
	if err != nil {
		f.problem = err.Error()
		return f
	}
	f.bytes = uint64(size)
	header, fromCopy, err := plotfile.ReadHeader(file, size)
	if err != nil {
		f.problem = err.Error()
		return f
	}
	f.header, f.status = header, Ready
	if fromCopy {
		f.status, f.problem = Damaged, "the header is damaged, its copy at the end is used"
	}
	if problem := foreign(owner, &header); problem != "" {
		f.status, f.problem = Foreign, problem
	}
	return f
}

// foreign says why a file is not the owner's, or nothing.
func foreign(owner Owner, h *plotfile.Header) string {
	if !bytes.Equal(owner.DeviceID, h.DeviceID) {
		return fmt.Sprintf("made for device %x, this is device %x", h.DeviceID, owner.DeviceID)
	}
	for i, id := range h.IDs {
		if id != proof.DerivePlotID(owner.ChainID, owner.DeviceID, h.Params.Strength, h.First+uint64(i)) {
			return fmt.Sprintf("made by this device for another chain than %q", owner.ChainID)
		}
	}
	return ""
}

// resolve marks what several files hold: the file with more plots serves, then the one in the earlier folder. files are
// in the order of their folders.
func resolve(files []*plotFile) {
	order := slices.Clone(files)
	slices.SortStableFunc(order, func(a, b *plotFile) int { return cmp.Compare(b.header.Plots, a.header.Plots) })
	serving := map[plotKey]*plotFile{}
	for _, f := range order {
		if f.status != Ready && f.status != Damaged {
			continue
		}
		f.shadowed = nil
		for i := range f.header.Plots {
			key := plotKey{f.header.Params, f.header.First + uint64(i)}
			if other := serving[key]; other != nil {
				if f.shadowed == nil {
					f.shadowed = map[int]bool{}
				}
				f.shadowed[i] = true
				f.problem = fmt.Sprintf("plot %d is in %s too", key.index, other.path)
				continue
			}
			serving[key] = f
		}
		if len(f.shadowed) == f.header.Plots {
			f.status = Duplicate
		}
	}
}

// plots lists a file's plots; a file that is unreadable counts as one.
func (f *plotFile) plots() []Plot {
	base := Plot{Folder: f.folder, File: f.path, Status: f.status, Problem: f.problem, Bytes: f.bytes}
	if f.status == Unreadable || f.header.Plots == 0 {
		return []Plot{base}
	}
	base.Params, base.Grouped = f.header.Params, f.header.Plots
	base.Bytes = f.bytes / uint64(f.header.Plots)
	out := make([]Plot, 0, f.header.Plots)
	for i := range f.header.Plots {
		p := base
		p.Index, p.ID = f.header.First+uint64(i), f.header.IDs[i]
		if f.shadowed[i] {
			p.Status = Duplicate
		}
		out = append(out, p)
	}
	return out
}

// wrapFormat turns errors of the format into those of this package.
func wrapFormat(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, plotfile.ErrFormat):
		return fmt.Errorf("%w: %w", ErrFormat, err)
	case errors.Is(err, plotfile.ErrDamaged):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}
