package diskworker

import (
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Class is what scheduler and submitter must know of disks.
func Class() worker.Class {
	return worker.Class{ID: devicetypes.WORK_CLASS_DISK, First: worktypes.PHASE_PROVE, Floor: floor, Taken: taken, Judge: judge}
}

// floor is the last window of the epoch: windows of all cohorts may have been proven.
func floor(_ int64, epoch uint64) uint64 { return worktypes.DiskWindowID(epoch+1, 0) - 1 }

func taken(record worktypes.DeviceWork, _, epoch uint64) bool { return record.LastProvenEpoch >= epoch }

// judge finds out what became of a proof. The record tells only that the epoch was proven, and until it is settled for
// how many units: the transaction tells by whom.
func judge(c worker.Case) worker.Judgement {
	st := c.Statement
	if c.Record.LastProvenEpoch < st.Epoch {
		return worker.Judgement{Verdict: worker.Unknown} // not yet; when it is late, never
	}
	if j := c.Transaction(); j.Verdict == worker.Held || j.Verdict == worker.Unasked {
		return j
	}
	if c.Record.LastProvenEpoch > st.Epoch {
		return worker.Judgement{Verdict: worker.Unknown} // long ago, and no node knows the transaction
	}
	for _, u := range c.Record.Units {
		if u.Epoch == st.Epoch && u.Units != st.Units {
			return worker.Judgement{Verdict: worker.Foreign}
		}
	}
	return worker.Judgement{Verdict: worker.Held, Units: st.Units} // nodes without an index of transactions
}
