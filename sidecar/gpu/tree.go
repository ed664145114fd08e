package gpu

import (
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// reduce folds a power of two of nodes to their root, in place.
func reduce(nodes []proofgpu.Node) proofgpu.Node {
	for len(nodes) > 1 {
		half := len(nodes) / 2
		for i := range half {
			nodes[i] = proofgpu.NodeHash(nodes[2*i], nodes[2*i+1])
		}
		nodes = nodes[:half]
	}
	return nodes[0]
}

// treeLevels returns all levels over a power of two of nodes, bottom first.
func treeLevels(nodes []proofgpu.Node) [][]proofgpu.Node {
	levels := [][]proofgpu.Node{nodes}
	for len(nodes) > 1 {
		next := make([]proofgpu.Node, len(nodes)/2)
		for i := range next {
			next[i] = proofgpu.NodeHash(nodes[2*i], nodes[2*i+1])
		}
		nodes, levels = next, append(levels, next)
	}
	return levels
}

// appendPath appends the siblings of a node, bottom first, without the root.
func appendPath(path []proofgpu.Node, levels [][]proofgpu.Node, index uint64) []proofgpu.Node {
	for _, level := range levels[:len(levels)-1] {
		path = append(path, level[index^1])
		index >>= 1
	}
	return path
}
