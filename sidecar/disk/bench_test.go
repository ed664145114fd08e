//go:build linux

package disk

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/joulechain/joule/sidecar/disk/internal/plotfile"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// cpuSeconds is what this process computed so far: on a machine that others use too it says more than the clock.
func cpuSeconds() float64 {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// BenchmarkCreate makes whole plot files on this disk; JOULE_BENCH_K adds one size.
func BenchmarkCreate(b *testing.B) {
	list := []proof.Params{{K: 18, Strength: 2}, {K: 20, Strength: 2}, {K: 22, Strength: 2}, {K: 20, Strength: 4}, {K: 22, Strength: 4}}
	if k, err := strconv.Atoi(os.Getenv("JOULE_BENCH_K")); err == nil {
		list = []proof.Params{{K: uint8(k), Strength: 2}, {K: uint8(k), Strength: 4}}
	}
	for _, params := range list {
		b.Run(fmt.Sprintf("k=%d/strength=%d", params.K, params.Strength), func(b *testing.B) {
			begin := cpuSeconds()
			for b.Loop() {
				o := testOptions(b.TempDir(), 1, 1)
				o.Params, o.MemoryMiB = params, 0
				_, err := CreatePlots(context.Background(), o)
				require.NoError(b, err)
			}
			nominal := float64(uint64(params.K+2)<<params.K) / 8 / (1 << 30)
			b.ReportMetric((cpuSeconds()-begin)/float64(b.N), "cpu-s/plot")
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/nominal, "s/GiB")
		})
	}
}

// BenchmarkScanTerabytes scans as many plots of k = 28 as fill JOULE_BENCH_TB terabytes (default 1): files of the full
// size that hold only what one challenge reads, random fragments, so that the search sees what it would see.
func BenchmarkScanTerabytes(b *testing.B) {
	terabytes, err := strconv.ParseFloat(os.Getenv("JOULE_BENCH_TB"), 64)
	if err != nil {
		terabytes = 1
	}
	params := proof.Params{K: 28, Strength: 4}
	for _, group := range []int{1, 128} {
		for _, shared := range []bool{true, false} {
			// Without sharing, groups are read in as many pieces as they have plots.
			b.Run(fmt.Sprintf("group=%d/shared=%t", group, shared), func(b *testing.B) {
				folder := b.TempDir()
				plots := int(terabytes*1e12/float64(uint64(1)<<28*30/8)) / group * group
				r := Request{Challenge: [32]byte{1}, Params: params, Plots: uint64(plots), Lambda: 1, Limit: 4}
				if shared {
					selector := proof.DeriveSelector(testOwner.ChainID, testOwner.DeviceID)
					r.Selector = &selector
				}
				for first := 0; first < plots; first += group {
					sparseGroup(b, folder, r, uint64(first), group)
				}
				for _, readers := range []int{2, 16} {
					b.Run(fmt.Sprintf("readers=%d", readers), func(b *testing.B) {
						s, err := Open(context.Background(), OpenOptions{Owner: testOwner, Folders: []string{folder}, Readers: readers})
						require.NoError(b, err)
						var got ScanResult
						begin := cpuSeconds()
						for b.Loop() {
							b.StopTimer()
							forget(b, folder)
							b.StartTimer()
							got, err = s.Scan(context.Background(), r)
							require.NoError(b, err)
							require.Empty(b, got.Faults)
							require.Equal(b, plots, got.Scanned)
						}
						b.ReportMetric((cpuSeconds()-begin)/float64(b.N)/float64(plots)*1e3, "cpu-ms/plot")
						b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/terabytes, "s/TB")
						b.ReportMetric(float64(got.Reads)/terabytes, "reads/TB")
						b.ReportMetric(float64(got.Bytes)/terabytes/1e6, "MB/TB")
						b.ReportMetric(float64(got.Found)/float64(plots), "chains/plot")
					})
				}
			})
		}
	}
}

// sparseGroup writes a file of which only the tiles of one challenge take room.
func sparseGroup(b *testing.B, folder string, r Request, first uint64, plots int) {
	h := plotfile.Header{Geometry: plotfile.Choose(r.Params, plots), First: first, DeviceID: testOwner.DeviceID}
	for i := range plots {
		h.IDs = append(h.IDs, proof.DerivePlotID(testOwner.ChainID, testOwner.DeviceID, r.Params.Strength, first+uint64(i)))
		h.Fragments = append(h.Fragments, 1<<r.Params.K)
	}
	h.SlotBytes = h.Slot(uint64(plots)<<r.Params.K, groupSlack)
	file, err := os.Create(filepath.Join(folder, plotName(r.Params, first, plots, h.IDs[0])))
	require.NoError(b, err)
	require.NoError(b, file.Truncate(h.FileBytes()))
	tiles := map[uint32]bool{}
	one := &scan{request: r}
	f := &plotFile{header: h}
	for i := range plots {
		for _, set := range one.challenge(f, i).SetIndex {
			tiles[set/h.TileSets()] = true
		}
		if r.Selector != nil {
			break
		}
	}
	random := &randomSource{h: &h, r: rand.New(rand.NewPCG(first, 1))}
	slot := make([]byte, h.SlotBytes)
	for tile := range tiles {
		_, err := h.EncodeTile(slot, tile, random)
		require.NoError(b, err)
		_, err = file.WriteAt(slot, h.TileOffset(tile))
		require.NoError(b, err)
	}
	head, err := h.Encode()
	require.NoError(b, err)
	for _, at := range []int64{0, h.FileBytes() - int64(len(head))} {
		_, err = file.WriteAt(head, at)
		require.NoError(b, err)
	}
	require.NoError(b, file.Sync())
	require.NoError(b, file.Close())
}

// randomSource makes sets up: 64 fragments on average.
type randomSource struct {
	h *plotfile.Header
	r *rand.Rand
}

// Cells implements plotfile.Source.
func (s *randomSource) Cells(run uint32, cells plotfile.Cells) error {
	shift := s.h.Params.K + proof.SetBits
	for i := range cells {
		set := uint64(run)<<s.h.RunBits + uint64(i/s.h.Plots)
		n := 64 + int(s.r.NormFloat64()*8)
		cells[i] = cells[i][:0]
		for range n {
			cells[i] = append(cells[i], set<<shift|s.r.Uint64()>>(64-shift))
		}
		slices.Sort(cells[i])
	}
	return nil
}

// forget asks the system to drop what it keeps of the files.
func forget(b *testing.B, folder string) {
	names, err := filepath.Glob(filepath.Join(folder, "*.plot"))
	require.NoError(b, err)
	for _, name := range names {
		f, err := os.Open(name)
		require.NoError(b, err)
		require.NoError(b, unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED))
		require.NoError(b, f.Close())
	}
}
