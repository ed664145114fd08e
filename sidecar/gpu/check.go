package gpu

import (
	"context"
	crand "crypto/rand"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"

	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// BandRows is the number of rows of a Band.
const BandRows = 64

// Band is a part of C: BandRows rows from Row on, Cols columns from Col on, both
// multiples of 64; row-major.
type Band struct {
	Row, Col, Cols uint32
	Entries        []int32
}

// Streamer is a backend that can hand out C itself. Bands cover C once, in any
// order; Entries may be reused after emit returns.
type Streamer interface {
	Backend
	Stream(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed, emit func(Band) error) error
}

// CheckRound verifies a whole round of a backend in O(n²): every entry of C and
// every node of the tree, at any n, in seconds where the reference would take minutes.
//
// The host computes A·(B·r) for a random r of 64-bit words and compares it with
// C·r, modulo 2^64 (Freivalds): with one wrong entry, off by less than 2^32, a row agrees
// with a chance of at most 2^-32. Then it hashes the same C into a tree, whose root must be
// Round's. ErrWrong says what differs.
func CheckRound(ctx context.Context, b Streamer, p proofgpu.Params, seed proofgpu.Seed) error {
	root, err := b.Round(ctx, p, seed)
	if err != nil {
		return err
	}
	c, err := newRoundCheck(p)
	if err != nil {
		return err
	}
	if err := b.Stream(ctx, p, seed, c.add); err != nil {
		return err
	}
	want, err := c.expected(ctx, seed)
	if err != nil {
		return err
	}
	for i := range want {
		if want[i] != c.left[i] {
			return fmt.Errorf("%w: n=%d: row %d of the product differs", ErrWrong, p.N, i)
		}
	}
	if got := reduce(c.tops); got != root {
		return fmt.Errorf("%w: n=%d, b=%d: the tree of the right product has root %x, the card says %x", ErrWrong, p.N, p.B, got[:8], root[:8])
	}
	return nil
}

type roundCheck struct {
	p    proofgpu.Params
	r    []uint64        // random, one per column
	left []uint64        // C·r, one per row
	tops []proofgpu.Node // of 64×64 squares, Z-order
}

func newRoundCheck(p proofgpu.Params) (*roundCheck, error) {
	var key [32]byte
	if _, err := crand.Read(key[:]); err != nil {
		return nil, err
	}
	stream, squares := rand.NewChaCha8(key), p.N/BandRows
	c := &roundCheck{p: p, r: make([]uint64, p.N), left: make([]uint64, p.N), tops: make([]proofgpu.Node, squares*squares)}
	for i := range c.r {
		c.r[i] = stream.Uint64()
	}
	return c, nil
}

// add takes a band in.
func (c *roundCheck) add(band Band) error {
	squares, b := int(band.Cols/BandRows), int(c.p.B)
	var merging sync.Mutex
	return parallel(context.Background(), squares, func() func(int) {
		leaves := make([]proofgpu.Node, BandRows/b*(BandRows/b))
		tile := make([]int32, b*b)
		return func(s int) {
			var sums [BandRows]uint64
			for i := range BandRows {
				line := band.Entries[i*int(band.Cols)+s*BandRows:][:BandRows]
				for j, v := range line {
					sums[i] += uint64(int64(v)) * c.r[int(band.Col)+s*BandRows+j]
				}
			}
			for row := range BandRows / b {
				for col := range BandRows / b {
					for i := range b {
						copy(tile[i*b:(i+1)*b], band.Entries[(row*b+i)*int(band.Cols)+s*BandRows+col*b:])
					}
					leaves[proofgpu.LeafIndex(uint32(row), uint32(col))] = proofgpu.LeafHash(tile)
				}
			}
			top := reduce(leaves)
			merging.Lock()
			defer merging.Unlock()
			c.tops[proofgpu.LeafIndex(band.Row/BandRows, band.Col/BandRows+uint32(s))] = top
			for i, sum := range sums {
				c.left[int(band.Row)+i] += sum
			}
		}
	})
}

// expected returns A·(B·r).
func (c *roundCheck) expected(ctx context.Context, seed proofgpu.Seed) ([]uint64, error) {
	n := int(c.p.N)
	x, out := make([]uint64, n), make([]uint64, n)
	var merging sync.Mutex
	const chunk = 64
	err := parallel(ctx, n/chunk, func() func(int) {
		line, part := make([]byte, n), make([]uint64, n)
		return func(i int) {
			clear(part)
			for j := i * chunk; j < (i+1)*chunk; j++ {
				proofgpu.ExpandColumn(line, seed, uint32(j))
				r := c.r[j]
				for k, v := range line {
					part[k] += uint64(int64(int8(v))) * r
				}
			}
			merging.Lock()
			defer merging.Unlock()
			for k, v := range part {
				x[k] += v
			}
		}
	})
	if err != nil {
		return nil, err
	}
	err = parallel(ctx, n, func() func(int) {
		line := make([]byte, n)
		return func(i int) {
			proofgpu.ExpandRow(line, seed, uint32(i))
			var sum uint64
			for k, v := range line {
				sum += uint64(int64(int8(v))) * x[k]
			}
			out[i] = sum
		}
	})
	return out, err
}

// parallel runs one job per index on all cores, like CPU.each.
func parallel(ctx context.Context, count int, start func() func(int)) error {
	return (&CPU{workers: runtime.GOMAXPROCS(0)}).each(ctx, count, start)
}
