package diskworker

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	proof "github.com/joulechain/joule/x/work/proof/disk"
	worktypes "github.com/joulechain/joule/x/work/types"
)

var (
	someClaim = worktypes.DiskClaim{Plots: 1000, K: 28, Strength: 4}
	mainnet   = worktypes.DefaultDiskParams()
)

func TestForecast(t *testing.T) {
	full := ForecastOf(1000, someClaim, mainnet)
	require.InDelta(t, math.Exp(-1), full.Nothing, 1e-12)
	// E[min(N, 4)] for N ~ Poisson(1): the cap costs about 0.4 %.
	require.InDelta(t, 0.9956, full.Proofs, 0.0005)
	require.InDelta(t, full.Proofs*1000*15360, full.Units, 1)
	half := ForecastOf(500, someClaim, mainnet)
	require.InDelta(t, 0.5, half.Proofs, 0.001, "half the plots earn half")
	require.Zero(t, ForecastOf(0, someClaim, mainnet).Units)
	require.Equal(t, 1.0, ForecastOf(0, someClaim, mainnet).Nothing)
	require.Equal(t, Forecast{Nothing: 1}, ForecastOf(5, worktypes.DiskClaim{}, mainnet))
}

// poisson draws a number of proofs.
func poisson(r *rand.Rand, mean float64) int {
	n, p := 0, r.Float64()
	for limit := math.Exp(-mean); p > limit; n++ {
		p *= r.Float64()
	}
	return n
}

// epochs simulates what the chain accepts of a device that stores a share of its claim.
func epochs(r *rand.Rand, n int, stored float64) []Scan {
	var out []Scan
	for i := range n {
		proofs := min(poisson(r, stored*float64(mainnet.Lambda)), int(mainnet.MaxProofs))
		s := Scan{Window: uint64(i+1) << 16, Epoch: uint64(i + 1), Claimed: 1000, Proofs: proofs, Units: proof.Units(28, 1000, uint32(proofs), 1)}
		if proofs > 0 {
			s.Outcome = OutcomeAccepted
		}
		out = append(out, s)
	}
	return out
}

// The shown capacity has the mean and the spread that it says of itself.
func TestCapacityIsUnbiasedAndItsSpreadIsTrue(t *testing.T) {
	r := rand.New(rand.NewChaCha8([32]byte{1}))
	nominal := float64(1000*15360) * proof.UnitBytes
	for _, stored := range []float64{1, 0.5, 0.1} {
		var sum, squares, spread float64
		const runs = 400
		for range runs {
			c, ok := capacityOf(epochs(r, 200, stored))
			require.True(t, ok)
			require.Equal(t, capacityEpochs, c.Epochs)
			x := float64(c.Bytes) / nominal
			sum, squares, spread = sum+x, squares+x*x, spread+float64(c.Spread)/nominal
		}
		mean := sum / runs
		deviation := math.Sqrt(squares/runs - mean*mean)
		require.InDelta(t, stored, mean, 0.02*stored+0.005)
		require.InDelta(t, deviation, spread/runs, 0.15*deviation, "stored %g", stored)
		require.InDelta(t, math.Sqrt(stored/capacityEpochs), deviation, 0.2*deviation)
	}
}

func TestCapacityCountsSilence(t *testing.T) {
	_, ok := capacityOf(nil)
	require.False(t, ok)
	_, ok = capacityOf([]Scan{{Epoch: 3, Notice: "no claim"}})
	require.False(t, ok, "nothing was claimed")
	paid := Scan{Epoch: 10, Claimed: 8, Proofs: 2, Units: 100, Outcome: OutcomeAccepted}
	late := Scan{Epoch: 13, Claimed: 8, Proofs: 2, Units: 100, Outcome: OutcomeLost}
	pending := Scan{Epoch: 14, Claimed: 8, Proofs: 2, Units: 100, Outcome: OutcomeSigned}
	c, ok := capacityOf([]Scan{paid, late, pending})
	require.True(t, ok)
	require.Equal(t, Capacity{Bytes: 100 * proof.UnitBytes / 4, Spread: uint64(math.Floor(100 * proof.UnitBytes / math.Sqrt2 / 4)), Epochs: 4, Proofs: 2}, c,
		"epochs 11 and 12, in which the sidecar did not run, earned nothing")
}

func TestHistoryIsBounded(t *testing.T) {
	h, err := openHistory("")
	require.NoError(t, err)
	for i := range keptScans + 10 {
		require.NoError(t, h.add(Scan{Window: uint64(i)}))
	}
	require.Len(t, h.all(), keptScans)
	require.EqualValues(t, 10, h.all()[0].Window)
	require.NoError(t, h.add(Scan{Window: 20, Proofs: 1, Outcome: OutcomeFound}))
	require.NoError(t, h.outcome(20, OutcomeSigned))
	require.NoError(t, h.add(Scan{Window: 20}))
	require.Len(t, h.all(), keptScans)
	require.Equal(t, OutcomeSigned, h.all()[keptScans-1].Outcome, "a second scan of a window does not hide what was signed")
}

func TestSize(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 655360: "640 KiB", 1 << 30: "1 GiB", 10_000_000_000_000: "9.095 TiB"} {
		require.Equal(t, want, Size(n))
	}
}
