package testutil

import "github.com/joulechain/joule/x/work/proof/gpu"

// Tile is what a prover claims that a tile of a round's product is: row-major, b² entries.
type Tile func(p gpu.Params, seed gpu.Seed, row, col uint32) []int32

// Prover does the rounds of one device in one window and keeps every tree. It is for small n: a round takes (n/b)²
// tiles.
type Prover struct {
	params gpu.Params
	seed0  gpu.Seed
	tile   Tile
	roots  []gpu.Node // of the rounds
	trees  [][][]gpu.Node
}

// NewProver returns an honest prover, or one that claims other tiles when tile is not nil.
func NewProver(p gpu.Params, seed0 gpu.Seed, tile Tile) *Prover {
	return &Prover{params: p, seed0: seed0, tile: tile}
}

// Work does further rounds until there are as many; a prover that has done more forgets none.
func (d *Prover) Work(rounds uint64) {
	for uint64(len(d.roots)) < rounds {
		d.round()
	}
}

func (d *Prover) round() {
	seed := d.seed0
	if last := len(d.roots) - 1; last >= 0 {
		seed = gpu.NextSeed(d.seed0, uint64(last), d.roots[last])
	}
	tile := d.tile
	if tile == nil {
		tile = product(d.params, seed)
	}
	grid := d.params.Grid()
	nodes := make([]gpu.Node, grid*grid)
	for row := range grid {
		for col := range grid {
			nodes[gpu.LeafIndex(row, col)] = gpu.LeafHash(tile(d.params, seed, row, col))
		}
	}
	tree := [][]gpu.Node{nodes}
	for len(nodes) > 1 {
		next := make([]gpu.Node, len(nodes)/2)
		for i := range next {
			next[i] = gpu.NodeHash(nodes[2*i], nodes[2*i+1])
		}
		nodes, tree = next, append(tree, next)
	}
	d.trees = append(d.trees, tree)
	d.roots = append(d.roots, nodes[0])
}

// product gives the same tiles as gpu.Tile, from matrices that are expanded once.
func product(p gpu.Params, seed gpu.Seed) Tile {
	rows, columns := make([][]byte, p.N), make([][]byte, p.N)
	for i := range p.N {
		rows[i], columns[i] = make([]byte, p.N), make([]byte, p.N)
		gpu.ExpandRow(rows[i], seed, i)
		gpu.ExpandColumn(columns[i], seed, i)
	}
	return func(_ gpu.Params, _ gpu.Seed, row, col uint32) []int32 {
		tile := make([]int32, 0, p.B*p.B)
		for _, a := range rows[row*p.B : (row+1)*p.B] {
			for _, b := range columns[col*p.B : (col+1)*p.B] {
				var sum int32
				for k := range a {
					sum += int32(int8(a[k])) * int32(int8(b[k]))
				}
				tile = append(tile, sum)
			}
		}
		return tile
	}
}

// Commit does the rounds that are missing and commits to the first of them.
func (d *Prover) Commit(rounds uint64) gpu.Commitment {
	d.Work(rounds)
	root, err := gpu.ListRoot(d.roots[:rounds])
	if err != nil {
		panic(err)
	}
	return gpu.Commitment{Rounds: rounds, Root: root}
}

// Open answers the challenge as well as the prover can; a prover that claimed false tiles may fail its verification.
func (d *Prover) Open(c gpu.Challenge) []byte {
	var paths [][]gpu.Node
	for _, at := range gpu.Positions(d.params, c) {
		index := gpu.LeafIndex(at.Row, at.Col)
		var path []gpu.Node
		for _, level := range d.trees[at.Round][:d.params.TileDepth()] {
			path = append(path, level[index^1])
			index >>= 1
		}
		paths = append(paths, path)
	}
	proof, err := gpu.AssembleOpening(d.params, c, d.roots[:c.Commitment.Rounds], paths)
	if err != nil {
		panic(err)
	}
	return proof
}
