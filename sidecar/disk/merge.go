package disk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/joulechain/joule/sidecar/disk/internal/parallel"
	"github.com/joulechain/joule/sidecar/disk/internal/plotfile"
	"github.com/joulechain/joule/sidecar/disk/internal/vfs"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// syncEvery is how many bytes of a group are written between two points from which an interrupted merge can go on.
var syncEvery uint64 = 1 << 30 // tests lower it

// merge merges what can be: groups that are complete, and where last is set, what is left of the last group. Files that
// cannot be merged stay as they are and go on serving.
func (c *creator) merge(ctx context.Context, last bool) error {
	if c.Group < 2 {
		return nil
	}
	if j := readJournal(c.fsys, c.Folder); j != nil && j.Op == opMerge {
		if sources := c.named(j.Sources); len(sources) == len(j.Sources) {
			if err := c.mergeFiles(ctx, sources, j); err != nil {
				return c.mergeError(err)
			}
		}
	}
	for _, chain := range mergeable(c.files, c.Params, uint64(c.Group), last) {
		for _, part := range c.fitting(chain) {
			if err := c.mergeFiles(ctx, part, nil); err != nil {
				return c.mergeError(err)
			}
		}
	}
	return nil
}

// mergeError drops errors that leave everything usable: a merge is for speed only.
func (c *creator) mergeError(err error) error {
	if errors.Is(err, plotfile.ErrDamaged) {
		c.report.Problems = append(c.report.Problems, "not merged: "+err.Error())
		return nil
	}
	return c.spaceError(err)
}

// named returns the files of the folder with these names.
func (c *creator) named(names []string) (out []*plotFile) {
	for _, name := range names {
		for _, f := range c.files {
			if filepath.Base(f.path) == name && f.status == Ready {
				out = append(out, f)
			}
		}
	}
	return out
}

// mergeable finds chains of files whose plots follow each other inside one group's numbers.
func mergeable(files []*plotFile, params proof.Params, group uint64, last bool) (out [][]*plotFile) {
	var ready []*plotFile
	for _, f := range files {
		if f.status == Ready && len(f.shadowed) == 0 && f.header.Params == params && f.header.First/group == (f.end()-1)/group {
			ready = append(ready, f)
		}
	}
	slices.SortFunc(ready, func(a, b *plotFile) int { return cmp.Compare(a.header.First, b.header.First) })
	for len(ready) > 0 {
		n, largest := 1, ready[0].header.Plots
		for n < len(ready) && ready[n].header.First == ready[n-1].end() && ready[n].header.First/group == ready[0].header.First/group {
			largest = max(largest, ready[n].header.Plots)
			n++
		}
		chain := ready[:n]
		ready = ready[n:]
		plots := chain[n-1].end() - chain[0].header.First
		// An incomplete group is merged again only when that doubles it, so that adding plots one by one does not copy
		// it each time.
		if n > 1 && (plots == group || last && 2*uint64(largest) <= plots) {
			out = append(out, chain)
		}
	}
	return out
}

// fitting halves a chain until the merged file fits beside its sources, and one tile of each of them into the memory.
func (c *creator) fitting(chain []*plotFile) [][]*plotFile {
	if len(chain) < 2 {
		return nil
	}
	var need uint64
	for _, f := range chain {
		need += f.bytes
	}
	if c.guard(need+need/64) == nil && mergeMemory(chain) <= uint64(c.MemoryMiB)<<20 {
		return [][]*plotFile{chain}
	}
	half := len(chain) / 2
	return append(c.fitting(chain[:half]), c.fitting(chain[half:])...)
}

// mergeMemory is what one thread needs to merge files: a tile of each of them.
func mergeMemory(files []*plotFile) (n uint64) {
	for _, f := range files {
		n += uint64(f.header.SlotBytes)
	}
	return n
}

// mergeFiles writes one file with the plots of several and removes those. j is the journal of an interrupted merge of
// the same files.
func (c *creator) mergeFiles(ctx context.Context, files []*plotFile, j *journal) error {
	var readers []*plotfile.Reader
	for _, f := range files {
		file, err := c.fsys.Open(f.path)
		if err != nil {
			return err
		}
		defer file.Close()
		readers = append(readers, plotfile.NewReader(f.header, namedFile{file, f.path}))
	}
	memory := uint64(c.MemoryMiB) << 20
	threads := max(1, min(c.Threads, int(memory/mergeMemory(files))))
	m, err := plotfile.NewMerge(readers, min(syncEvery, memory/2/uint64(threads)))
	if err != nil {
		return err
	}
	h := &m.Header
	final := plotName(h.Params, h.First, h.Plots, h.IDs[0])
	making := final + makingSuffix
	step := c.progress.merge(h.First, m.Fragments(), h.Tiles())
	defer c.progress.finish(0)
	resume := j != nil && j.Final == final && j.Tiles > 0 && j.Tiles <= h.Tiles() && h.TileSets() != 0
	if j == nil || !resume {
		j = &journal{Op: opMerge, Making: making, Final: final, First: h.First, Plots: h.Plots}
		for _, f := range files {
			j.Sources = append(j.Sources, filepath.Base(f.path))
		}
	}
	fill := func(w *plotWriter) error { return c.fillGroup(ctx, m, w, j, threads, step) }
	if resume {
		h.SlotBytes = j.Slot
		err = c.resumeGroup(h, making, j, fill)
	} else {
		_ = c.fsys.Remove(filepath.Join(c.Folder, making))
		err = c.writeFitting(h, making, func() bool { return j.Tiles > 0 }, fill)
	}
	if err != nil {
		return err
	}
	if err := c.publish(h, making, final); err != nil {
		return err
	}
	return c.dropSources(files)
}

// resumeGroup goes on with an interrupted merge.
func (c *creator) resumeGroup(h *plotfile.Header, making string, j *journal, fill func(*plotWriter) error) error {
	w, err := newPlotWriter(c, h, making, j.Tiles)
	if err != nil {
		return err
	}
	if err = fill(w); err == nil {
		return w.finish()
	}
	_ = w.file.Close()
	return err
}

// fillGroup writes the tiles of a group, noting in the journal how far it came.
func (c *creator) fillGroup(ctx context.Context, m *plotfile.Merge, w *plotWriter, j *journal, threads int, step func()) error {
	h := w.h
	stretch := m.StretchTiles()
	part := max(1, uint32(syncEvery/uint64(h.SlotBytes))/stretch) * stretch
	if j.Slot != h.SlotBytes {
		j.Slot, j.Tiles = h.SlotBytes, 0
		if err := j.write(c.fsys, c.Folder); err != nil {
			return err
		}
	}
	sources := make([]plotfile.Source, threads)
	for from := j.Tiles; from < h.Tiles(); from = j.Tiles {
		to := min(h.Tiles(), from+part)
		err := parallel.Run(ctx, threads, int((to-from+stretch-1)/stretch), func(thread, task int) error {
			if sources[thread] == nil {
				sources[thread] = m.Worker()
			}
			begin := from + uint32(task)*stretch
			for tile := begin; tile < min(to, begin+stretch); tile++ {
				if err := w.tile(tile, sources[thread]); err != nil {
					return err
				}
				step()
			}
			return nil
		})
		if err != nil {
			return err
		}
		if to < h.Tiles() {
			if err := w.file.Sync(); err != nil {
				return err
			}
		}
		j.Tiles = to
		if to < h.Tiles() {
			if err := j.write(c.fsys, c.Folder); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropSources removes the files that a group replaces, then the journal that says so.
func (c *creator) dropSources(files []*plotFile) error {
	for _, f := range files {
		if err := c.fsys.Remove(f.path); err != nil {
			return err
		}
		c.files = slices.DeleteFunc(c.files, func(other *plotFile) bool { return other == f })
	}
	if err := c.fsys.SyncDir(c.Folder); err != nil {
		return err
	}
	c.report.Merged++
	if err := c.fsys.Remove(filepath.Join(c.Folder, journalName)); err != nil {
		return err
	}
	return c.fsys.SyncDir(c.Folder)
}

// namedFile puts the path into errors of reading.
type namedFile struct {
	vfs.File
	path string
}

// ReadAt implements io.ReaderAt.
func (f namedFile) ReadAt(b []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(b, at)
	if err != nil && n < len(b) {
		err = fmt.Errorf("%s: %w", f.path, err)
	}
	return n, err
}
