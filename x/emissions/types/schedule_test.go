package types_test

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/x/emissions/types"
)

// RhoBlock follows from the half-life alone: 1 − 2^(−1/n) = 1 − e^(−x) with x = ln 2 / n, by its series, in 512-bit
// arithmetic.
func TestRhoBlockFollowsFromHalfLife(t *testing.T) {
	require.EqualValues(t, 4*31_557_600/6, types.HalfLifeBlocks, "four Julian years of 6-second blocks")
	float := func() *big.Float { return new(big.Float).SetPrec(512) }
	ln2, power := float(), float().SetInt64(1)
	for k := int64(1); k < 600; k++ { // ln 2 = Σ 1 / (k·2^k)
		power.Quo(power, float().SetInt64(2))
		ln2.Add(ln2, float().Quo(power, float().SetInt64(k)))
	}
	x := float().Quo(ln2, float().SetInt64(types.HalfLifeBlocks))
	term, sum := float().Set(x), float().Set(x)
	for k := int64(2); k < 40; k++ { // 1 − e^(−x) = x − x²/2 + x³/6 − …
		term.Neg(term.Quo(term.Mul(term, x), float().SetInt64(k)))
		sum.Add(sum, term)
	}
	rho, _ := sum.SetMantExp(sum, 64).Int(nil)
	require.Equal(t, rho.String(), new(big.Int).SetUint64(types.RhoBlock).String())
}

// Block by block, the constant halves a reserve in a half-life: what rounds down is at most one coin a block.
func TestReserveHalvesInHalfLife(t *testing.T) {
	reserve := types.MaxSupply()
	for range types.HalfLifeBlocks / 600 {
		reserve = reserve.Sub(types.Budget(reserve, 600, types.BpsScale))
	}
	half := types.MaxSupply().QuoRaw(2)
	// An epoch of 600 blocks takes 600·ρ linearly instead of compounding, which is faster by 600·ρ/2 (10 ppm) of the
	// exponent.
	require.True(t, reserve.Sub(half).Abs().LTE(half.QuoRaw(100_000)), "left %s of %s", reserve, types.MaxSupply())
}

func TestBudgetBounds(t *testing.T) {
	r := types.MaxSupply()
	require.True(t, types.Budget(math.ZeroInt(), 600, types.BpsScale).IsZero())
	require.True(t, types.Budget(math.NewInt(-5), 600, types.BpsScale).IsZero())
	require.True(t, types.Budget(r, 0, types.BpsScale).IsZero())
	require.True(t, types.Budget(r, 600, 0).IsZero())
	require.Equal(t, r, types.Budget(r, 1<<63, types.BpsScale), "never more than the reserve")
	require.Equal(t, types.Budget(r, 600, types.BpsScale).QuoRaw(2), types.Budget(r, 600, 5_000))
	require.Equal(t, math.NewInt(19_768_000_000+0).QuoRaw(1_000_000_000), types.Budget(r, 600, types.BpsScale).QuoRaw(1_000_000_000), "about 19,768 JOULE in the first hour")
}

func TestPoolAndShare(t *testing.T) {
	i := math.NewInt
	budget := i(1_000_003)
	require.True(t, types.Pool(budget, 7_000, i(0), i(10)).IsZero())
	require.True(t, types.Pool(budget, 7_000, i(5), i(0)).IsZero())
	require.Equal(t, types.Part(budget, 7_000), types.Pool(budget, 7_000, i(10), i(10)))
	require.Equal(t, types.Part(budget, 7_000), types.Pool(budget, 7_000, i(11), i(10)), "more units than the baseline earn no more")
	require.Equal(t, i(350_001), types.Pool(budget, 7_000, i(5), i(10)))
	require.True(t, types.Share(i(5), i(10), i(0)).IsZero())
	require.Equal(t, i(3), types.Share(i(1), i(10), i(3)))
	// 128-bit totals and products far beyond 256 bits do not overflow.
	huge := math.NewIntFromBigInt(new(big.Int).Lsh(big.NewInt(1), 190))
	require.Equal(t, i(10), types.Share(huge, i(10), huge))
	require.Equal(t, types.Part(budget, 7_000), types.Pool(budget, 7_000, huge, huge))
}

func TestBaselines(t *testing.T) {
	i := math.NewInt
	s := types.ScaleUnits(i(1_000))
	require.Equal(t, i(1_000), types.Baseline(s, math.ZeroInt()))
	require.Equal(t, i(1_001), types.Baseline(s.AddRaw(1), math.ZeroInt()), "rounded up")
	require.Equal(t, i(2_000), types.Baseline(s, types.ScaleUnits(i(2_000))))
	require.Equal(t, i(1), types.Baseline(math.ZeroInt(), math.ZeroInt()), "at least one unit")
	grown := s
	for range 8_766 {
		grown = types.GrowSchedule(grown, 40_000)
	}
	require.Equal(t, i(1_420), types.Baseline(grown, math.ZeroInt()), "40,000 ppb an hour is 42 % a year")
	require.Equal(t, types.ScaleUnits(i(500)), types.MoveTrailing(math.ZeroInt(), i(1_000), 2))
	require.Equal(t, types.ScaleUnits(i(1_000)), types.MoveTrailing(types.ScaleUnits(i(7)), i(1_000), 1))
	require.Equal(t, types.ScaleUnits(i(30)), types.RescaleBaseline(types.ScaleUnits(i(600)), 30, 600))
	require.Equal(t, s, types.RescaleBaseline(s, 30, 0))
	for range 3_000 { // the fastest schedule for years stays in bounds
		grown = types.GrowSchedule(grown, types.MaxGrowthPpb)
	}
	require.Equal(t, 193, grown.BigInt().BitLen())
	require.NotPanics(t, func() { types.MoveTrailing(grown, grown, types.MaxTrailingEpochs) })
}

func TestSupplyCounters(t *testing.T) {
	s := types.NewSupply(math.NewInt(100))
	s.Minted, s.Burned = math.NewInt(50), math.NewInt(30)
	require.Equal(t, math.NewInt(120), s.Total())
	require.Equal(t, types.MaxSupply().SubRaw(120), s.Reserve())
	require.NoError(t, s.Validate())
	s.Burned = math.NewInt(151)
	require.ErrorContains(t, s.Validate(), "within 0..")
	s.Burned = math.Int{}
	require.ErrorContains(t, s.Validate(), "supply.burned is missing")
	require.True(t, types.Supply{}.IsNew())
}
