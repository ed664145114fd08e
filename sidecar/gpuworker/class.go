package gpuworker

import (
	"bytes"
	"math/bits"

	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Class is what scheduler and submitter must know of GPUs.
func Class() worker.Class {
	return worker.Class{ID: devicetypes.WORK_CLASS_GPU, First: worktypes.PHASE_COMMIT, Floor: floor, Taken: taken, Judge: judge, Tiered: true}
}

// floor is the height, which decides the newest window: a window's id is the height at which its seed is fixed.
func floor(height int64, _ uint64) uint64 { return uint64(height) }

func taken(record worktypes.DeviceWork, window, _ uint64) bool {
	for _, p := range record.Pending {
		if p.Window == window {
			return true
		}
	}
	return false
}

// judge finds out what became of a statement: the record holds commitments until their deadline; beyond it the
// transaction tells.
func judge(c worker.Case) worker.Judgement {
	for _, p := range c.Record.Pending {
		if p.Window == c.Statement.Window {
			return compare(c.Statement, p)
		}
	}
	if c.Statement.Phase == worktypes.PHASE_OPEN || c.Late {
		return c.Transaction()
	}
	return worker.Judgement{Verdict: worker.Unknown}
}

// compare holds a statement against the chain's commitment. A commitment ends with its root.
func compare(st spool.Statement, p worktypes.PendingCommitment) worker.Judgement {
	switch st.Phase {
	case worktypes.PHASE_COMMIT:
		if p.Rounds == st.Rounds && bytes.HasSuffix(st.Payload, p.Root) {
			return worker.Judgement{Verdict: worker.Held, Units: st.Units}
		}
		return worker.Judgement{Verdict: worker.Foreign}
	case worktypes.PHASE_OPEN:
		if p.Opened {
			return worker.Judgement{Verdict: worker.Held, Units: credited(st.Units, p.TierPpm)}
		}
	}
	return worker.Judgement{Verdict: worker.Unknown}
}

// credited is what the chain credits for an opening: floor(units · tier / 10^6), where a tier of 0 is one from before
// tiers existed.
func credited(units uint64, tierPpm uint32) uint64 {
	hi, lo := bits.Mul64(units, uint64(tierPpm))
	if tierPpm == 0 || hi >= devicetypes.BaseTierPpm { // the chain refuses what does not fit
		return units
	}
	raised, _ := bits.Div64(hi, lo, devicetypes.BaseTierPpm)
	return raised
}
