package types

import (
	"cosmossdk.io/math"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

// NewTally is the empty sum of a class's epoch.
func NewTally(class devicetypes.WorkClass, epoch uint64) Tally {
	zero := math.ZeroInt()
	return Tally{WorkClass: class, Epoch: epoch, Units: zero, Pool: zero, SettledUnits: zero, Paid: zero}
}

// Share is what a device's units of a frozen epoch are paid: floor(units · pool / total), in ujoule. Floors never sum
// to more than the pool.
func (t Tally) Share(units uint64) math.Int {
	if !t.Units.IsPositive() {
		return math.ZeroInt()
	}
	return t.Pool.Mul(math.NewIntFromUint64(units)).Quo(t.Units)
}

// Unpaid is what the pool still holds for devices that are not settled, in ujoule; nothing once it is closed.
func (t Tally) Unpaid() math.Int {
	if !t.Frozen || t.Closed {
		return math.ZeroInt()
	}
	return t.Pool.Sub(t.Paid)
}

// Validate checks a tally: nothing negative, settled within total, paid within pool.
func (t Tally) Validate() error {
	if t.WorkClass == devicetypes.WORK_CLASS_UNSPECIFIED || t.Epoch == 0 {
		return ErrInvalidGenesis.Wrapf("tally of class %d, epoch %d: want a class and an epoch from 1", t.WorkClass, t.Epoch)
	}
	for _, v := range []math.Int{t.Units, t.Pool, t.SettledUnits, t.Paid} {
		if v.IsNil() || v.IsNegative() {
			return ErrInvalidGenesis.Wrapf("tally of %s, epoch %d: an amount is missing or negative", t.WorkClass, t.Epoch)
		}
	}
	if t.SettledUnits.GT(t.Units) || t.Paid.GT(t.Pool) {
		return ErrInvalidGenesis.Wrapf("tally of %s, epoch %d: settled %s of %s units, paid %s of %s", t.WorkClass, t.Epoch, t.SettledUnits, t.Units, t.Paid, t.Pool)
	}
	if !t.Frozen && (t.Pool.IsPositive() || t.Closed || t.SettledUnits.IsPositive()) {
		return ErrInvalidGenesis.Wrapf("tally of %s, epoch %d: has a pool, is settled or closed, and is not frozen", t.WorkClass, t.Epoch)
	}
	return nil
}
