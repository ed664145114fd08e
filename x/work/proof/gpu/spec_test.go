package gpu

import (
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// power returns x^k exactly.
func power(x *big.Rat, k uint32) *big.Rat {
	out := big.NewRat(1, 1)
	for range k {
		out.Mul(out, x)
	}
	return out
}

// steered is the chance that openings which pass with probability x pass when
// their mix is the best of g draws with probability q and one draw otherwise:
// q·(1−(1−x)^g) + (1−q)·x.
func steered(x, q *big.Rat, g uint32) *big.Rat {
	one := big.NewRat(1, 1)
	best := power(new(big.Rat).Sub(one, x), g)
	best.Sub(one, best).Mul(best, q)
	plain := new(big.Rat).Sub(one, q)
	return best.Add(best, plain.Mul(plain, x))
}

// payPerWork is the expected pay of a cheat that does fraction f, divided by f:
// an honest device gets 1.
func payPerWork(t uint32, f, q *big.Rat, g uint32) *big.Rat {
	p := Params{T: t}
	first := steered(power(f, p.MixADraws()), q, g)
	second := steered(power(f, t-p.MixADraws()), q, g)
	return first.Quo(first.Mul(first, second), f)
}

// bestPay returns the largest payPerWork over f = 1%…99% and the f it needs.
func bestPay(t uint32, q *big.Rat, g uint32) (pay *big.Rat, percent int64) {
	pay = new(big.Rat)
	for f := int64(1); f < 100; f++ {
		if got := payPerWork(t, big.NewRat(f, 100), q, g); got.Cmp(pay) > 0 {
			pay, percent = got, f
		}
	}
	return pay, percent
}

func requireInSpec(t *testing.T, line string) {
	t.Helper()
	t.Log(line)
	spec, err := os.ReadFile("SPEC.md")
	require.NoError(t, err)
	assert.True(t, strings.Contains(string(spec), line+"\n"), "SPEC.md has no line %q", line) // Contains would print it all
}

// TestSpecCheatTable computes SPEC.md's table of pass and pay without bias.
func TestSpecCheatTable(t *testing.T) {
	for _, openings := range []uint32{2, 4, 5, 6} {
		line := fmt.Sprintf("| %d |", openings)
		for _, percent := range []int64{50, 75, 90, 99} {
			f := big.NewRat(percent, 100)
			pay := payPerWork(openings, f, new(big.Rat), 1)
			require.Negative(t, pay.Cmp(big.NewRat(1, 1)), "cheating pays")
			line += fmt.Sprintf(" %s / %s |", power(f, openings).FloatString(3), pay.FloatString(3))
		}
		requireInSpec(t, line)
	}
}

// TestSpecBeaconTable computes SPEC.md's table of what a coalition of c beacon
// keys gains. Unconditionally no coalition of the table gains by cheating.
func TestSpecBeaconTable(t *testing.T) {
	for _, tc := range []struct {
		keys  uint32
		steer int64 // percent of single-block decisions that the coalition steers
	}{{0, 0}, {10, 10}, {33, 33}, {33, 49}} {
		draws, q := tc.keys+2, big.NewRat(tc.steer, 100)
		line := fmt.Sprintf("| %d | %d | %d %% |", tc.keys, draws, tc.steer)
		for _, percent := range []int64{50, 75, 90} {
			line += fmt.Sprintf(" %s |", payPerWork(5, big.NewRat(percent, 100), q, draws).FloatString(3))
		}
		pay, _ := bestPay(5, q, draws)
		require.Negative(t, pay.Cmp(big.NewRat(1, 1)), "cheating pays for c=%d", tc.keys)
		both, at := bestPay(5, big.NewRat(1, 1), draws)
		line += fmt.Sprintf(" %s | %s at f = %d %% |", pay.FloatString(3), both.FloatString(2), at)
		requireInSpec(t, line)
	}
}

// TestSpecCostTable computes SPEC.md's table of bounds.
func TestSpecCostTable(t *testing.T) {
	for _, row := range []struct {
		name string
		p    Params
	}{{"mainnet", MainnetParams()}, {"devnet", DevnetParams()}} {
		units, err := Units(row.p, 1, 30)
		require.NoError(t, err)
		require.NoError(t, row.p.Validate())
		requireInSpec(t, fmt.Sprintf("| %s | %d | %d | %d | %d | %d B | %d | %d |", row.name,
			row.p.N, row.p.B, row.p.T, row.p.MaxRounds, MaxProofSize(row.p), OpeningCost(row.p), units))
	}
}

// TestOpeningCostCoversTheWork counts the work of the largest opening and
// compares it, in the formula's own constants, with what OpeningCost charges.
func TestOpeningCostCoversTheWork(t *testing.T) {
	for _, p := range append(candidates, DevnetParams()) {
		n, b, openings := uint64(p.N), uint64(p.B), uint64(p.T)
		hashes := openings * (2*b + max(1, b*b/16) + uint64(p.TileDepth())) // keys, leaf, path
		hashes += 2*uint64(maxListNodes(p)) + 1                             // at most two nodes a carried one, seal
		hashes += openings * 4                                              // seed and draw, two SHA-256 blocks or three each
		work := openings*2*b*n*costExpandByte + openings*b*b*n*costMultiplyAdd + hashes*costHash
		require.GreaterOrEqual(t, OpeningCost(p)*picosecondsPerUnit, work)
	}
}

// TestHashShareOfACard redoes SPEC.md's computation of how much of an H100's
// round the hashing takes at mainnet size: at most a quarter.
func TestHashShareOfACard(t *testing.T) {
	const (
		compressInstructions = 720 // keyed BLAKE3 over one block, SPEC.md 8
		lanesPerMicrosecond  = 64 * 132 * 1755 * 85 / 100
		productOpsPerMicros  = 1_979_000_000 * 65 / 100
	)
	share := func(n, b uint64) uint64 { // in tenths of a percent
		tiles := (n / b) * (n / b)
		compressions := tiles*(b*b/16) + tiles
		hash := compressions * compressInstructions / lanesPerMicrosecond
		product := 2 * n * n * n / productOpsPerMicros
		return 1000 * hash / (hash + product)
	}
	p := MainnetParams()
	require.LessOrEqual(t, share(uint64(p.N), uint64(p.B)), uint64(250))
	for _, row := range [][2]uint64{{8192, 4}, {8192, 8}, {16384, 4}, {16384, 8}, {32768, 4}} {
		t.Logf("n=%d b=%d: %d.%d %% hashing", row[0], row[1], share(row[0], row[1])/10, share(row[0], row[1])%10)
	}
}

// expectedListNodes is how many nodes of the list tree a proof carries on average over the positions, times rounds^t:
// an integer. A round r is drawn by no opening of a set of x rounds with ((rounds−x)/rounds)^t.
func expectedListNodes(t uint32, rounds uint64) *big.Int {
	none := func(x uint64) *big.Int { // times rounds^t: no opening draws one of these x rounds
		return new(big.Int).Exp(new(big.Int).SetUint64(rounds-x), big.NewInt(int64(t)), nil)
	}
	// A leaf of the set is r or r+1 drawn: the rounds that cover the leaves from first on are as many and one more,
	// unless the list ends there.
	covering := func(first, leaves uint64) uint64 { return min(first+leaves+1, rounds) - first }
	total := new(big.Int)
	for r := range rounds - 1 { // carried itself: r+1 is drawn and r is not
		total.Add(total, none(1)).Sub(total, none(covering(r, 1)))
	}
	for level := range listDepth(rounds) {
		size := uint64(1) << level
		for first := uint64(0); first < rounds; first += size { // carried as a sibling: its neighbour is covered, it is not
			if first^size >= rounds {
				continue // the neighbour is padding
			}
			both := covering(min(first, first^size), 2*size)
			total.Add(total, none(covering(first, size))).Sub(total, none(both))
		}
	}
	return total
}

// meanProofSize is the mean size of a proof over the positions, in bytes.
func meanProofSize(p Params, rounds uint64) *big.Rat {
	draws := new(big.Int).Exp(new(big.Int).SetUint64(rounds), big.NewInt(int64(p.T)), nil)
	list := new(big.Rat).SetFrac(expectedListNodes(p.T, rounds), draws)
	nodes := list.Add(list, big.NewRat(int64(p.T)*int64(p.TileDepth()), 1))
	return nodes.Mul(nodes, big.NewRat(NodeSize, 1))
}

// TestSpecSizes computes SPEC.md's sizes of openings, exactly.
func TestSpecSizes(t *testing.T) {
	for _, p := range append(candidates, DevnetParams()) {
		line := fmt.Sprintf("| %d / %d / %d |", p.N, p.B, p.T)
		for _, rounds := range []uint64{3400, p.MaxRounds} {
			line += fmt.Sprintf(" %s B |", meanProofSize(p, rounds).FloatString(0))
		}
		requireInSpec(t, line+fmt.Sprintf(" %d B |", MaxProofSize(p)))
	}
	require.Negative(t, meanProofSize(MainnetParams(), MainnetParams().MaxRounds).Cmp(big.NewRat(5600, 1)), "the goal of the design")
}

// TestMeanSizeIsThatOfDraws compares the computed mean with all draws of a small list, and with drawn positions.
func TestMeanSizeIsThatOfDraws(t *testing.T) {
	for rounds := uint64(1); rounds <= 40; rounds++ {
		total := int64(0)
		for r := range rounds {
			for s := range rounds {
				set := openedRounds([]Position{{Round: r}, {Round: s}})
				total += int64(set.carriedCount(rounds))
			}
		}
		require.Equal(t, big.NewInt(total), expectedListNodes(2, rounds), "%d rounds", rounds)
	}
	p, c, total := MainnetParams(), testChallenge(MainnetParams().MaxRounds), 0
	const draws = 2000
	for draw := range uint64(draws) {
		c.MixA, c.MixB = testMix("a", draw), testMix("b", draw)
		set := openedRounds(Positions(p, c))
		total += (set.carriedCount(c.Commitment.Rounds) + int(p.T)*p.TileDepth()) * NodeSize
	}
	mean, _ := meanProofSize(p, p.MaxRounds).Float64()
	require.InDelta(t, mean, float64(total)/draws, 15)
}
