package types_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	sdkmath "cosmossdk.io/math"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/emissions/types"
)

func TestFeeParamsRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*types.FeeParams)
		says   string
	}{
		"price 0":    {func(p *types.FeeParams) { p.FloorPrice = 0 }, "fees.floor_price is 0, it must be within 1..1000000"},
		"price high": {func(p *types.FeeParams) { p.FloorPrice = 1_000_001 }, "fees.floor_price is 1000001"},
		"burn":       {func(p *types.FeeParams) { p.BurnBps = 10_001 }, "fees.burn_bps is 10001, it must be within 0..10000"},
		"cap low":    {func(p *types.FeeParams) { p.MaxTxGas = 999_999 }, "fees.max_tx_gas is 999999, it must be within 1000000..75000000"},
		"cap high":   {func(p *types.FeeParams) { p.MaxTxGas = 75_000_001 }, "fees.max_tx_gas is 75000001"},
	} {
		t.Run(name, func(t *testing.T) {
			p := types.DefaultParams()
			c.change(&p.Fees)
			require.ErrorContains(t, p.Validate(), c.says)
		})
	}
	for _, p := range []types.FeeParams{{FloorPrice: 1, BurnBps: 0, MaxTxGas: 1_000_000}, {FloorPrice: 1_000_000, BurnBps: 10_000, MaxTxGas: 75_000_000}} {
		require.NoError(t, p.Validate())
	}
}

func TestMinFee(t *testing.T) {
	for _, c := range []struct{ price, gas, fee uint64 }{
		{20_000, 0, 0},
		{20_000, 1, 1},
		{20_000, 50, 1},
		{20_000, 51, 2},
		{20_000, 150_000, 3_000},
		{20_000, 150_001, 3_001},
		{1, 1_000_000, 1},
		{1, 1_000_001, 2},
		{1_000_000, 7, 7},
	} {
		require.Equal(t, sdkmath.NewIntFromUint64(c.fee), types.FeeParams{FloorPrice: c.price}.MinFee(c.gas), "%v", c)
	}
	require.Equal(t, "18446744073709551615000000", types.FeeParams{FloorPrice: 1_000_000}.MinFee(math.MaxUint64).MulRaw(1_000_000).String())
	require.Equal(t, "0.020000000000000000", types.DefaultFeeParams().GasPrice().String())
}

func TestBurnedNeverExceedsTheFees(t *testing.T) {
	for _, c := range []struct{ fees, bps, burned int64 }{{0, 5_000, 0}, {1, 5_000, 0}, {3, 5_000, 1}, {4_000, 5_000, 2_000}, {7, 10_000, 7}, {7, 0, 0}} {
		require.Equal(t, sdkmath.NewInt(c.burned), types.FeeParams{BurnBps: uint32(c.bps)}.Burned(sdkmath.NewInt(c.fees)), "%v", c)
	}
}

// What docs/emissions.md derives: the burned part alone of what an epoch's paying gas costs is at least a twentieth of
// the largest pool that an epoch can ever have, and not much more. A change of shares, of the schedule or of the
// epoch's length must come with another price.
func TestFloorPriceFollowsTheLargestPool(t *testing.T) {
	p, epoch := types.DefaultParams(), beacontypes.DefaultParams().EpochBlocks
	budget := types.Budget(types.MaxSupply(), epoch, p.SpeedBps)
	largest := sdkmath.ZeroInt()
	for _, c := range p.Classes {
		largest = sdkmath.MaxInt(largest, types.Pool(budget, c.ShareBps, c.BaselineUnits, c.BaselineUnits))
	}
	burned := p.Fees.Burned(p.Fees.MinFee(epoch * types.PayingBlockGas))
	require.True(t, burned.MulRaw(20).GTE(largest), "burning %s ujoule costs less than 5 %% of %s", burned, largest)
	require.True(t, burned.MulRaw(10).LTE(largest), "burning %s ujoule costs more than 10 %% of %s: users pay for nothing", burned, largest)

	// The figures that the page prints.
	require.EqualValues(t, 600, epoch)
	require.Equal(t, "8302", largest.QuoRaw(1_000_000).String())
	require.Equal(t, "450", burned.QuoRaw(1_000_000).String())
	require.Equal(t, "541", burned.MulRaw(10_000).Quo(largest).String())
	require.EqualValues(t, types.PayingBlockGas, 5*p.Fees.MaxTxGas)
}
