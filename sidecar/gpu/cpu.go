package gpu

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// CPU is the reference backend. It packs A once per round (4·n² bytes), and each
// worker expands one strip of B at a time and reduces every square block of C to
// one tree node at once, so C itself is never stored.
type CPU struct {
	workers int
	packedA []uint64 // row pairs, kept between rounds
	sumsA   []uint32 // per row of A, of entries shifted to 0..255
}

// NewCPU returns the reference backend with this many workers; 0 means one per
// usable core.
func NewCPU(workers int) *CPU {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return &CPU{workers: workers}
}

// Name returns "cpu".
func (c *CPU) Name() string { return "cpu" }

// Describe returns the number of workers and the architecture.
func (c *CPU) Describe() string {
	return fmt.Sprintf("CPU reference, %d workers, %s/%s", c.workers, runtime.GOOS, runtime.GOARCH)
}

// Close frees the buffers.
func (c *CPU) Close() error {
	c.packedA, c.sumsA = nil, nil
	return nil
}

// Round implements Backend.
func (c *CPU) Round(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed) (proofgpu.Node, error) {
	tops, err := c.multiply(ctx, p, seed, nil)
	if err != nil {
		return proofgpu.Node{}, err
	}
	levels := treeLevels(tops)
	return levels[len(levels)-1][0], nil
}

// Paths implements Backend.
func (c *CPU) Paths(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed, tiles []Tile) (proofgpu.Node, [][]proofgpu.Node, error) {
	if err := p.Validate(); err != nil {
		return proofgpu.Node{}, nil, err
	}
	side := blockSide(p.N)
	tilesPerSide := uint32(side) / p.B
	keep := make(map[uint64][]proofgpu.Node, len(tiles))
	for _, tile := range tiles {
		if tile.Row >= p.Grid() || tile.Col >= p.Grid() {
			return proofgpu.Node{}, nil, fmt.Errorf("tile row %d, column %d lies outside the grid of %d", tile.Row, tile.Col, p.Grid())
		}
		keep[proofgpu.LeafIndex(tile.Row/tilesPerSide, tile.Col/tilesPerSide)] = nil
	}
	tops, err := c.multiply(ctx, p, seed, keep)
	if err != nil {
		return proofgpu.Node{}, nil, err
	}
	upper := treeLevels(tops)
	paths := make([][]proofgpu.Node, len(tiles))
	leavesPerBlock := uint64(tilesPerSide) * uint64(tilesPerSide)
	for i, tile := range tiles {
		index := proofgpu.LeafIndex(tile.Row, tile.Col)
		lower := treeLevels(keep[index/leavesPerBlock])
		paths[i] = appendPath(nil, lower, index%leavesPerBlock)
		paths[i] = appendPath(paths[i], upper, index/leavesPerBlock)
	}
	return upper[len(upper)-1][0], paths, nil
}

// multiply computes a round and returns what is left of C: one node per block,
// in Z-order. For each block listed in keep it stores the hashes of the block's
// tiles there, in Z-order.
func (c *CPU) multiply(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed, keep map[uint64][]proofgpu.Node) ([]proofgpu.Node, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	n, side := int(p.N), blockSide(p.N)
	c.reserve(n)
	err := c.each(ctx, n/2, func() func(int) {
		raw := make([]byte, 2*n)
		return func(pair int) {
			packRows(c.packedA[pair*n:(pair+1)*n], c.sumsA[2*pair:2*pair+2], raw, seed, uint32(2*pair))
		}
	})
	if err != nil {
		return nil, err
	}
	blocks := n / side
	tops := make([]proofgpu.Node, blocks*blocks)
	var keeping sync.Mutex
	err = c.each(ctx, blocks, func() func(int) {
		w := newBlockWorker(p, side)
		return func(col int) {
			w.loadColumns(seed, col)
			for row := range blocks {
				if ctx.Err() != nil {
					return
				}
				w.multiplyBlock(c.packedA, c.sumsA, row)
				index := proofgpu.LeafIndex(uint32(row), uint32(col))
				leaves := w.hashTiles()
				if _, ok := keep[index]; ok {
					keeping.Lock()
					keep[index] = append([]proofgpu.Node(nil), leaves...)
					keeping.Unlock()
				}
				tops[index] = reduce(leaves)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return tops, nil
}

func (c *CPU) reserve(n int) {
	if len(c.packedA) != n*n/2 {
		c.packedA, c.sumsA = make([]uint64, n*n/2), make([]uint32, n)
	}
}

// each runs one job per index on the workers and waits for all of them. start is
// called once in each worker and returns its job.
func (c *CPU) each(ctx context.Context, count int, start func() func(int)) error {
	var next atomic.Int64
	var running sync.WaitGroup
	for range min(c.workers, count) {
		running.Go(func() {
			job := start()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= count {
					return
				}
				job(i)
			}
		})
	}
	running.Wait()
	return ctx.Err()
}
