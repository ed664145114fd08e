package card

import (
	"fmt"
	"math/bits"

	"github.com/joulechain/joule/sidecar/gpu"
)

// patch is the side of the squares of C that a work item hashes alone. A node takes slotSize bytes on the card: the
// proofgpu.NodeSize that are hashed on, and four that are never read, so that two uint4 hold it.
const (
	patch    = 8
	slotSize = 32
)

// layout says where a round's parts lie. A is whole, n² bytes. B and the tree
// exist for one strip of width columns at a time: the strip's product is cut
// into squares of width×width, each a subtree in Z-order, and its levels lie one
// after the other, every second one only, since the depth is even:
//
//	level k: n/width squares of (width/8)²/4^k nodes each
//
// The squares' roots go to the top tree of (n/width)² places, laid out alike.
type layout struct {
	n, b, width uint32
	product     Product
}

// squares is the number of squares in a strip, and of strips.
func (l layout) squares() uint32 { return l.n / l.width }

// levels is the number of levels stored above the patches of a strip.
func (l layout) levels() int { return bits.Len32(l.width/patch) - 1 }

// topLevels is the same above the squares.
func (l layout) topLevels() int { return bits.Len32(l.squares()) - 1 }

// count is the number of nodes on level k of a strip.
func (l layout) count(k int) uint32 {
	side := l.width / patch >> k
	return l.squares() * side * side
}

// topCount is the number of nodes on level k above the squares.
func (l layout) topCount(k int) uint32 {
	side := l.squares() >> k
	return side * side
}

func total(levels int, count func(int) uint32) (nodes uint32) {
	for k := range levels + 1 {
		nodes += count(k)
	}
	return nodes
}

// offset is where level k starts, in nodes.
func offset(k int, count func(int) uint32) uint32 {
	if k == 0 {
		return 0
	}
	return total(k-1, count)
}

// bytes of the four parts.
func (l layout) bytesA() uint64     { return uint64(l.n) * uint64(l.n) }
func (l layout) bytesStrip() uint64 { return uint64(l.n) * uint64(l.width) }
func (l layout) bytesNodes() uint64 { return uint64(total(l.levels(), l.count)) * slotSize }
func (l layout) bytesTop() uint64   { return uint64(total(l.topLevels(), l.topCount)) * slotSize }
func (l layout) bytesBand() uint64  { return uint64(bandRows) * uint64(l.width) * 4 }

func (l layout) bytes() uint64 {
	return l.bytesA() + l.bytesStrip() + l.bytesNodes() + l.bytesTop() + l.bytesBand()
}

// minWidth is the narrowest strip: enough squares for a small card, and all of a
// small matrix.
func minWidth(n uint32) uint32 { return min(n, 256) }

// fit chooses the product kernel for strips of this width.
func fit(products []Product, n, b, width uint32) (layout, error) {
	for _, p := range products {
		if p.Fits(n) && p.Cols <= width {
			return layout{n: n, b: b, width: width, product: p}, nil
		}
	}
	return layout{}, fmt.Errorf("%w: no product kernel for n=%d", gpu.ErrBuild, n)
}
