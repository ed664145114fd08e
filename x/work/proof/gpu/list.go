package gpu

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Leaf is one entry of the list that a device commits to: the seed of a round
// and the root of that round's tile tree.
type Leaf struct {
	Seed Seed
	Root Root
}

// leafSize is the encoding of a Leaf inside a proof, in bytes.
const leafSize = 2 * HashSize

// Keys of the list tree.
var (
	keyListLeaf = domainKey("joule/gpu/v1/list leaf")
	keyListNode = domainKey("joule/gpu/v1/list node")
	keyListRoot = domainKey("joule/gpu/v1/list root")
)

// maxListDepth is the depth of a list of MaxRoundsLimit leaves.
const maxListDepth = 20

// padding[l] is the node at level l whose leaves all lie beyond the list. A
// padding leaf is 32 zero bytes, of which no preimage is known.
var padding = paddingNodes()

func paddingNodes() (nodes [maxListDepth + 1]Root) {
	for l := range maxListDepth {
		nodes[l+1] = listNode(&nodes[l], &nodes[l])
	}
	return nodes
}

// listDepth returns ⌈log2 rounds⌉, the depth of a list of that many leaves.
func listDepth(rounds uint64) int { return bits.Len64(rounds - 1) }

func hashListLeaf(leaf *Leaf) Root {
	return hashPair(&keyListLeaf, (*[HashSize]byte)(&leaf.Seed), (*[HashSize]byte)(&leaf.Root))
}

func listNode(left, right *Root) Root {
	return hashPair(&keyListNode, (*[HashSize]byte)(left), (*[HashSize]byte)(right))
}

// sealList binds the number of rounds into the root, so that a list and the
// same list with padding declared as rounds have different roots.
func sealList(top *Root, rounds uint64) Root {
	var message [HashSize + 8]byte
	copy(message[:], top[:])
	binary.LittleEndian.PutUint64(message[HashSize:], rounds)
	return keyedHash(&keyListRoot, message[:])
}

// ListRoot returns the root that a Commitment carries for these rounds
// (SPEC.md 5). It refuses an empty list and one over MaxRoundsLimit.
func ListRoot(leaves []Leaf) (Root, error) {
	if len(leaves) == 0 || uint64(len(leaves)) > MaxRoundsLimit {
		return Root{}, fmt.Errorf("%w: %d rounds, must be in 1..%d", ErrCommitment, len(leaves), MaxRoundsLimit)
	}
	levels := listLevels(leaves)
	top := levels[len(levels)-1][0]
	return sealList(&top, uint64(len(leaves))), nil
}

// listLevels returns the nodes of each level that cover at least one leaf.
func listLevels(leaves []Leaf) [][]Root {
	level := make([]Root, len(leaves))
	for i := range leaves {
		level[i] = hashListLeaf(&leaves[i])
	}
	levels := [][]Root{level}
	for l := 0; len(level) > 1; l++ {
		next := make([]Root, (len(level)+1)/2)
		for i := range next {
			right := &padding[l]
			if 2*i+1 < len(level) {
				right = &level[2*i+1]
			}
			next[i] = listNode(&level[2*i], right)
		}
		level, levels = next, append(levels, next)
	}
	return levels
}

// listSet is an ascending set of opened leaf numbers: r and r−1 per opening.
type listSet struct {
	index [2 * MaxT]uint64
	size  int
}

// openedLeaves collects the leaves that the positions demand, ascending.
func openedLeaves(positions []Position) (set listSet) {
	for _, position := range positions {
		set.insert(position.Round)
		if position.Round > 0 {
			set.insert(position.Round - 1)
		}
	}
	return set
}

func (s *listSet) insert(leaf uint64) {
	at := s.find(leaf)
	if at < s.size && s.index[at] == leaf {
		return
	}
	copy(s.index[at+1:s.size+1], s.index[at:s.size])
	s.index[at] = leaf
	s.size++
}

// find returns the place of the first member not below leaf.
func (s *listSet) find(leaf uint64) int {
	at := 0
	for at < s.size && s.index[at] < leaf {
		at++
	}
	return at
}

// siblings calls visit(level, index) for every node that a multiproof of the
// set carries, in encoding order: level by level from the leaves, left to
// right. Padding nodes are never carried.
func (s *listSet) siblings(rounds uint64, visit func(level int, index uint64)) {
	known := *s
	for level := range listDepth(rounds) {
		last := (rounds - 1) >> level
		size := 0
		for i := 0; i < known.size; i++ {
			index := known.index[i]
			switch {
			case index&1 == 1:
				visit(level, index-1)
			case i+1 < known.size && known.index[i+1] == index+1:
				i++
			case index < last:
				visit(level, index+1)
			}
			known.index[size] = index >> 1
			size++
		}
		known.size = size
	}
}

// siblingCount returns how many nodes a multiproof of the set carries.
func (s *listSet) siblingCount(rounds uint64) int {
	count := 0
	s.siblings(rounds, func(int, uint64) { count++ })
	return count
}

// root folds the hashes of the set's leaves and the carried siblings into the
// sealed list root. siblings must hold siblingCount nodes.
func (s *listSet) root(rounds uint64, nodes *[2 * MaxT]Root, siblings []byte) Root {
	known := *s
	take := func() *Root {
		node := (*Root)(siblings)
		siblings = siblings[HashSize:]
		return node
	}
	for level := range listDepth(rounds) {
		last := (rounds - 1) >> level
		size := 0
		for i := 0; i < known.size; i++ {
			index, at := known.index[i], i
			left, right := &nodes[at], &padding[level]
			switch {
			case index&1 == 1:
				left, right = take(), &nodes[at]
			case i+1 < known.size && known.index[i+1] == index+1:
				i++
				right = &nodes[i]
			case index < last:
				right = take()
			}
			nodes[size] = listNode(left, right)
			known.index[size] = index >> 1
			size++
		}
		known.size = size
	}
	return sealList(&nodes[0], rounds)
}
