package types

import (
	"fmt"

	"cosmossdk.io/math"
)

// NewClassState starts a class's schedule at its baseline, with no trailing mean and no carry.
func NewClassState(share ClassShare) ClassState {
	return ClassState{
		WorkClass:         share.WorkClass,
		ScheduledBaseline: ScaleUnits(share.BaselineUnits),
		TrailingUnits:     math.ZeroInt(),
		Carry:             math.ZeroInt(),
	}
}

// Validate names the field that it refuses.
func (c ClassState) Validate() error {
	for _, f := range []struct {
		name  string
		value math.Int
	}{{"scheduled_baseline", c.ScheduledBaseline}, {"trailing_units", c.TrailingUnits}, {"carry", c.Carry}} {
		if err := checkAmount(fmt.Sprintf("classes[%d].%s", c.WorkClass, f.name), f.value); err != nil {
			return err
		}
	}
	return nil
}
