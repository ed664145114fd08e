package gpu

import (
	"math/bits"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	proof "github.com/joulechain/joule/x/work/proof/gpu"
	"github.com/joulechain/joule/x/work/types"
)

// tierDenominator is one in a tier's millionths.
const tierDenominator = devicetypes.BaseTierPpm

// tierOf is a commitment's tier; those from before tiers existed have 0.
func tierOf(ppm uint32) uint64 {
	if ppm == 0 {
		return tierDenominator
	}
	return uint64(ppm)
}

// unitsOf are what R rounds earn under a tier: floor(units · tier / 10^6). The rounding is the device's loss, less
// than one unit a window.
func unitsOf(rules types.GpuParams, rounds uint64, tier uint32) (uint64, error) {
	units, err := proof.Units(rules.Kernel(), rounds, rules.UnitShift)
	if err != nil {
		return 0, types.ErrUnits.Wrap(err.Error())
	}
	hi, lo := bits.Mul64(units, tierOf(tier))
	if hi >= tierDenominator {
		return 0, types.ErrUnits.Wrapf("%d units times a tier of %d millionths exceed 2^64", units, tier)
	}
	raised, _ := bits.Div64(hi, lo, tierDenominator)
	return raised, nil
}

// unitsBefore is the most units whose product with the tier stays within the allowance.
func unitsBefore(allowed uint64, tier uint32) uint64 {
	if tierOf(tier) == tierDenominator {
		return allowed
	}
	// floor(u·t/10^6) ≤ a holds just where u·t < (a+1)·10^6. The tier is above 10^6, so the quotient fits.
	hi, lo := bits.Mul64(allowed, tierDenominator)
	lo, carry := bits.Add64(lo, tierDenominator-1, 0)
	u, _ := bits.Div64(hi+carry, lo, tierOf(tier))
	return u
}

// checkBond wants the bond to cover what the declared work would earn, tier included: bonds scale with it, so that
// large claims are not free to make. tier is the device's; the window's tier_rounds bound what it multiplies.
func (c *Class) checkBond(ctx sdk.Context, it *class.Item, rounds uint64, tier uint32) error {
	rules := it.Window.Gpu
	units, err := unitsOf(rules, rounds, rules.TierFor(rounds, tier))
	if err != nil {
		return err
	}
	allowed, err := c.ledger.BondAllowance(ctx, it.Device)
	if err != nil {
		return types.ErrBondTooSmall.Wrap(err.Error())
	}
	if units > allowed {
		return types.ErrBondTooSmall.Wrapf("R = %d rounds are %d units and the bond of %s covers %d; commit at most R = %d or add to the bond",
			rounds, units, it.Device.Bond, allowed, tieredRoundsWithin(rules, allowed, tier))
	}
	return nil
}

// tieredRoundsWithin is roundsWithin for units under a tier, which multiplies tier_rounds of them at most.
func tieredRoundsWithin(rules types.GpuParams, allowed uint64, tier uint32) uint64 {
	r := roundsWithin(rules, unitsBefore(allowed, tier))
	if r < rules.TierRounds {
		return r
	}
	base, errBase := unitsOf(rules, rules.TierRounds, 0)
	raised, errRaised := unitsOf(rules, rules.TierRounds, tier)
	if errBase != nil || errRaised != nil || raised-base > allowed {
		return r
	}
	return max(r, roundsWithin(rules, allowed-(raised-base)))
}

// roundsWithin is the largest R whose units do not exceed the allowance.
func roundsWithin(rules types.GpuParams, units uint64) uint64 {
	n := uint64(rules.N)
	hi, lo := bits.Mul64(units, uint64(1)<<rules.UnitShift)
	if hi >= n*n*n {
		return rules.MaxRounds
	}
	r, _ := bits.Div64(hi, lo, n*n*n)
	return min(r, rules.MaxRounds)
}
