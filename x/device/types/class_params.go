package types

import (
	"fmt"
	"math"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Known tells whether the class is one that the protocol has.
func (c WorkClass) Known() bool { return c >= WORK_CLASS_GPU && c <= WORK_CLASS_RADIO }

func (c ClassParams) validate() error {
	if !c.WorkClass.Known() {
		return fmt.Errorf("work_class: %d is not 1 (gpu), 2 (disk) or 3 (radio)", int32(c.WorkClass))
	}
	if c.MinBond.IsNil() || !c.MinBond.IsPositive() || c.MinBond.GT(MaxBond()) {
		return fmt.Errorf("min_bond: %s is outside 1..%s", c.MinBond, MaxBond())
	}
	if c.BondPerUnit.IsNil() || c.BondPerUnit.IsNegative() || c.BondPerUnit.GT(MaxBond()) {
		return fmt.Errorf("bond_per_unit: %s is outside 0..%s", c.BondPerUnit, MaxBond())
	}
	return nil
}

// Allowance is how many units of work in one window (or epoch) the bond covers: ⌊bond / bond_per_unit⌋,
// and the largest number when the class asks for min_bond alone.
func (c ClassParams) Allowance(bond sdkmath.Int) uint64 {
	if c.BondPerUnit.IsNil() || !c.BondPerUnit.IsPositive() {
		return math.MaxUint64
	}
	if bond.IsNil() || !bond.IsPositive() {
		return 0
	}
	units := bond.Quo(c.BondPerUnit)
	if !units.IsUint64() {
		return math.MaxUint64
	}
	return units.Uint64()
}

// BondFor is the smallest bond in ujoule that covers the units, at least min_bond.
func (c ClassParams) BondFor(units uint64) sdkmath.Int {
	return sdkmath.MaxInt(c.MinBond, c.BondPerUnit.Mul(sdkmath.NewIntFromUint64(units)))
}

func validateBondCoin(bond sdk.Coin) error {
	if err := sdk.ValidateDenom(bond.Denom); err != nil {
		return ErrInvalidBond.Wrapf("bond denom: %s", err)
	}
	if bond.Amount.IsNil() || !bond.Amount.IsPositive() {
		return ErrInvalidBond.Wrapf("bond amount is %s, it must be positive", bond.Amount)
	}
	return nil
}
