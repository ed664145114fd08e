package report

import (
	"slices"

	"github.com/joulechain/joule/x/emissions/types"
)

// checkBaseline recomputes a class's baseline from its schedule and mean, and those from the account of the epoch
// before.
func (c *computation) checkBaseline(name string, e types.ClassEmission, share types.ClassShare) {
	c.equal(name+" baseline", e.Baseline, types.Baseline(e.ScheduledBaseline, e.TrailingUnits))
	if c.before.Epoch == 0 || c.before.Epoch+1 != c.epoch.Epoch {
		return
	}
	i := slices.IndexFunc(c.before.Classes, func(b types.ClassEmission) bool { return b.WorkClass == e.WorkClass })
	if i < 0 {
		return // the class had no part in the epoch before: its state is that of an older one
	}
	b := c.before.Classes[i]
	then, _ := c.before.Params.ClassShare(e.WorkClass)
	state := types.ClassState{WorkClass: e.WorkClass, ScheduledBaseline: b.ScheduledBaseline, TrailingUnits: b.TrailingUnits}
	state.Advance(b.Units, then, c.before.Params.TrailingEpochs)
	state.Enter(c.epoch, c.before, share)
	c.equal(name+" scheduled baseline", e.ScheduledBaseline, state.ScheduledBaseline)
	c.equal(name+" trailing mean", e.TrailingUnits, state.TrailingUnits)
}
