package gpu

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// fakeTile is what a cheat commits to where it did not do the work.
func fakeTile(p Params, _ Seed, round uint64, row, col uint32) []int32 {
	tile := make([]int32, p.B*p.B)
	tile[0], tile[1] = int32(round), int32(row<<16|col)
	return tile
}

// computesFraction does num of every den tiles honestly and makes up the rest.
func computesFraction(num, den uint64) tileSource {
	return func(p Params, seed Seed, round uint64, row, col uint32) []int32 {
		if (LeafIndex(row, col)*7+round*3)%den < num {
			return honestTile(p, seed, round, row, col)
		}
		return fakeTile(p, seed, round, row, col)
	}
}

// inRange asserts that passed lies within five standard deviations of
// draws·num/den, in integers: (passed·den − draws·num)² ≤ 25·draws·num·(den−num).
func inRange(t *testing.T, passed, draws, num, den uint64) {
	t.Helper()
	difference := int64(passed*den) - int64(draws*num)
	require.LessOrEqual(t, difference*difference, int64(25*draws*num*(den-num)),
		"%d of %d passed, expected %d/%d of them", passed, draws, num, den)
}

// TestHalfTheTilesPassesAsSpecified is the Monte Carlo of the soundness
// argument: a cheat doing fraction f passes with f^t and earns less per unit of
// work than an honest device.
func TestHalfTheTilesPassesAsSpecified(t *testing.T) {
	const draws = 3000
	for _, tc := range []struct {
		openings     uint32
		num, den     uint64 // f
		power, total uint64 // f^t
	}{
		{2, 1, 2, 1, 4},
		{5, 1, 2, 1, 32},
		{5, 3, 4, 243, 1024},
	} {
		d := prove(smallParams(tc.openings), testSeed0(1), 4, computesFraction(tc.num, tc.den))
		passed := d.passes(t, draws)
		inRange(t, passed, draws, tc.power, tc.total)
		require.Less(t, passed*tc.den, draws*tc.num, "cheating with f=%d/%d pays", tc.num, tc.den)
	}
}

// TestOneRoundStandingForMany computes one round and declares its tree for all. Seeds are not listed, so a cheat has no
// seed to repeat: each round's follows from its number and from the round before.
func TestOneRoundStandingForMany(t *testing.T) {
	d := prove(smallParams(5), testSeed0(1), 1, honestTile)
	for range 7 {
		d.roots, d.trees = append(d.roots, d.roots[0]), append(d.trees, d.trees[0])
	}
	for draw := range uint64(200) {
		require.ErrorIs(t, d.answer(t, d.challenge(t, draw)), ErrListRoot)
	}
}

// TestForgedPredecessor computes round 4 from a root of the cheat's choice in place of round 3's, which stays in the
// list, and carries that root in the opening of round 4: the carried root has to lie under the signed one as well.
func TestForgedPredecessor(t *testing.T) {
	const boundary = 4
	p := smallParams(2)
	d := prove(p, testSeed0(1), boundary, honestTile)
	honest := d.roots[boundary-1]
	forged := testNode("forged", 1)
	d.roots[boundary-1] = forged // the next round's seed follows from it
	d.addRound(honestTile)
	d.roots[boundary-1] = honest
	for len(d.roots) < 8 {
		d.addRound(honestTile)
	}
	caught := 0
	for draw := range uint64(300) {
		c := d.challenge(t, draw)
		set := openedRounds(Positions(p, c))
		at := 0
		for at < set.size && set.round[at] != boundary {
			at++
		}
		if at == set.size || !set.opened[at] || set.opened[at-1] {
			continue // round 4 is not opened, or round 3 is computed and nothing can be forged
		}
		require.ErrorIs(t, d.answer(t, c), ErrListRoot, "round 4 with the listed root before it")
		listed := d.roots
		d.roots = append([]Node(nil), listed...)
		d.roots[boundary-1] = forged
		proof := d.open(t, c)
		d.roots = listed
		require.ErrorIs(t, VerifyOpening(p, c, proof), ErrListRoot, "round 4 with the forged root before it")
		caught++
	}
	require.NotZero(t, caught)
}

// TestMadeUpSegmentRoot starts a second machine in the middle of the chain by
// making up the root before it. As SPEC.md says, this passes unless that round
// is opened: one round of R is missing, and the pay is that of R−1 rounds' work.
func TestMadeUpSegmentRoot(t *testing.T) {
	const rounds, boundary, draws = 16, 7, 2000
	d := prove(smallParams(2), testSeed0(1), rounds, func(p Params, seed Seed, round uint64, row, col uint32) []int32 {
		if round == boundary {
			return fakeTile(p, seed, round, row, col)
		}
		return honestTile(p, seed, round, row, col)
	})
	passed := uint64(0)
	for draw := range uint64(draws) {
		c := d.challenge(t, draw)
		opened := false
		for _, at := range Positions(d.params, c) {
			opened = opened || at.Round == boundary
		}
		err := d.answer(t, c)
		if opened {
			require.ErrorIs(t, err, ErrListRoot, "the made-up round was opened")
			continue
		}
		require.NoError(t, err)
		passed++
	}
	inRange(t, passed, draws, 15*15, 16*16)
}

// TestMadeUpSegmentSeed breaks the chain itself: a segment from a seed of the
// cheat's choice. It is caught whenever the first round of the segment is opened.
func TestMadeUpSegmentSeed(t *testing.T) {
	const boundary = 4
	d := prove(smallParams(2), testSeed0(1), boundary, honestTile)
	free := prove(smallParams(2), testSeed0(77), 1, honestTile)
	d.roots, d.trees = append(d.roots, free.roots...), append(d.trees, free.trees...)
	for len(d.roots) < 8 {
		d.addRound(honestTile)
	}
	caught := 0
	for draw := range uint64(300) {
		c := d.challenge(t, draw)
		err := d.answer(t, c)
		opened := false
		for _, at := range Positions(d.params, c) {
			opened = opened || at.Round == boundary
		}
		if opened {
			require.ErrorIs(t, err, ErrListRoot)
			caught++
		} else {
			require.NoError(t, err)
		}
	}
	require.NotZero(t, caught)
}

// TestPrecomputationIsWorthless prepares a transcript for a guessed mix.
func TestPrecomputationIsWorthless(t *testing.T) {
	device := append(make([]byte, 19), 1)
	guessed := Seed0("joule-devnet-1", 7, testMix("guess", 0), device)
	d := prove(smallParams(5), guessed, 4, honestTile)
	d.seed0 = Seed0("joule-devnet-1", 7, testMix("drawn", 0), device)
	for draw := range uint64(100) {
		require.ErrorIs(t, d.answer(t, d.challenge(t, draw)), ErrListRoot)
	}
}

// TestDeclaringMoreRoundsThanListed signs R larger than the list, with the
// list's own root, with padding as rounds, and with rounds made up.
func TestDeclaringMoreRoundsThanListed(t *testing.T) {
	p := smallParams(5)
	d := prove(p, testSeed0(1), 5, honestTile)
	honest := d.challenge(t, 1).Commitment
	for rounds := uint64(6); rounds <= 16; rounds++ {
		padded := &prover{params: p, seed0: d.seed0, roots: append([]Node(nil), d.roots...), trees: d.trees}
		for uint64(len(padded.roots)) < rounds {
			padded.roots = append(padded.roots, Node{}) // the padding's value
			padded.trees = append(padded.trees, d.trees[0])
		}
		c := padded.challenge(t, rounds)
		require.NotEqual(t, honest.Root, c.Commitment.Root, "two numbers of rounds share a root")
		c.Commitment.Root = honest.Root
		require.ErrorIs(t, padded.answer(t, c), ErrListRoot)
	}
	// R=8 over 5 rounds plus 3 that were never computed: passes with (5/8)^5 < 10%.
	lazy := prove(p, testSeed0(1), 8, func(p Params, seed Seed, round uint64, row, col uint32) []int32 {
		if round < 5 {
			return honestTile(p, seed, round, row, col)
		}
		return fakeTile(p, seed, round, row, col)
	})
	inRange(t, lazy.passes(t, 2000), 2000, 3125, 32768)
}

// TestListRootsNeverCollide compares all lengths of one chain, and a list
// against the same list with zero leaves, the padding's value, appended.
func TestListRootsNeverCollide(t *testing.T) {
	roots := make(map[Root]int)
	var list []Node
	for rounds := 1; rounds <= 70; rounds++ {
		list = append(list, testNode("r", uint64(rounds)))
		root, err := ListRoot(list)
		require.NoError(t, err)
		require.NotContains(t, roots, root)
		roots[root] = rounds
		zeros, err := ListRoot(append(append([]Node(nil), list...), Node{}))
		require.NoError(t, err)
		require.NotContains(t, roots, zeros)
	}
	top := testNode("top", 0)
	require.NotEqual(t, sealList(&top, 5), sealList(&top, 6), "the number of rounds is part of the root by itself")
}
