package gpu

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Keys of the list tree. Its leaves are the rounds' roots as they are: the depth follows from the number of rounds,
// which the seal binds, so a leaf is never read as a node.
var (
	keyListNode = domainKey("joule/gpu/v2/list node")
	keyListRoot = domainKey("joule/gpu/v2/list root")
)

// maxListDepth is the depth of a list of MaxRoundsLimit leaves.
const maxListDepth = 20

// padding[l] is the node at level l whose leaves all lie beyond the list. A padding leaf is 28 zero bytes.
var padding = paddingNodes()

func paddingNodes() (nodes [maxListDepth + 1]Node) {
	for l := range maxListDepth {
		nodes[l+1] = hashPair(&keyListNode, &nodes[l], &nodes[l])
	}
	return nodes
}

// listDepth returns ⌈log2 rounds⌉, the depth of a list of that many leaves.
func listDepth(rounds uint64) int { return bits.Len64(rounds - 1) }

// sealList binds the number of rounds into the root, so that a list and the same list with padding declared as rounds
// have different roots.
func sealList(top *Node, rounds uint64) Root {
	var message [NodeSize + 8]byte
	copy(message[:], top[:])
	binary.LittleEndian.PutUint64(message[NodeSize:], rounds)
	return keyedHash(&keyListRoot, message[:])
}

// ListRoot returns the root that a Commitment carries for rounds with these roots, in order (SPEC.md 5). It refuses an
// empty list and one over MaxRoundsLimit.
func ListRoot(roots []Node) (Root, error) {
	if len(roots) == 0 || uint64(len(roots)) > MaxRoundsLimit {
		return Root{}, fmt.Errorf("%w: %d rounds, must be in 1..%d", ErrCommitment, len(roots), MaxRoundsLimit)
	}
	levels := listLevels(roots)
	return sealList(&levels[len(levels)-1][0], uint64(len(roots))), nil
}

// listLevels returns the nodes of each level that cover at least one leaf, the leaves themselves first.
func listLevels(level []Node) [][]Node {
	levels := [][]Node{level}
	for l := 0; len(level) > 1; l++ {
		next := make([]Node, (len(level)+1)/2)
		for i := range next {
			right := &padding[l]
			if 2*i+1 < len(level) {
				right = &level[2*i+1]
			}
			next[i] = hashPair(&keyListNode, &level[2*i], right)
		}
		level, levels = next, append(levels, next)
	}
	return levels
}
