package keeper_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// TestTier: hardware evidence multiplies a GPU's units, and the tally is the sum of what devices have.
func TestTier(t *testing.T) {
	c := newChain(t, opensAt(5, 35))
	c.claimEpochs = 100
	plain, raised := c.device(1), c.device(2)
	c.devices.Tier = func(id []byte, epoch uint64) uint32 {
		if string(id) == string(raised.ID()) && epoch == 1 {
			return 1_100_001
		}
		return devicetypes.BaseTierPpm
	}
	c.earn(5, 3, plain, raised)
	c.next()
	const base = 3 * testutil.UnitsPerRound
	require.EqualValues(t, base, c.record(plain).TotalUnits.Int64())
	want := int64(base) * 1_100_001 / 1_000_000
	require.EqualValues(t, want, c.record(raised).TotalUnits.Int64())
	require.EqualValues(t, base+want, c.tally(1).Units.Int64())
	c.holds()
	c.earn(35, 3, plain, raised)
	require.EqualValues(t, want+base, c.record(raised).TotalUnits.Int64(), "the tier is that of the window's epoch")
	c.reachEpoch(8)
	// One unit is paid the same, whoever earned it.
	require.InDelta(t, float64(c.pool)*base/float64(base+want)+float64(c.pool)/2, float64(c.claim(plain)), 2)
	c.claim(raised)
	c.next()
	c.holds()
}

// TestTierIsFixedByTheCommitment: what the bond was measured by is what the opening earns, whatever becomes of the
// attestation.
func TestTierIsFixedByTheCommitment(t *testing.T) {
	for name, tc := range map[string]struct {
		atCommit, atOpening uint32
		want                int64
		stored              uint32
	}{
		"lost":    {2_000_000, devicetypes.BaseTierPpm, 4 * testutil.UnitsPerRound, 2_000_000},
		"gained":  {devicetypes.BaseTierPpm, 4_000_000, 2 * testutil.UnitsPerRound, 0},
		"lowered": {4_000_000, 1_500_000, 8 * testutil.UnitsPerRound, 4_000_000},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain(t, opensAt(5))
			d, tier := c.device(1), tc.atCommit
			c.devices.Tier = func([]byte, uint64) uint32 { return tier }
			w := c.open(5)
			c.accept(d.Commit(w, 2))
			require.Equal(t, tc.stored, c.record(d).Pending[0].TierPpm)
			tier = tc.atOpening
			c.accept(d.Open(c.drawn(5)))
			require.Equal(t, tc.want, c.record(d).TotalUnits.Int64())
			c.next()
			c.holds()
		})
	}
}

// TestBondCoversTheTier: the bond must cover what the work would earn, and the text names the largest R that it covers.
func TestBondCoversTheTier(t *testing.T) {
	for _, tier := range []uint32{1_000_000, 1_000_001, 1_100_000, 1_500_000, 2_000_000, 4_000_000} {
		for _, allowance := range []uint64{0, 1, 255, 256, 1_535, 1_536, 1_689, 1_690, 2_304, 6_143, 6_144} {
			c := newChain(t, opensAt(5))
			d := c.device(1)
			c.devices.Tier = func([]byte, uint64) uint32 { return tier }
			c.devices.Allowance = allowance
			w := c.open(5)
			most := uint64(0)
			for r := uint64(1); r <= 30; r++ {
				if r*testutil.UnitsPerRound*uint64(tier)/1_000_000 <= allowance {
					most = r
				}
			}
			reasons, err := c.k.Classify(c.ctx, batch(d.Claim(w, most+1)))
			require.NoError(t, err)
			if most+1 >= w.Gpu.MinRounds && most+1 <= w.Gpu.MaxRounds {
				require.ErrorIs(t, reasons[0], types.ErrBondTooSmall, "tier %d, allowance %d", tier, allowance)
				require.ErrorContains(t, reasons[0], "at most R = "+strconv.FormatUint(most, 10)+" ")
			}
			if most >= w.Gpu.MinRounds {
				reasons, err = c.k.Classify(c.ctx, batch(d.Claim(w, most)))
				require.NoError(t, err)
				require.NoError(t, reasons[0], "tier %d, allowance %d", tier, allowance)
			}
		}
	}
	c := newChain(t, opensAt(5))
	d := c.device(1)
	c.devices.Tier = func([]byte, uint64) uint32 { return 4_000_000 }
	c.devices.Allowance = math.MaxUint64
	c.accept(d.Commit(c.open(5), 2))
}

func (c *chain) tierRounds(rounds uint64) {
	c.Helper()
	params, err := c.k.Params.Get(c.ctx)
	require.NoError(c, err)
	params.Gpu.TierRounds = rounds
	require.NoError(c, c.k.Params.Set(c.ctx, params))
}

// TestTierIsBounded: what a chip raises in a window is that of tier_rounds, whatever works under its key; the bond
// covers what is credited, and no more.
func TestTierIsBounded(t *testing.T) {
	const tier, most = 1_500_000, 4
	for _, rounds := range []uint64{2, 4, 5, 8, 40} {
		c := newChain(t, opensAt(5))
		c.tierRounds(most)
		d := c.device(1)
		c.devices.Tier = func([]byte, uint64) uint32 { return tier }
		base, lifted := rounds*testutil.UnitsPerRound, min(rounds, most)*testutil.UnitsPerRound
		exact := base + lifted/2
		w := c.open(5)
		c.devices.Allowance = exact
		c.accept(d.Commit(w, rounds))
		c.accept(d.Open(c.drawn(5)))
		got := c.record(d).TotalUnits.Uint64()
		require.LessOrEqual(t, got, exact)
		require.GreaterOrEqual(t, got+1, exact, "rounding costs less than a millionth")
		c.next()
		c.holds()
	}
}

// TestBondCoversTheBoundedTier: the text names a number of rounds that the bond covers, beyond tier_rounds too.
func TestBondCoversTheBoundedTier(t *testing.T) {
	for _, allowance := range []uint64{1_535, 1_536, 1_537, 2_302, 2_304, 2_560, 6_144} {
		c := newChain(t, opensAt(5))
		c.tierRounds(4)
		d := c.device(1)
		c.devices.Tier = func([]byte, uint64) uint32 { return 1_500_000 }
		c.devices.Allowance = allowance
		most := uint64(0)
		for r := uint64(1); r <= 40; r++ {
			if r*testutil.UnitsPerRound+min(r, 4)*testutil.UnitsPerRound/2 <= allowance {
				most = r
			}
		}
		w := c.open(5)
		reasons, err := c.k.Classify(c.ctx, batch(d.Claim(w, most+1)))
		require.NoError(t, err)
		require.ErrorIs(t, reasons[0], types.ErrBondTooSmall)
		require.ErrorContains(t, reasons[0], "at most R = "+strconv.FormatUint(most, 10)+" ")
		reasons, err = c.k.Classify(c.ctx, batch(d.Claim(w, most)))
		require.NoError(t, err)
		require.NoError(t, reasons[0])
	}
}
