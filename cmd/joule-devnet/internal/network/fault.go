package network

import (
	"time"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/nodes"
)

const (
	// downBlocks is how long a killed validator stays down where the others go on without it.
	downBlocks = 5
	// downTime is how long where they cannot.
	downTime = 5 * time.Second
)

// faultStage is how far a planned fault has come.
type faultStage int

const (
	faultAhead faultStage = iota
	faultDown
	faultCatchingUp
	faultOver
)

// fault follows a planned fault.
type fault struct {
	plan     *Kill
	stage    faultStage
	killedAt time.Time
	told     FaultResult
}

// FaultResult tells of a planned fault.
type FaultResult struct {
	Validator string `json:"validator"`
	// KilledHeight, RestartedHeight and CaughtUpHeight are the chain's heights at those moments.
	KilledHeight    int64 `json:"killed_height"`
	RestartedHeight int64 `json:"restarted_height"`
	CaughtUpHeight  int64 `json:"caught_up_height"`
}

// over tells that no fault is ahead or under way.
func (f *fault) over() bool { return f.plan == nil || f.stage == faultOver }

// step kills, restarts or ticks off the validator that the plan names.
func (n *network) stepFault(epoch uint64, middle bool, heads []nodes.Head) error {
	f := &n.fault
	if f.over() {
		return nil
	}
	v, height := n.validators[f.plan.Validator], top(heads)
	switch f.stage {
	case faultAhead:
		if epoch < f.plan.Epoch || (epoch == f.plan.Epoch && !middle) {
			return nil
		}
		v.process.Kill()
		<-v.process.Done()
		f.stage, f.killedAt = faultDown, time.Now()
		f.told = FaultResult{Validator: v.spec.Name, KilledHeight: height}
		n.opts.Screen.Say("killed " + v.spec.Name + " (SIGKILL)")
	case faultDown:
		alone := 3*(len(n.validators)-1) <= 2*len(n.validators)
		if (alone && time.Since(f.killedAt) < downTime) || (!alone && height < f.told.KilledHeight+downBlocks) {
			return nil
		}
		if err := n.launch(v); err != nil {
			return err
		}
		f.stage, f.told.RestartedHeight = faultCatchingUp, height
		n.opts.Screen.Say("restarted " + v.spec.Name)
	case faultCatchingUp:
		h := heads[f.plan.Validator]
		if h.Err != nil || h.Syncing || h.Height <= f.told.RestartedHeight || h.Height+1 < height {
			return nil
		}
		f.stage, f.told.CaughtUpHeight = faultOver, h.Height
		n.opts.Screen.Say(v.spec.Name + " has caught up")
	}
	return nil
}

// top is the greatest height.
func top(heads []nodes.Head) int64 {
	var out int64
	for _, h := range heads {
		out = max(out, h.Height)
	}
	return out
}
