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

// Enter makes the state that the epoch before left what epoch e sees: the schedule restarts where governance changed
// baseline_units; otherwise schedule and mean follow a change of the epoch's length.
func (c *ClassState) Enter(e, before EpochEmission, share ClassShare) {
	c.TrailingUnits = RescaleBaseline(c.TrailingUnits, e.Blocks, before.Blocks)
	old, had := before.Params.ClassShare(share.WorkClass)
	if !had || !old.BaselineUnits.Equal(share.BaselineUnits) {
		c.ScheduledBaseline = ScaleUnits(share.BaselineUnits)
		return
	}
	c.ScheduledBaseline = RescaleBaseline(c.ScheduledBaseline, e.Blocks, before.Blocks)
}

// Advance moves schedule and mean past an epoch in which the class verified the units.
func (c *ClassState) Advance(units math.Int, share ClassShare, trailingEpochs uint32) {
	c.ScheduledBaseline = GrowSchedule(c.ScheduledBaseline, share.BaselineGrowthPpb)
	c.TrailingUnits = MoveTrailing(c.TrailingUnits, units, trailingEpochs)
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
