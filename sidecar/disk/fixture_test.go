package disk

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/disk/internal/plotfile"
	"github.com/joulechain/joule/sidecar/disk/internal/plotter"
	"github.com/joulechain/joule/sidecar/disk/internal/vfs"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

var (
	testOwner  = Owner{ChainID: "joule-test", DeviceID: []byte("the device of these tests")}
	testParams = proof.Params{K: 18, Strength: 2}
)

// remembered are the fragments of plots that some test computed: several tests and many crashes share them.
var remembered struct {
	sync.Mutex
	plots map[proof.PlotID][]uint64
}

// recall is a runPlotter that computes each plot once.
func recall(ctx context.Context, c plotter.Config) (fragments, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	remembered.Lock()
	defer remembered.Unlock()
	if list, ok := remembered.plots[c.ID]; ok {
		c.Meter.Stage.Store(4)
		return recalled{c.Params, list}, nil
	}
	result, err := plotter.Run(ctx, c)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	parts := make([][]uint64, result.Buckets())
	err = result.Each(ctx, func(bucket int, fragments []uint64) error {
		parts[bucket] = slices.Clone(fragments)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if remembered.plots == nil {
		remembered.plots = map[proof.PlotID][]uint64{}
	}
	remembered.plots[c.ID] = slices.Concat(parts...)
	return recalled{c.Params, remembered.plots[c.ID]}, nil
}

type recalled struct {
	params proof.Params
	list   []uint64
}

func (r recalled) Count() uint64 { return uint64(len(r.list)) }
func (r recalled) Buckets() int  { return 2 }
func (r recalled) Close() error  { return nil }
func (r recalled) Each(ctx context.Context, do func(int, []uint64) error) error {
	rest, shift := r.list, 2*r.params.K-1
	for bucket := range 2 {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		n := slices.IndexFunc(rest, func(f uint64) bool { return f>>shift > uint64(bucket) })
		if n < 0 {
			n = len(rest)
		}
		if err := do(bucket, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// testOptions ask for so many small plots.
func testOptions(folder string, plots uint64, group int) CreateOptions {
	return CreateOptions{Owner: testOwner, Params: testParams, Folder: folder, Plots: plots, Group: group, Threads: 2, MemoryMiB: 64, Reserve: 1}
}

// wholePlots checks every plot file of a folder from its first byte to its last and returns the numbers of the plots,
// ascending.
func wholePlots(tb testing.TB, fsys vfs.FS, folder string) (numbers []uint64) {
	tb.Helper()
	entries, err := fsys.ReadDir(folder)
	require.NoError(tb, err)
	for _, entry := range entries {
		if !isPlotName(entry.Name()) {
			continue
		}
		file, err := fsys.Open(filepath.Join(folder, entry.Name()))
		require.NoError(tb, err)
		size, err := file.Size()
		require.NoError(tb, err)
		h, fromCopy, err := plotfile.ReadHeader(file, size)
		require.NoError(tb, err, entry.Name())
		require.False(tb, fromCopy)
		require.Equal(tb, plotName(h.Params, h.First, h.Plots, h.IDs[0]), entry.Name())
		lists := make([][]uint64, h.Plots)
		reader := plotfile.NewReader(h, file)
		for tile := range h.Tiles() {
			slot, err := reader.ReadTile(tile, nil)
			require.NoError(tb, err)
			require.NoError(tb, h.CheckTile(tile, slot, func(run plotfile.Run) {
				require.NoError(tb, run.Err, entry.Name())
				cells, err := h.DecodeRun(nil, run.Number, run.Data)
				require.NoError(tb, err)
				for i, cell := range cells {
					lists[i%h.Plots] = append(lists[i%h.Plots], cell...)
				}
			}), entry.Name())
		}
		for i, list := range lists {
			require.True(tb, slices.Equal(remembered.plots[h.IDs[i]], list), "%s, plot %d", entry.Name(), i)
			numbers = append(numbers, h.First+uint64(i))
		}
		require.NoError(tb, file.Close())
	}
	slices.Sort(numbers)
	return numbers
}

// upTo is 0…n-1.
func upTo(n uint64) (out []uint64) {
	for i := range n {
		out = append(out, i)
	}
	return out
}

// copyFile copies a file of a file system.
func copyFile(tb testing.TB, fsys vfs.FS, from, to string) {
	tb.Helper()
	in, err := fsys.Open(from)
	require.NoError(tb, err)
	n, err := in.Size()
	require.NoError(tb, err)
	data := make([]byte, n)
	_, err = in.ReadAt(data, 0)
	require.NoError(tb, err)
	out, err := fsys.Create(to)
	require.NoError(tb, err)
	_, err = out.WriteAt(data, 0)
	require.NoError(tb, err)
}

// hanging is a file system whose folder /b answers no reads until hang is closed.
type hanging struct {
	vfs.FS
	hang chan struct{}
}

func (h hanging) Open(path string) (vfs.File, error) {
	if filepath.Dir(path) == "/b" {
		<-h.hang
	}
	return h.FS.Open(path)
}

// plotterConfig asks for a whole small plot.
func plotterConfig(id proof.PlotID) plotter.Config {
	return plotter.Config{ID: id, Params: testParams, Threads: 2, Meter: new(plotter.Meter)}
}
