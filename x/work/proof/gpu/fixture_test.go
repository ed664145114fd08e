package gpu

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// smallParams are the cheapest parameters: 256 tiles a round.
func smallParams(t uint32) Params {
	return Params{Version: Version2, N: 64, B: 4, T: t, MaxRounds: 1 << 10}
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
	roots  []Node     // of the rounds
	trees  [][][]Node // per round, per level, bottom first
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
	if len(d.roots) == 0 {
		return d.seed0
	}
	last := len(d.roots) - 1
	return NextSeed(d.seed0, uint64(last), d.roots[last])
}

func (d *prover) addRound(source tileSource) {
	seed, round := d.nextSeed(), uint64(len(d.roots))
	hashes := make([]Node, d.params.Grid()*d.params.Grid())
	for row := range d.params.Grid() {
		for col := range d.params.Grid() {
			hashes[LeafIndex(row, col)] = LeafHash(source(d.params, seed, round, row, col))
		}
	}
	tree := buildTree(hashes)
	d.trees = append(d.trees, tree)
	d.roots = append(d.roots, tree[len(tree)-1][0])
}

func buildTree(nodes []Node) [][]Node {
	levels := [][]Node{nodes}
	for len(nodes) > 1 {
		next := make([]Node, len(nodes)/2)
		for i := range next {
			next[i] = NodeHash(nodes[2*i], nodes[2*i+1])
		}
		nodes, levels = next, append(levels, next)
	}
	return levels
}

func (d *prover) path(at Position) []Node {
	index := LeafIndex(at.Row, at.Col)
	var path []Node
	for _, level := range d.trees[at.Round][:d.params.TileDepth()] {
		path = append(path, level[index^1])
		index >>= 1
	}
	return path
}

// challenge commits to all rounds and draws mixes from a counter.
func (d *prover) challenge(tb testing.TB, draw uint64) Challenge {
	root, err := ListRoot(d.roots)
	require.NoError(tb, err)
	return Challenge{
		Seed0:      d.seed0,
		Commitment: Commitment{Rounds: uint64(len(d.roots)), Root: root},
		MixA:       testMix("a", draw),
		MixB:       testMix("b", draw),
	}
}

func (d *prover) open(tb testing.TB, c Challenge) []byte {
	var paths [][]Node
	for _, at := range Positions(d.params, c) {
		paths = append(paths, d.path(at))
	}
	proof, err := AssembleOpening(d.params, c, d.roots, paths)
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

func testNode(label string, draw uint64) Node {
	mix := testMix(label, draw)
	return Node(mix[:NodeSize])
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
	set := openedRounds(positions)
	var roots [2 * MaxT]Node
	paths := make([][]byte, len(positions))
	for place, round := range set.round[:set.size] { // ascending: r−1 before r
		if roots[place] = testNode("list", round<<8); !set.opened[place] {
			continue
		}
		seed := c.Seed0
		if round > 0 {
			seed = NextSeed(c.Seed0, round-1, roots[place-1])
		}
		for i, at := range positions {
			if at.Round == round {
				paths[i], roots[place] = syntheticPath(p, seed, at, uint64(i))
			}
		}
	}
	var proof []byte
	set.carried(rounds, func(level int, index uint64) {
		node := testNode("list", index<<8|uint64(level))
		proof = append(proof, node[:]...)
	})
	given := 0
	for _, opened := range set.opened[:set.size] {
		if !opened {
			given += NodeSize
		}
	}
	c.Commitment.Root = set.root(rounds, &roots, proof[given:])
	return c, positions, append(proof, bytes.Join(paths, nil)...)
}

func syntheticPath(p Params, seed Seed, at Position, salt uint64) ([]byte, Node) {
	var path []byte
	for level := range p.TileDepth() {
		node := testNode("tile", salt<<8|uint64(level))
		path = append(path, node[:]...)
	}
	return path, tilePathRoot(LeafHash(Tile(p, seed, at.Row, at.Col)), LeafIndex(at.Row, at.Col), path)
}
