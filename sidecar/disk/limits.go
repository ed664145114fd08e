package disk

import (
	"fmt"
	"math"
	"runtime"

	"github.com/joulechain/joule/sidecar/disk/internal/plotfile"
	"github.com/joulechain/joule/sidecar/disk/internal/plotter"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

const (
	// maxK is the largest size that a chain may allow (x/work/proof/disk, SPEC.md 1).
	maxK        = 30
	maxDeviceID = plotfile.MaxDeviceID
	maxThreads  = 1024
	// maxPlan bounds the plots of one call: 2^20 at k=28 are a petabyte.
	maxPlan = 1 << 20
	// plotSlack and groupSlack are how many standard deviations above its mean a tile may be, with moreSlack more each
	// time that this is not enough. Writing a plot again is cheap and happens once in a hundred plots; a group's tiles
	// are many and all of it would have to be copied again.
	plotSlack, groupSlack, moreSlack = 4.5, 6.0, 2.0
)

// PlotBytes bounds the size of the file of one plot. Sizes differ by little: a plot is about 2^k·(k+2)/8 bytes.
func PlotBytes(params proof.Params) uint64 {
	h := plotfile.Header{Geometry: plotfile.Choose(params, 1)}
	// The number of fragments has a standard deviation of 0.9 % at k = 18 and half of it for every step of k (SPEC.md
	// 3).
	spread := 1 + 6*0.009/math.Exp2(float64(params.K-18)/2)
	h.SlotBytes = h.Slot(uint64(math.Exp2(float64(params.K))*spread), groupSlack)
	return uint64(h.FileBytes())
}

// MinMemoryMiB is the least CreateOptions.MemoryMiB that works with so many threads (0: all cores).
func MinMemoryMiB(params proof.Params, threads int) int {
	if threads == 0 {
		threads = cores()
	}
	return plotter.MinMemoryMiB(params, threads)
}

func cores() int { return runtime.GOMAXPROCS(0) }

// defaultMemory is what a plot needs, or half of what the machine has free.
func defaultMemory(params proof.Params, threads int) int {
	full := plotter.FullMemoryMiB(params, threads)
	if free := availableMemory(); free > 0 {
		full = min(full, int(free/2>>20))
	}
	return max(full, plotter.MinMemoryMiB(params, threads))
}

// size is a number of bytes for people.
func size(n uint64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 10<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d bytes", n)
}
