package types

import (
	"fmt"

	"cosmossdk.io/math"
)

// NewEpochEmission starts an epoch's account with the parameters of its start.
func NewEpochEmission(epoch uint64, start int64, blocks uint64, params Params) EpochEmission {
	return EpochEmission{
		Epoch: epoch, StartHeight: start, Blocks: blocks, Params: params,
		Reserve: math.ZeroInt(), Budget: math.ZeroInt(), Validators: math.ZeroInt(), Community: math.ZeroInt(),
	}
}

// Minted is what the epoch's account says was minted for it, in ujoule.
func (e EpochEmission) Minted() math.Int {
	sum := e.Validators.Add(e.Community)
	for _, c := range e.Classes {
		sum = sum.Add(c.Minted)
	}
	return sum
}

// Validate names the field that it refuses.
func (e EpochEmission) Validate() error {
	if e.Epoch == 0 {
		return fmt.Errorf("epochs: epoch numbers count from 1")
	}
	wrap := func(err error) error { return fmt.Errorf("epochs[%d].%w", e.Epoch, err) }
	if err := e.Params.Validate(); err != nil {
		return wrap(fmt.Errorf("params: %w", err))
	}
	if e.Frozen && !e.Ended || e.Closed && !e.Frozen {
		return wrap(fmt.Errorf("closed %t, frozen %t, ended %t: each implies the next", e.Closed, e.Frozen, e.Ended))
	}
	for _, f := range []struct {
		name  string
		value math.Int
	}{{"reserve", e.Reserve}, {"budget", e.Budget}, {"validators", e.Validators}, {"community", e.Community}} {
		if err := checkAmount(f.name, f.value); err != nil {
			return wrap(err)
		}
	}
	for _, c := range e.Classes {
		for _, f := range []struct {
			name  string
			value math.Int
		}{
			{"units", c.Units},
			{"baseline", c.Baseline},
			{"pool", c.Pool},
			{"from_carry", c.FromCarry},
			{"minted", c.Minted},
			{"scheduled_baseline", c.ScheduledBaseline},
			{"trailing_units", c.TrailingUnits},
		} {
			if err := checkAmount(fmt.Sprintf("classes[%d].%s", c.WorkClass, f.name), f.value); err != nil {
				return wrap(err)
			}
		}
		if !c.Pool.Equal(c.FromCarry.Add(c.Minted)) {
			return wrap(fmt.Errorf("classes[%d].pool is %s, it must be from_carry + minted = %s", c.WorkClass, c.Pool, c.FromCarry.Add(c.Minted)))
		}
	}
	if e.Minted().GT(e.Budget) {
		return wrap(fmt.Errorf("minted %s exceeds the budget %s", e.Minted(), e.Budget))
	}
	return nil
}
