// Package plotfile is the plot file format of docs/plot-format.md: header, tiles, runs and their encoding. It reads and
// writes through io.ReaderAt and plain byte slices and knows neither folders nor challenges.
package plotfile

import (
	"errors"
	"fmt"
	"math"

	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// Errors of this package wrap one of these or the operating system's.
var (
	// ErrFormat: no plot file, an unknown version, or a header that is damaged or impossible.
	ErrFormat = errors.New("not a plot file")
	// ErrDamaged: a checksum or the content of a tile is wrong.
	ErrDamaged = errors.New("damaged")
	// ErrTooLarge: a tile does not fit its slot; the writer must begin again with a larger one.
	ErrTooLarge = errors.New("tile larger than its slot")
)

// Version is the only format version there is.
const Version = 1

// MaxPlots bounds the plots of one file, MaxDeviceID the length of a device id in bytes.
const (
	MaxPlots    = 1024
	MaxDeviceID = 64
)

// Bounds of the geometry: a run is at most 64 sets, a tile at most 4,096 runs.
const (
	maxRunBits  = 6
	maxTileBits = 12
)

// Geometry says how the sets of a file's plots are laid out: a run is 2^RunBits neighbouring sets of all plots under
// one checksum, a tile 2^TileBits runs in a slot of fixed size, so that a set's place follows from its number.
type Geometry struct {
	Params   proof.Params
	Plots    int
	RunBits  uint8
	TileBits uint8
	// SlotBytes is the size of every tile on disk.
	SlotBytes uint32
}

// Choose is the geometry for files of so many plots, without a slot size: runs of some 4 KiB or one set, tiles of 2^17
// or 2^18 fragments, whose sizes differ by little, so that slots of one size waste about 1 %.
func Choose(params proof.Params, plots int) Geometry {
	g := Geometry{Params: params, Plots: plots}
	setBits := uint8(g.setBits())
	for g.RunBits = 4; g.RunBits > 0 && plots > 16>>g.RunBits; g.RunBits-- {
	}
	for g.TileBits = 7; g.TileBits > 0 && plots<<(g.RunBits+g.TileBits) > 1<<12; g.TileBits-- {
	}
	for g.RunBits+g.TileBits > setBits {
		g.TileBits--
	}
	return g
}

// setBits is log2 of the number of sets of a plot.
func (g *Geometry) setBits() uint { return uint(g.Params.K) - proof.SetBits }

// Sets is the number of sets in the file; Runs and Tiles count those, TileSets is the number of sets of one tile.
func (g *Geometry) Sets() uint32     { return 1 << g.setBits() }
func (g *Geometry) Runs() uint32     { return g.Sets() >> g.RunBits }
func (g *Geometry) Tiles() uint32    { return g.Runs() >> g.TileBits }
func (g *Geometry) TileRuns() int    { return 1 << g.TileBits }
func (g *Geometry) RunSets() int     { return 1 << g.RunBits }
func (g *Geometry) TileSets() uint32 { return 1 << (g.RunBits + g.TileBits) }

// tableBytes is the size of the table of run lengths at the start of a tile, with its checksum.
func (g *Geometry) tableBytes() int { return 4*g.TileRuns() + 4 }

// cells is the number of (set, plot) cells of a run.
func (g *Geometry) cells() int { return g.Plots << g.RunBits }

// validate checks a geometry that came from a file; slot sizes are bounded so that a reader's buffers are.
func (g *Geometry) validate() error {
	if err := g.Params.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if g.Plots < 1 || g.Plots > MaxPlots {
		return fmt.Errorf("%w: %d plots, must be 1…%d", ErrFormat, g.Plots, MaxPlots)
	}
	if g.RunBits > maxRunBits || g.TileBits > maxTileBits || uint(g.RunBits+g.TileBits) > g.setBits() {
		return fmt.Errorf("%w: runs of 2^%d sets and tiles of 2^%d runs, a plot has 2^%d sets", ErrFormat, g.RunBits, g.TileBits, g.setBits())
	}
	if low, high := g.slotBounds(); uint64(g.SlotBytes) < low || uint64(g.SlotBytes) > high {
		return fmt.Errorf("%w: tiles of %d bytes, must be %d…%d", ErrFormat, g.SlotBytes, low, high)
	}
	return nil
}

// slotBounds are the least and the largest slot that a file may have: empty sets only, and four times the mean.
func (g *Geometry) slotBounds() (low, high uint64) {
	cells := uint64(g.cells()) << g.TileBits
	low = uint64(g.tableBytes()) + cells + 4*uint64(g.TileRuns())
	return low, min(low+4*cells*(1<<proof.SetBits)*uint64(g.Params.K+2)/8, 1<<30)
}

// MeanTileBytes is what a tile takes on average where a plot has 2^k fragments.
func (g *Geometry) MeanTileBytes() uint64 {
	low, _ := g.slotBounds()
	fragments := uint64(g.cells()) << g.TileBits << proof.SetBits
	// A gap costs its low k-1 bits, a stop bit and, its mean being 2^k, 1/(√e-1) = 1.5415 more: docs/plot-format.md.
	return low + (fragments*(uint64(g.Params.K)*10000+15415)/10000)/8 + uint64(g.TileRuns())
}

// Slot is a slot size for plots with so many fragments in all that slack standard deviations of a tile's size do not
// pass. Fragments are spread evenly, so the number in a tile varies by its square root.
func (g *Geometry) Slot(fragments uint64, slack float64) uint32 {
	low, high := g.slotBounds()
	perTile := float64(fragments) / float64(g.Tiles())
	bits := float64(g.Params.K) + 1.5415
	size := float64(low) + float64(g.TileRuns()) + (perTile+slack*math.Sqrt(perTile))*bits/8
	return uint32(min(uint64(size)/512*512+512, high))
}
