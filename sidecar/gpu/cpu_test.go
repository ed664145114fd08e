package gpu

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

func params(n, b uint32) proofgpu.Params {
	return proofgpu.Params{Version: proofgpu.Version1, N: n, B: b, T: 5, MaxRounds: 1 << 10}
}

// naiveRoot computes a round straight from SPEC.md: whole matrices, one
// multiplication at a time, a full list of leaves.
func naiveRoot(p proofgpu.Params, seed proofgpu.Seed) proofgpu.Root {
	n := int(p.N)
	rows, columns := make([][]byte, n), make([][]byte, n)
	for i := range n {
		rows[i], columns[i] = make([]byte, n), make([]byte, n)
		proofgpu.ExpandRow(rows[i], seed, uint32(i))
		proofgpu.ExpandColumn(columns[i], seed, uint32(i))
	}
	leaves := make([]proofgpu.Root, p.Grid()*p.Grid())
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
		var next []proofgpu.Root
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
