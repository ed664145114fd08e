package disk

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/joulechain/joule/sidecar/disk/internal/plotfile"
	"github.com/joulechain/joule/sidecar/disk/internal/plotter"
	"github.com/joulechain/joule/sidecar/disk/internal/vfs"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// checkEvery is how many bytes are written between two looks at the free space, where room could not be allocated.
const checkEvery = 64 << 20

// make makes one plot: compute, write under a temporary name, sync, rename, sync the folder.
func (c *creator) make(ctx context.Context, index uint64) error {
	if err := c.guard(c.plan.PlotBytes + plotter.SpillBytes(c.Params, c.Threads, c.MemoryMiB)); err != nil {
		return err
	}
	id := proof.DerivePlotID(c.Owner.ChainID, c.Owner.DeviceID, c.Params.Strength, index)
	final := plotName(c.Params, index, 1, id)
	j := journal{Op: opPlot, Making: final + makingSuffix, Final: final, First: index, Plots: 1}
	if err := j.write(c.fsys, c.Folder); err != nil {
		return err
	}
	// Nothing but the journal is left behind where this fails.
	made := false
	defer func() {
		if !made {
			_ = c.fsys.Remove(filepath.Join(c.Folder, journalName))
		}
	}()
	meter := c.progress.plot(index)
	result, err := c.run(ctx, plotter.Config{
		ID: id, Params: c.Params, Threads: c.Threads, MemoryMiB: c.MemoryMiB, Meter: meter,
		Spill: func() (plotter.Spill, error) { return plotter.TempFile(c.TempFolder) },
	})
	if err != nil {
		return err
	}
	h := plotfile.Header{
		Geometry: plotfile.Choose(c.Params, 1), First: index, DeviceID: c.Owner.DeviceID,
		IDs: []proof.PlotID{id}, Fragments: []uint64{result.Count()},
	}
	err = c.writeFitting(&h, j.Making, nil, func(w *plotWriter) error {
		tiles := h.Tiles() / uint32(result.Buckets())
		if tiles*uint32(result.Buckets()) != h.Tiles() {
			return fmt.Errorf("%d buckets do not make %d tiles", result.Buckets(), h.Tiles())
		}
		return result.Each(ctx, func(bucket int, fragments []uint64) error {
			source := &sortedSource{h: &h, rest: fragments}
			for i := range tiles {
				if err := w.tile(uint32(bucket)*tiles+i, source); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if cerr := result.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	err = c.publish(&h, j.Making, final)
	made = err == nil
	return err
}

// fragments is what a plotter returns.
type fragments interface {
	Count() uint64
	Buckets() int
	Each(ctx context.Context, do func(bucket int, fragments []uint64) error) error
	Close() error
}

// runPlotter computes a plot; tests put remembered ones in its place.
type runPlotter func(context.Context, plotter.Config) (fragments, error)

func realPlotter(ctx context.Context, c plotter.Config) (fragments, error) {
	return plotter.Run(ctx, c)
}

// publish gives a synced file its name and drops the journal.
func (c *creator) publish(h *plotfile.Header, making, final string) error {
	path := filepath.Join(c.Folder, final)
	if err := c.fsys.Rename(filepath.Join(c.Folder, making), path); err != nil {
		return err
	}
	if err := c.fsys.SyncDir(c.Folder); err != nil {
		return err
	}
	c.files = append(c.files, &plotFile{folder: c.Folder, path: path, header: *h, status: Ready, bytes: uint64(h.FileBytes())})
	if h.Plots > 1 {
		return nil // a merge still has its sources to remove
	}
	return c.fsys.Remove(filepath.Join(c.Folder, journalName))
}

// writeFitting writes a file whose tiles are larger than foreseen again, with more room for each. Where it fails it
// removes the file, unless keep says that what is written is of use.
func (c *creator) writeFitting(h *plotfile.Header, making string, keep func() bool, fill func(*plotWriter) error) error {
	var total uint64
	for _, n := range h.Fragments {
		total += n
	}
	first := plotSlack
	if h.Plots > 1 {
		first = groupSlack
	}
	for more := first - lessSlack; ; more += moreSlack {
		h.SlotBytes = h.Slot(total, more)
		w, err := newPlotWriter(c, h, making, 0)
		if err != nil {
			return err
		}
		if err = fill(w); err == nil {
			err = w.finish()
		}
		if err == nil {
			return nil
		}
		again := errors.Is(err, plotfile.ErrTooLarge) && more < 100
		if !again && keep != nil && keep() {
			_ = w.file.Close()
		} else {
			w.abandon()
		}
		if !again {
			return err
		}
	}
}

// lessSlack is for tests, which raise it to see files written again.
var lessSlack = 0.0

// plotWriter writes the tiles of one file, in any order and from several goroutines.
type plotWriter struct {
	c    *creator
	h    *plotfile.Header
	path string
	file vfs.File
	// certain says that the room is allocated, so that the disk cannot fill up while it is written.
	certain bool
	written atomic.Uint64
	slots   sync.Pool
}

// newPlotWriter makes the file, or opens it where done tiles of it are on the disk.
func newPlotWriter(c *creator, h *plotfile.Header, making string, done uint32) (*plotWriter, error) {
	w := &plotWriter{c: c, h: h, path: filepath.Join(c.Folder, making)}
	var err error
	if done > 0 {
		w.file, err = c.fsys.Append(w.path)
	} else {
		w.file, err = c.fsys.Create(w.path)
	}
	if err != nil {
		return nil, err
	}
	if w.certain, err = w.file.Allocate(h.FileBytes()); err != nil {
		w.abandon()
		return nil, err
	}
	w.slots.New = func() any { b := make([]byte, h.SlotBytes); return &b }
	return w, nil
}

// tile encodes and writes one tile.
func (w *plotWriter) tile(tile uint32, source plotfile.Source) error {
	slot := w.slots.Get().(*[]byte)
	defer w.slots.Put(slot)
	if _, err := w.h.EncodeTile(*slot, tile, source); err != nil {
		return err
	}
	if _, err := w.file.WriteAt(*slot, w.h.TileOffset(tile)); err != nil {
		return err
	}
	now := w.written.Add(uint64(len(*slot)))
	if !w.certain && now/checkEvery != (now-uint64(len(*slot)))/checkEvery {
		return w.c.guard(0)
	}
	return nil
}

// finish writes the header and its copy, and brings everything to the disk.
func (w *plotWriter) finish() error {
	head, err := w.h.Encode()
	if err != nil {
		return err
	}
	for _, at := range []int64{w.h.FileBytes() - int64(len(head)), 0} {
		if _, err := w.file.WriteAt(head, at); err != nil {
			return err
		}
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	return w.file.Close()
}

// abandon removes the file.
func (w *plotWriter) abandon() {
	_ = w.file.Close()
	_ = w.c.fsys.Remove(w.path)
}

// sortedSource cuts sorted fragments of one plot into sets, from the first on.
type sortedSource struct {
	h    *plotfile.Header
	rest []uint64
}

// Cells implements plotfile.Source.
func (s *sortedSource) Cells(run uint32, cells plotfile.Cells) error {
	shift := uint(s.h.Params.K) + proof.SetBits
	for i := range cells {
		set := uint64(run)<<s.h.RunBits + uint64(i)
		n := slices.IndexFunc(s.rest, func(f uint64) bool { return f>>shift != set })
		if n < 0 {
			n = len(s.rest)
		}
		cells[i], s.rest = s.rest[:n], s.rest[n:]
	}
	if len(s.rest) > 0 && s.rest[0]>>shift < uint64(run+1)<<s.h.RunBits {
		return fmt.Errorf("plot fragments are out of order at %x", s.rest[0])
	}
	return nil
}
