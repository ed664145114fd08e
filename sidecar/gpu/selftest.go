package gpu

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"fmt"

	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// ExtremeTester is a backend that can compare its products of extreme lines, which
// no seed gives, with the reference.
type ExtremeTester interface {
	Extremes(ctx context.Context) error
}

// maxWholeCheck is the largest n at which SelfTest verifies a whole round, about
// five seconds on two cores. Above it SelfTest opens the corners and selfTestTiles
// random tiles.
const (
	maxWholeCheck = 16384
	selfTestTiles = 16
)

// SelfTest compares a backend bit by bit with the CPU reference: whole rounds of
// fixed and random seeds at small n and both b, so that one wrong tile shows; extreme
// lines; and a whole round at p itself by CheckRound, where the backend can stream it,
// else openings of p. Errors that wrap ErrWrong say that the backend must not be used.
func SelfTest(ctx context.Context, b Backend, p proofgpu.Params) error {
	if err := p.Validate(); err != nil {
		return err
	}
	random, err := randomSeed()
	if err != nil {
		return err
	}
	reference := NewCPU(0)
	var ones proofgpu.Seed
	for i := range ones {
		ones[i] = 0xff
	}
	for _, n := range []uint32{64, 128, 256, 512} {
		for _, side := range []uint32{4, 8} {
			for _, seed := range []proofgpu.Seed{{}, ones, random}[:min(3, 1024/n)] {
				small := proofgpu.Params{Version: proofgpu.Version2, N: n, B: side, T: 2, MaxRounds: 1}
				if err := compareRound(ctx, reference, b, small, seed); err != nil {
					return err
				}
			}
		}
	}
	if tester, ok := b.(ExtremeTester); ok {
		if err := tester.Extremes(ctx); err != nil {
			return err
		}
	}
	if streamer, ok := b.(Streamer); ok && p.N <= maxWholeCheck {
		return CheckRound(ctx, streamer, p, random)
	}
	root, err := b.Round(ctx, p, random)
	if err != nil {
		return err
	}
	tiles, err := RandomTiles(p, selfTestTiles)
	if err != nil {
		return err
	}
	return CheckTiles(ctx, b, p, random, root, append(Corners(p), tiles...))
}

func compareRound(ctx context.Context, reference *CPU, b Backend, p proofgpu.Params, seed proofgpu.Seed) error {
	want, err := reference.Round(ctx, p, seed)
	if err != nil {
		return err
	}
	got, err := b.Round(ctx, p, seed)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%w: n=%d, b=%d, seed %x: root %x, the reference has %x", ErrWrong, p.N, p.B, seed[:4], got[:8], want[:8])
	}
	return nil
}

// Corners and RandomTiles choose tiles for CheckTiles.
func Corners(p proofgpu.Params) []Tile {
	last := p.Grid() - 1
	return []Tile{{Row: 0, Col: 0}, {Row: last, Col: last}, {Row: 0, Col: last}, {Row: last, Col: 0}}
}

// RandomTiles returns count tiles, uniformly and unpredictably.
func RandomTiles(p proofgpu.Params, count int) ([]Tile, error) {
	tiles := make([]Tile, count)
	for i := range tiles {
		seed, err := randomSeed()
		if err != nil {
			return nil, err
		}
		last := p.Grid() - 1 // the grid is a power of two
		tiles[i] = Tile{Row: binary.LittleEndian.Uint32(seed[:]) & last, Col: binary.LittleEndian.Uint32(seed[4:]) & last}
	}
	return tiles, nil
}

// CheckTiles opens tiles of a round that gave root and recomputes them with the
// proof package. ErrWrong says that root is not reproduced, or is not the right one.
func CheckTiles(ctx context.Context, b Backend, p proofgpu.Params, seed proofgpu.Seed, root proofgpu.Node, tiles []Tile) error {
	again, paths, err := b.Paths(ctx, p, seed, tiles)
	if err != nil {
		return err
	}
	if again != root {
		return fmt.Errorf("%w: a round computed twice gave %x and %x", ErrWrong, root[:8], again[:8])
	}
	for i, t := range tiles {
		node, index := proofgpu.LeafHash(proofgpu.Tile(p, seed, t.Row, t.Col)), proofgpu.LeafIndex(t.Row, t.Col)
		for _, sibling := range paths[i] {
			if index&1 == 0 {
				node = proofgpu.NodeHash(node, sibling)
			} else {
				node = proofgpu.NodeHash(sibling, node)
			}
			index >>= 1
		}
		if node != root || len(paths[i]) != p.TileDepth() {
			return fmt.Errorf("%w: tile row %d, column %d is not under the root %x", ErrWrong, t.Row, t.Col, root[:8])
		}
	}
	return nil
}

func randomSeed() (seed proofgpu.Seed, err error) {
	_, err = crand.Read(seed[:])
	return seed, err
}
