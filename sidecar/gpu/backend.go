package gpu

import (
	"context"

	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// Tile names one b×b tile of a round's product by tile coordinates.
type Tile struct {
	Row, Col uint32
}

// Backend computes rounds. Implementations are safe for use by one goroutine at
// a time and bit-exact: the same parameters and seed give the same root on
// every backend.
type Backend interface {
	// Name is a short stable identifier: "cpu", "cuda", "opencl".
	Name() string
	// Describe says in one line, for people, which hardware is in use.
	Describe() string
	// Round returns the tile tree's root of the round with this seed. It returns
	// the context's error soon after the context ends.
	Round(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed) (proofgpu.Node, error)
	// Paths computes the round again and returns, besides its root, the sibling
	// path of each tile, bottom first, Params.TileDepth nodes each.
	Paths(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed, tiles []Tile) (proofgpu.Node, [][]proofgpu.Node, error)
	// Close frees the hardware. The backend must not be used afterwards.
	Close() error
}
