package gpu

import (
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHonestOpeningsVerify(t *testing.T) {
	for _, p := range []Params{smallParams(2), smallParams(5), smallParams(16), {Version: Version2, N: 64, B: 8, T: 5, MaxRounds: 9}} {
		d := prove(p, testSeed0(1), 9, honestTile)
		for rounds := 1; rounds <= 9; rounds++ {
			part := &prover{params: p, seed0: d.seed0, roots: d.roots[:rounds], trees: d.trees}
			for draw := range uint64(8) {
				c := part.challenge(t, draw)
				proof := part.open(t, c)
				require.NoError(t, VerifyOpening(p, c, proof), "b=%d t=%d rounds=%d draw=%d", p.B, p.T, rounds, draw)
				require.LessOrEqual(t, len(proof), MaxProofSize(p))
			}
		}
	}
}

func TestSyntheticProofIsRealWork(t *testing.T) {
	for _, p := range []Params{DevnetParams(), MainnetParams()} {
		c, positions, proof := synthetic(p, 3000, 1)
		require.NoError(t, verifyAt(p, &c, positions, proof))
		require.LessOrEqual(t, len(proof), MaxProofSize(p))
		proof[len(proof)-1] ^= 1
		require.ErrorIs(t, verifyAt(p, &c, positions, proof), ErrListRoot)
	}
}

func TestVerifyOpeningRefusesBadInput(t *testing.T) {
	p := smallParams(5)
	d := prove(p, testSeed0(1), 3, honestTile)
	c := d.challenge(t, 1)
	proof := d.open(t, c)

	bad := p
	bad.N = 100
	require.ErrorIs(t, VerifyOpening(bad, c, proof), ErrParams)
	zero := c
	zero.Commitment.Rounds = 0
	require.ErrorIs(t, VerifyOpening(p, zero, proof), ErrCommitment)
	require.Nil(t, Positions(p, zero))
	many := c
	many.Commitment.Rounds = p.MaxRounds + 1
	require.ErrorIs(t, VerifyOpening(p, many, proof), ErrCommitment)
	require.ErrorIs(t, VerifyOpening(p, c, make([]byte, MaxProofSize(p)+1)), ErrTooLarge)
	require.ErrorIs(t, VerifyOpening(p, c, nil), ErrTruncated)
	require.ErrorContains(t, VerifyOpening(p, c, nil), "demands")
}

// TestOpeningsOfOneRoundAgree opens a single round three times: all paths lead to one root, and the error says which
// opening does not.
func TestOpeningsOfOneRoundAgree(t *testing.T) {
	p := smallParams(3)
	d := prove(p, testSeed0(1), 1, honestTile)
	c := d.challenge(t, 2)
	proof := d.open(t, c)
	require.NoError(t, VerifyOpening(p, c, proof))
	require.Len(t, proof, 3*p.TileDepth()*NodeSize, "one round needs no list")
	proof[len(proof)-1] ^= 1
	err := VerifyOpening(p, c, proof)
	require.ErrorIs(t, err, ErrListRoot)
	require.ErrorContains(t, err, "openings 0 and 2 give round 0 two roots")
}

// TestMaxProofSizeIsReached compares the bound with the worst set of openings
// of a small list, found by trying all.
func TestMaxProofSizeIsReached(t *testing.T) {
	p := Params{Version: Version2, N: 64, B: 4, T: 2, MaxRounds: 64}
	worst := 0
	for rounds := uint64(1); rounds <= p.MaxRounds; rounds++ {
		for r := range rounds {
			for s := range r + 1 {
				set := openedRounds([]Position{{Round: r}, {Round: s}})
				worst = max(worst, set.carriedCount(rounds)*NodeSize)
			}
		}
	}
	bound := MaxProofSize(p) - int(p.T)*p.TileDepth()*NodeSize
	require.LessOrEqual(t, worst, bound)
	require.GreaterOrEqual(t, worst, bound-2*NodeSize, "the bound is no longer tight")
}

func TestLeafIndexIsABijectionWithSquareSubtrees(t *testing.T) {
	seen := make(map[uint64]bool)
	for row := range uint32(16) {
		for col := range uint32(16) {
			index := LeafIndex(row, col)
			require.Less(t, index, uint64(256))
			require.False(t, seen[index])
			seen[index] = true
			require.Equal(t, LeafIndex(row/4, col/4), index/16, "an aligned 4×4 square is one subtree")
		}
	}
	top := MaxN/MinB - 1
	require.Equal(t, uint64(top)<<14|uint64(top), LeafIndex(top, top)&(1<<28-1))
	require.Equal(t, 28, bits.Len64(LeafIndex(top, top)))
}

func TestTileMatchesPlainProduct(t *testing.T) {
	for _, p := range []Params{smallParams(2), {Version: Version2, N: 1024, B: 8, T: 2, MaxRounds: 1}, {Version: Version2, N: 2048, B: 4, T: 2, MaxRounds: 1}} {
		seed, n := testSeed0(9), int(p.N)
		row, col := p.Grid()-1, uint32(3)
		tile := Tile(p, seed, row, col)
		a, b := make([]byte, n), make([]byte, n)
		for i := range p.B {
			for j := range p.B {
				ExpandRow(a, seed, row*p.B+i)
				ExpandColumn(b, seed, col*p.B+j)
				var sum int32
				for k := range n {
					sum += int32(int8(a[k])) * int32(int8(b[k]))
				}
				require.Equal(t, sum, tile[i*p.B+j])
			}
		}
	}
}

// TestKernelExtremes drives the packed sums to their ends, where a borrow
// between the two lanes would show.
func TestKernelExtremes(t *testing.T) {
	var a, b [4][tileChunk]byte
	values := []byte{0x80, 0x7f, 0xff, 0x00}
	for i := range 4 {
		for k := range tileChunk {
			a[i][k], b[i][k] = values[i], values[(i+k)%2]
		}
	}
	part := multiply4x4(a[:], b[:], tileChunk)
	for i := range 4 {
		for j := range 4 {
			var want int64
			for k := range tileChunk {
				want += int64(int8(a[i][k])) * int64(int8(b[j][k]))
			}
			sum := part[2*i+j/2]
			low := int64(int32(sum))
			got := low
			if j%2 == 1 {
				got = (sum - low) >> 32
			}
			require.Equal(t, want, got, "row %d column %d", i, j)
		}
	}
}
