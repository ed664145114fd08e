package gpu

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

func params(n, b uint32) proofgpu.Params {
	return proofgpu.Params{Version: proofgpu.Version2, N: n, B: b, T: 5, MaxRounds: 1 << 10}
}

// naiveRoot computes a round straight from SPEC.md: whole matrices, one
// multiplication at a time, a full list of leaves.
func naiveRoot(p proofgpu.Params, seed proofgpu.Seed) proofgpu.Node {
	n := int(p.N)
	rows, columns := make([][]byte, n), make([][]byte, n)
	for i := range n {
		rows[i], columns[i] = make([]byte, n), make([]byte, n)
		proofgpu.ExpandRow(rows[i], seed, uint32(i))
		proofgpu.ExpandColumn(columns[i], seed, uint32(i))
	}
	leaves := make([]proofgpu.Node, p.Grid()*p.Grid())
	for row := range p.Grid() {
		for col := range p.Grid() {
			var tile []int32
			for i := range p.B {
				for j := range p.B {
					var sum int32
					for k := range n {
						sum += int32(int8(rows[row*p.B+i][k])) * int32(int8(columns[col*p.B+j][k]))
					}
					tile = append(tile, sum)
				}
			}
			leaves[proofgpu.LeafIndex(row, col)] = proofgpu.LeafHash(tile)
		}
	}
	for len(leaves) > 1 {
		var next []proofgpu.Node
		for i := 0; i < len(leaves); i += 2 {
			next = append(next, proofgpu.NodeHash(leaves[i], leaves[i+1]))
		}
		leaves = next
	}
	return leaves[0]
}

func TestCPUIsBitExact(t *testing.T) {
	for _, p := range []proofgpu.Params{params(64, 4), params(64, 8), params(128, 4), params(256, 8), params(512, 4)} {
		seed := proofgpu.Seed{byte(p.N), byte(p.B)}
		want := naiveRoot(p, seed)
		for _, workers := range []int{1, 3} {
			got, err := NewCPU(workers).Round(context.Background(), p, seed)
			require.NoError(t, err)
			require.Equal(t, want, got, "n=%d b=%d workers=%d", p.N, p.B, workers)
		}
	}
}

func TestOpeningsVerify(t *testing.T) {
	for _, p := range []proofgpu.Params{params(64, 4), params(64, 8), params(1024, 4)} {
		cpu := NewCPU(0)
		for _, rounds := range []uint64{1, 2, 3, 7} {
			if p.N > 64 && rounds != 3 {
				continue
			}
			transcript, err := NewProver(cpu).Run(context.Background(), p, proofgpu.Seed{1}, rounds, nil)
			require.NoError(t, err)
			commitment, err := transcript.Commitment()
			require.NoError(t, err)
			for k := range byte(4) {
				c := proofgpu.Challenge{Seed0: transcript.Seed0, Commitment: commitment, MixA: [32]byte{k}, MixB: [32]byte{k, 1}}
				proof, err := Open(context.Background(), cpu, transcript, c)
				require.NoError(t, err)
				require.LessOrEqual(t, len(proof), proofgpu.MaxProofSize(p))
			}
		}
	}
}

// TestBlockAcrossDepthChunks checks one block of a product whose depth exceeds
// what the lanes may sum up at a time, tile by tile.
func TestBlockAcrossDepthChunks(t *testing.T) {
	p, seed := params(4096, 4), proofgpu.Seed{7}
	require.Greater(t, int(p.N), 2*depthChunk)
	require.Less(t, depthChunk*255*255, 1<<laneBits)
	w := newBlockWorker(p, blockSide(p.N))
	n := w.n
	packed, sums := make([]uint64, w.side/2*n), make([]uint32, w.side)
	for pair := range w.side / 2 {
		packRows(packed[pair*n:(pair+1)*n], sums[2*pair:2*pair+2], make([]byte, 2*n), seed, uint32(2*pair))
	}
	const col = 5
	w.loadColumns(seed, col)
	w.multiplyBlock(packed, sums, 0)
	leaves := w.hashTiles()
	tiles := uint32(w.side) / p.B
	for row := range tiles {
		for j := range tiles {
			tile := proofgpu.Tile(p, seed, row, col*tiles+j)
			require.Equal(t, proofgpu.LeafHash(tile), leaves[proofgpu.LeafIndex(row, j)])
		}
	}
}

// TestLanesAtTheirExtremes fills a chunk with the values that give the largest
// and the smallest sums.
func TestLanesAtTheirExtremes(t *testing.T) {
	p := params(1024, 4)
	w := newBlockWorker(p, blockSide(p.N))
	values := []byte{0x80, 0x7f}
	raw := [2][]byte{make([]byte, w.n), make([]byte, w.n)}
	for i, v := range values {
		for k := range raw[i] {
			raw[i][k] = v
		}
	}
	packed, sums := make([]uint64, w.side/2*w.n), make([]uint32, w.side)
	for pair := range w.side / 2 {
		sums[2*pair], sums[2*pair+1] = pack(packed[pair*w.n:(pair+1)*w.n], raw[0], raw[1], laneBits)
		w.sumsB[2*pair], w.sumsB[2*pair+1] = pack(w.packedB[pair*w.n:(pair+1)*w.n], raw[0], raw[1], 2*laneBits)
	}
	w.multiplyBlock(packed, sums, 0)
	for i := range w.side {
		for j := range w.side {
			want := int32(w.n) * int32(int8(values[i%2])) * int32(int8(values[j%2]))
			require.Equal(t, want, int32(w.block[i*w.side+j]))
		}
	}
}

func TestCPURefusesBadCalls(t *testing.T) {
	cpu := NewCPU(1)
	_, err := cpu.Round(context.Background(), proofgpu.Params{}, proofgpu.Seed{})
	require.ErrorIs(t, err, proofgpu.ErrParams)
	_, _, err = cpu.Paths(context.Background(), proofgpu.Params{}, proofgpu.Seed{}, nil)
	require.ErrorIs(t, err, proofgpu.ErrParams)
	p := params(64, 4)
	_, _, err = cpu.Paths(context.Background(), p, proofgpu.Seed{}, []Tile{{Row: p.Grid()}})
	require.ErrorContains(t, err, "outside the grid of 16")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = cpu.Round(ctx, p, proofgpu.Seed{})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, "cpu", cpu.Name())
	require.Contains(t, cpu.Describe(), "1 workers")
	require.NoError(t, cpu.Close())
}
