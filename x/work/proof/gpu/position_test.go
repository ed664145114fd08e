package gpu

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func testChallenge(rounds uint64) Challenge {
	return Challenge{
		Seed0:      testSeed0(1),
		Commitment: Commitment{Rounds: rounds, Root: Root(testMix("root", 0))},
		MixA:       testMix("a", 0),
		MixB:       testMix("b", 0),
	}
}

func TestPositionsAreBoundToEverything(t *testing.T) {
	p := MainnetParams()
	base := Positions(p, testChallenge(30000))
	require.Len(t, base, 5)
	bends := map[string]struct {
		bend           func(*Challenge)
		firstSurviving int // openings [firstSurviving, lastSurviving) stay equal
		lastSurviving  int
	}{
		"seed":   {func(c *Challenge) { c.Seed0[0] ^= 1 }, 0, 0},
		"rounds": {func(c *Challenge) { c.Commitment.Rounds++ }, 0, 0},
		"root":   {func(c *Challenge) { c.Commitment.Root[31] ^= 1 }, 0, 0},
		"mix a":  {func(c *Challenge) { c.MixA[0] ^= 1 }, 3, 5},
		"mix b":  {func(c *Challenge) { c.MixB[0] ^= 1 }, 0, 3},
	}
	for name, tc := range bends {
		c := testChallenge(30000)
		tc.bend(&c)
		got := Positions(p, c)
		for i := range got {
			if i >= tc.firstSurviving && i < tc.lastSurviving {
				require.Equal(t, base[i], got[i], name)
			} else {
				require.NotEqual(t, base[i], got[i], name)
			}
		}
	}
	for _, tc := range []struct{ t, first uint32 }{{2, 1}, {4, 2}, {5, 3}, {16, 8}} {
		require.Equal(t, tc.first, Params{T: tc.t}.MixADraws())
	}
}

func TestPositionsAreUniform(t *testing.T) {
	p := Params{Version: Version2, N: 64, B: 8, T: 16, MaxRounds: 7}
	const draws = 4000
	var rounds [7]int
	var tiles [64]int
	for draw := range uint64(draws) {
		c := testChallenge(7)
		c.MixA, c.MixB = testMix("a", draw), testMix("b", draw)
		for _, at := range Positions(p, c) {
			rounds[at.Round]++
			tiles[at.Row*8+at.Col]++
		}
	}
	for r, count := range rounds { // mean 9142.9, standard deviation 88.5
		require.InDelta(t, 9143, count, 5*89, "round %d", r)
	}
	for i, count := range tiles { // mean 1000, standard deviation 31.4
		require.InDelta(t, 1000, count, 5*32, "tile %d", i)
	}
}

// TestScaleSharesTheRangeEqually checks Lemire's rejection at the edges: for
// every size the accepted values per result are ⌊2^64/size⌋.
func TestScaleSharesTheRangeEqually(t *testing.T) {
	for _, size := range []uint64{1, 2, 3, 5, 7, 32768, 1<<20 - 1, 1<<63 + 1} {
		_, ok := scale(^uint64(0), size)
		require.True(t, ok)
		excess := -size % size // 2^64 mod size
		_, ok = scale(0, size)
		require.Equal(t, excess == 0, ok, "size %d", size)
		result, _ := scale(^uint64(0), size)
		require.Equal(t, size-1, result)
	}
}

// TestGrindingDraws lets a coalition choose among g mixes for the first half of
// the openings. It passes with 1−(1−f^a)^g times f^b, as SPEC.md's table says,
// and there is no other handle: everything else is signed before the mixes exist.
func TestGrindingDraws(t *testing.T) {
	const g, trials = 12, 600
	d := prove(smallParams(5), testSeed0(1), 4, computesFraction(1, 2))
	base := d.challenge(t, 0)
	passed := uint64(0)
	for trial := range uint64(trials) {
		c := base
		c.MixB = testMix("b", trial)
		for pick := range uint64(g) {
			c.MixA = testMix("a", trial*g+pick)
			if d.answer(t, c) == nil {
				passed++
				break
			}
		}
	}
	// f^a = 1/8, 1−(7/8)^12 = 0.79858, f^b = 1/4: 0.19965.
	inRange(t, passed, trials, 19965, 100000)
}
