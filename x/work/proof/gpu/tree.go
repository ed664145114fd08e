package gpu

import (
	"encoding/binary"
)

// Keys of the tile tree: a leaf can never be read as a node.
var (
	keyTileLeaf = domainKey("joule/gpu/v2/tile leaf")
	keyTileNode = domainKey("joule/gpu/v2/tile node")
)

// LeafHash hashes one tile: its b² int32 entries, row-major, little-endian. For b = 4 that is one 64-byte compression.
// It panics unless tile has 16 or 64 entries.
func LeafHash(tile []int32) Node {
	switch len(tile) {
	case 16:
		var words [16]uint32
		for i, v := range tile {
			words[i] = uint32(v)
		}
		return hashBlock(&keyTileLeaf, &words, blockSize)
	case maxTileWords:
		var buf [4 * maxTileWords]byte
		for i, v := range tile {
			binary.LittleEndian.PutUint32(buf[4*i:], uint32(v))
		}
		hash := keyedHash(&keyTileLeaf, buf[:])
		return Node(hash[:NodeSize])
	}
	panic("gpu: a tile has 16 or 64 entries")
}

// NodeHash hashes two children of the tile tree.
func NodeHash(left, right Node) Node { return hashPair(&keyTileNode, &left, &right) }

// LeafIndex returns the leaf number of the tile at (row, col): the bits of row
// and col interleaved, col lowest (Z-order). Any aligned square of 2^k×2^k tiles
// is then one subtree, so a GPU block hashes its own output in shared memory.
func LeafIndex(row, col uint32) uint64 { return spread(col) | spread(row)<<1 }

// spread moves bit i of x to bit 2i.
func spread(x uint32) uint64 {
	v := uint64(x)
	v = (v | v<<16) & 0x0000ffff0000ffff
	v = (v | v<<8) & 0x00ff00ff00ff00ff
	v = (v | v<<4) & 0x0f0f0f0f0f0f0f0f
	v = (v | v<<2) & 0x3333333333333333
	v = (v | v<<1) & 0x5555555555555555
	return v
}

// tilePathRoot climbs from a leaf along siblings, NodeSize bytes each, bottom first, to the round's root.
func tilePathRoot(leaf Node, index uint64, siblings []byte) Node {
	node := leaf
	for ; len(siblings) >= NodeSize; siblings = siblings[NodeSize:] {
		sibling := (*Node)(siblings)
		if index&1 == 0 {
			node = hashPair(&keyTileNode, &node, sibling)
		} else {
			node = hashPair(&keyTileNode, sibling, &node)
		}
		index >>= 1
	}
	return node
}
