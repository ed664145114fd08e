package radioworker

import (
	"bytes"

	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Class is what scheduler and submitter must know of radios. Others' openings pay a radio as well as its own, and its
// late receipts need what lies beside the commitment after the opening.
func Class() worker.Class {
	return worker.Class{
		ID: devicetypes.WORK_CLASS_RADIO, First: worktypes.PHASE_COMMIT, Floor: floor, Taken: taken, Judge: judge,
		PaidByEpoch: true, KeepsState: true,
	}
}

// floor is the epoch, which is a radio's window.
func floor(_ int64, epoch uint64) uint64 { return epoch }

func taken(record worktypes.DeviceWork, _, epoch uint64) bool {
	_, held := record.Radio.CommitmentOf(epoch)
	return held
}

// judge finds out what became of a radio's statement: the record holds the newest two roots, the newest preimage and
// the newest 16 verdicts; beyond them the transaction tells.
func judge(c worker.Case) worker.Judgement {
	st, record := c.Statement, c.Record
	held := worker.Judgement{Verdict: worker.Held, Units: st.Units}
	switch st.Phase {
	case worktypes.PHASE_COMMIT:
		if root, ok := record.Radio.CommitmentOf(st.Epoch); ok {
			if bytes.Equal(root, st.Payload) {
				return held
			}
			return worker.Judgement{Verdict: worker.Foreign}
		}
	case worktypes.PHASE_OPEN:
		if record.LastProvenEpoch < st.Epoch {
			return worker.Judgement{Verdict: worker.Unknown}
		}
		if e, err := proof.UnmarshalEvidence(st.Payload); err == nil && record.LastProvenEpoch == st.Epoch && record.Radio != nil && bytes.Equal(record.Radio.Revealed, e.Preimage[:]) {
			return held // nobody else has the preimage
		}
	case worktypes.PHASE_PROVE:
		if record.Radio == nil {
			return worker.Judgement{Verdict: worker.Unknown}
		}
		for _, v := range record.Radio.Verdicts {
			if v.Epoch == st.Epoch && v.Beaconer == st.Evidence().Item() {
				return held // judged, whoever brought it
			}
		}
	}
	return c.Transaction()
}
