package gpu

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// smallParams are the cheapest parameters: 256 tiles a round.
func smallParams(t uint32) Params {
	return Params{Version: Version1, N: 64, B: 4, T: t, MaxRounds: 1 << 10}
}

// tileSource returns what a prover claims that the tile at (row, col) is.
type tileSource func(p Params, seed Seed, round uint64, row, col uint32) []int32

func honestTile(p Params, seed Seed, _ uint64, row, col uint32) []int32 {
	return Tile(p, seed, row, col)
}

// prover is a device in miniature that keeps every tree. Tests bend its parts.
type prover struct {
	params Params
	seed0  Seed
	leaves []Leaf
	trees  [][][]Root // per round, per level, bottom first
}

// prove runs rounds with the given source of tiles.
func prove(p Params, seed0 Seed, rounds uint64, source tileSource) *prover {
	d := &prover{params: p, seed0: seed0}
	for range rounds {
		d.addRound(source)
	}
	return d
}

func (d *prover) nextSeed() Seed {
	if len(d.leaves) == 0 {
		return d.seed0
	}
	last := len(d.leaves) - 1
	return NextSeed(d.seed0, uint64(last), d.leaves[last].Root)
}

func (d *prover) addRound(source tileSource) {
	seed, round := d.nextSeed(), uint64(len(d.leaves))
	hashes := make([]Root, d.params.Grid()*d.params.Grid())
	for row := range d.params.Grid() {
		for col := range d.params.Grid() {
			hashes[LeafIndex(row, col)] = LeafHash(source(d.params, seed, round, row, col))
		}
	}
	tree := buildTree(hashes)
	d.trees = append(d.trees, tree)
	d.leaves = append(d.leaves, Leaf{Seed: seed, Root: tree[len(tree)-1][0]})
}

func buildTree(nodes []Root) [][]Root {
	levels := [][]Root{nodes}
	for len(nodes) > 1 {
		next := make([]Root, len(nodes)/2)
		for i := range next {
			next[i] = NodeHash(nodes[2*i], nodes[2*i+1])
		}
		nodes, levels = next, append(levels, next)
	}
	return levels
}

func (d *prover) path(at Position) []Root {
	index := LeafIndex(at.Row, at.Col)
	var path []Root
	for _, level := range d.trees[at.Round][:d.params.TileDepth()] {
		path = append(path, level[index^1])
		index >>= 1
	}
	return path
}

// challenge commits to all rounds and draws mixes from a counter.
func (d *prover) challenge(tb testing.TB, draw uint64) Challenge {
	root, err := ListRoot(d.leaves)
	require.NoError(tb, err)
	return Challenge{
		Seed0:      d.seed0,
		Commitment: Commitment{Rounds: uint64(len(d.leaves)), Root: root},
		MixA:       testMix("a", draw),
		MixB:       testMix("b", draw),
	}
}

func (d *prover) open(tb testing.TB, c Challenge) []byte {
	var paths [][]Root
	for _, at := range Positions(d.params, c) {
		paths = append(paths, d.path(at))
	}
	proof, err := AssembleOpening(d.params, c, d.leaves, paths)
	require.NoError(tb, err)
	return proof
}

// answer opens a challenge and returns the verifier's verdict.
func (d *prover) answer(tb testing.TB, c Challenge) error {
	return VerifyOpening(d.params, c, d.open(tb, c))
}

// passes counts how many of the draws a prover survives.
func (d *prover) passes(tb testing.TB, draws uint64) (passed uint64) {
	root := d.challenge(tb, 0).Commitment
	for draw := range draws {
		c := Challenge{Seed0: d.seed0, Commitment: root, MixA: testMix("a", draw), MixB: testMix("b", draw)}
		if d.answer(tb, c) == nil {
			passed++
		}
	}
	return passed
}

func testMix(label string, draw uint64) [32]byte {
	return sha256.Sum256(binary.LittleEndian.AppendUint64([]byte(label), draw))
}

func testSeed0(device byte) Seed {
	return Seed0("joule-devnet-1", 7, testMix("window", 7), append(make([]byte, 19), device))
}

// synthetic builds a proof at full size without computing rounds: only the
// opened tiles are real, every other node is pseudo-random. No device can do
// this, because positions depend on the signed root; here they are chosen first
// and handed to verifyAt, whose work is that of a real verification.
func synthetic(p Params, rounds uint64, draw uint64) (Challenge, []Position, []byte) {
	c := Challenge{Seed0: testSeed0(1), Commitment: Commitment{Rounds: rounds}, MixA: testMix("a", draw), MixB: testMix("b", draw)}
	positions := Positions(p, c)
	leaves := make(map[uint64]Leaf)
	var siblings, paths []byte
	set := openedLeaves(positions)
	for _, index := range set.index[:set.size] { // ascending: r−1 before r
		seed := c.Seed0
		if index > 0 {
			seed = NextSeed(c.Seed0, index-1, leaves[index-1].Root)
		}
		leaf := Leaf{Seed: seed, Root: Root(testMix("root", index))}
		for i, at := range positions {
			if at.Round == index {
				path, root := syntheticPath(p, seed, at, uint64(i))
				leaf.Root, paths = root, append(paths, path...)
			}
		}
		leaves[index] = leaf
	}
	var proof []byte
	var nodes [2 * MaxT]Root
	for i, index := range set.index[:set.size] {
		leaf := leaves[index]
		nodes[i] = hashListLeaf(&leaf)
		proof = append(append(proof, leaf.Seed[:]...), leaf.Root[:]...)
	}
	set.siblings(rounds, func(level int, index uint64) {
		node := testMix("list", index<<8|uint64(level))
		siblings = append(siblings, node[:]...)
	})
	c.Commitment.Root = set.root(rounds, &nodes, siblings)
	return c, positions, append(append(proof, siblings...), sortPaths(p, positions, paths)...)
}

func syntheticPath(p Params, seed Seed, at Position, salt uint64) ([]byte, Root) {
	var path []byte
	for level := range p.TileDepth() {
		node := testMix("tile", salt<<8|uint64(level))
		path = append(path, node[:]...)
	}
	return path, tilePathRoot(LeafHash(Tile(p, seed, at.Row, at.Col)), LeafIndex(at.Row, at.Col), path)
}

// sortPaths brings paths that were appended by ascending round into opening order.
func sortPaths(p Params, positions []Position, paths []byte) []byte {
	size := p.TileDepth() * HashSize
	out := make([]byte, len(paths))
	for i, at := range positions {
		place := 0
		for _, other := range positions {
			if other.Round < at.Round {
				place++
			}
		}
		copy(out[i*size:(i+1)*size], paths[place*size:])
	}
	return out
}
