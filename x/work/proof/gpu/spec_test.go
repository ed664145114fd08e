package gpu

import (
	"fmt"
	"math/big"
	"os"
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
	assert.Contains(t, string(spec), line+"\n")
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
		hashes += 2*openings + 2*uint64(maxListNodes(p)) + 1                // list leaves, at most two nodes a sibling, seal
		hashes += openings * 4                                              // link and draw, two SHA-256 blocks or three each
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
