package radio

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// exactReward is the HIP's formula in rational numbers.
func exactReward(c RewardCurve, w int64) (beaconer, witness uint64) {
	n, r := big.NewRat(int64(c.Target), 1), big.NewRat(1, 1)
	count := big.NewRat(w, 1)
	b, each := new(big.Rat).Quo(count, n), big.NewRat(1, 1)
	if w > int64(c.Target) {
		for range w - int64(c.Target) {
			r.Mul(r, big.NewRat(int64(c.DecayAbove), int64(c.DecayBelow)))
		}
		b = new(big.Rat).Sub(big.NewRat(2, 1), r)
		each = new(big.Rat).Sub(n, new(big.Rat).Sub(big.NewRat(1, 1), r))
		each.Quo(each, count)
	}
	floor := func(x *big.Rat) uint64 {
		x = new(big.Rat).Mul(x, big.NewRat(RewardUnit, 1))
		return new(big.Int).Quo(x.Num(), x.Denom()).Uint64()
	}
	return floor(b), floor(each)
}

func TestRewardIsTheFormulaFloored(t *testing.T) {
	for target := uint32(1); target <= MaxWitnesses; target++ {
		for below := uint32(1); below <= MaxRatio; below++ {
			for above := uint32(1); above <= below; above++ {
				c := RewardCurve{target, above, below}
				for w := uint32(1); w <= MaxWitnesses; w++ {
					beaconer, witness, err := c.Reward(w)
					require.NoError(t, err)
					wantBeaconer, wantWitness := exactReward(c, int64(w))
					require.Equal(t, [2]uint64{wantBeaconer, wantWitness}, [2]uint64{beaconer, witness}, "%+v w=%d", c, w)
				}
			}
		}
	}
}

func TestRewardBounds(t *testing.T) {
	beaconer, witness, err := HIP15().Reward(0)
	require.NoError(t, err)
	require.Zero(t, beaconer+witness)
	b14, w14, _ := HIP15().Reward(MaxWitnesses)
	b, w, err := HIP15().Reward(1 << 31)
	require.NoError(t, err)
	require.Equal(t, [2]uint64{b14, w14}, [2]uint64{b, w}, "more than MaxWitnesses count as MaxWitnesses")
	for name, c := range map[string]RewardCurve{
		"target":      {0, 4, 5},
		"target high": {MaxWitnesses + 1, 4, 5},
		"denominator": {4, 0, 0},
		"large":       {4, 4, MaxRatio + 1},
		"numerator":   {4, 6, 5},
		"zero":        {4, 0, 5},
	} {
		_, _, err := c.Reward(5)
		require.ErrorIs(t, err, ErrParams, name)
	}
}

// TestRewardTotalNeverFallsWithWitnesses: hiding a witness never raises what a beacon pays in total or its beaconer,
// whole units apart.
func TestRewardTotalNeverFallsWithWitnesses(t *testing.T) {
	var total, last uint64
	for w := uint32(0); w <= MaxWitnesses; w++ {
		beaconer, witness, err := HIP15().Reward(w)
		require.NoError(t, err)
		require.GreaterOrEqual(t, beaconer, last)
		require.GreaterOrEqual(t, beaconer+uint64(w)*witness+uint64(w), total, "w=%d", w)
		total, last = beaconer+uint64(w)*witness, beaconer
	}
	require.LessOrEqual(t, total, uint64(5*RewardUnit), "a beacon pays at most five units (SPEC.md 3)")
}

func TestConformanceRadioHIP15(t *testing.T) {
	rows := vectorRows(t, "hip15.csv")
	for _, row := range rows {
		beaconer, witness, err := HIP15().Reward(uint32(number(t, row[0])))
		require.NoError(t, err)
		require.EqualValues(t, number(t, row[1]), beaconer, row)
		require.EqualValues(t, number(t, row[2]), witness, row)
	}
	t.Logf("checked %d rows of hip15.csv, equal to the unit", len(rows))
}
