package card

import (
	"context"
	"fmt"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/kernels"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// bandRows is how many rows of C are dumped at a time.
const bandRows = 64

// Paths implements gpu.Backend. Each opened tile's patch of C comes to the host,
// which hashes it and compares it with the card's own digest.
func (c *Backend) Paths(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed, tiles []gpu.Tile) (proofgpu.Node, [][]proofgpu.Node, error) {
	if err := p.Validate(); err != nil {
		return proofgpu.Node{}, nil, err
	}
	for _, t := range tiles {
		if t.Row >= p.Grid() || t.Col >= p.Grid() {
			return proofgpu.Node{}, nil, fmt.Errorf("tile row %d, column %d lies outside the grid of %d", t.Row, t.Col, p.Grid())
		}
	}
	var paths [][]proofgpu.Node
	after := func(strip uint32) error {
		if strip == 0 {
			paths = make([][]proofgpu.Node, len(tiles)) // again after a retry
		}
		for i, t := range tiles {
			if t.Col*p.B/c.layout.width != strip {
				continue
			}
			path, err := c.lowerPath(t)
			if err != nil {
				return err
			}
			paths[i] = path
		}
		return nil
	}
	root, err := c.round(ctx, p, seed, after)
	if err != nil {
		return proofgpu.Node{}, nil, err
	}
	l := c.layout
	for i, t := range tiles {
		index := uint32(proofgpu.LeafIndex(t.Row*p.B/l.width, t.Col*p.B/l.width))
		if paths[i], err = c.climb(paths[i], c.top, index, l.topLevels(), l.topCount); err != nil {
			return proofgpu.Node{}, nil, err
		}
	}
	return root, paths, nil
}

// lowerPath returns a tile's siblings up to its square's root, while its strip is
// on the card.
func (c *Backend) lowerPath(t gpu.Tile) ([]proofgpu.Node, error) {
	l := c.layout
	perPatch := patch / l.b
	row, col := t.Row/perPatch, t.Col/perPatch%(l.width/patch)
	leaves, err := c.patchLeaves(row, col)
	if err != nil {
		return nil, err
	}
	path, digest := siblings(nil, leaves, uint32(proofgpu.LeafIndex(t.Row%perPatch, t.Col%perPatch)))
	side := l.width / patch
	index := row/side*side*side + uint32(proofgpu.LeafIndex(row%side, col))
	stored, err := c.readNodes(c.nodes, index, 1)
	if err != nil {
		return nil, err
	}
	if stored[0] != digest {
		return nil, fmt.Errorf("%w: the digest of patch row %d, column %d is not that of its entries", gpu.ErrWrong, row, t.Col/perPatch)
	}
	return c.climb(path, c.nodes, index, l.levels(), l.count)
}

// climb appends the siblings on a tree's levels: the card stores every second
// level, so two siblings come from each four children.
func (c *Backend) climb(path []proofgpu.Node, tree Memory, index uint32, levels int, count func(int) uint32) ([]proofgpu.Node, error) {
	for k := range levels {
		four, err := c.readNodes(tree, offset(k, count)+index&^3, 4)
		if err != nil {
			return nil, err
		}
		path, _ = siblings(path, four, index&3)
		index >>= 2
	}
	return path, nil
}

// siblings appends the path of one of four nodes, or of a single one, and
// returns the digest of all.
func siblings(path, nodes []proofgpu.Node, index uint32) (appended []proofgpu.Node, digest proofgpu.Node) {
	if len(nodes) == 1 {
		return path, nodes[0]
	}
	pairs := [2]proofgpu.Node{proofgpu.NodeHash(nodes[0], nodes[1]), proofgpu.NodeHash(nodes[2], nodes[3])}
	return append(path, nodes[index^1], pairs[index>>1^1]), proofgpu.NodeHash(pairs[0], pairs[1])
}

// patchLeaves dumps the 64×64 entries around a patch of the loaded strip and
// hashes the patch's tiles.
func (c *Backend) patchLeaves(row, col uint32) ([]proofgpu.Node, error) {
	l := c.layout
	firstRow, firstCol := row*patch&^63, col*patch&^63
	err := c.launch(kernels.Dump, 1, memory(c.a), memory(c.strip), memory(c.band), word(l.n), word(firstRow), word(firstCol), word(1))
	if err != nil {
		return nil, err
	}
	raw := make([]byte, 64*64*4)
	if err := c.device.Read(raw, c.band, 0); err != nil {
		return nil, err
	}
	block := entries(raw)
	at := int(row*patch-firstRow)*64 + int(col*patch-firstCol)
	return tileHashes(block[at:], 64, patch, int(l.b)), nil
}

// tileHashes hashes the tiles of a square with this side in entries, in Z-order.
func tileHashes(square []int32, pitch, side, b int) []proofgpu.Node {
	across := side / b
	leaves := make([]proofgpu.Node, across*across)
	tile := make([]int32, b*b)
	for row := range across {
		for col := range across {
			for i := range b {
				copy(tile[i*b:(i+1)*b], square[(row*b+i)*pitch+col*b:])
			}
			leaves[proofgpu.LeafIndex(uint32(row), uint32(col))] = proofgpu.LeafHash(tile)
		}
	}
	return leaves
}
