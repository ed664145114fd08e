package submitter

import (
	"bytes"
	"context"

	"github.com/joulechain/joule/sidecar/spool"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// judgeRadio finds out what became of a radio's statement: the record holds the newest two roots, the newest preimage
// and the newest 16 verdicts; beyond them the transaction tells.
func (s *Submitter) judgeRadio(ctx context.Context, st *spool.Statement, work *worktypes.DeviceWork) (verdict, bool) {
	switch st.Phase {
	case worktypes.PHASE_COMMIT:
		if root, ok := work.Radio.CommitmentOf(st.Epoch); ok {
			if bytes.Equal(root, st.Payload) {
				return held, true
			}
			return foreign, true
		}
	case worktypes.PHASE_OPEN:
		if work.LastProvenEpoch < st.Epoch {
			return unknown, true
		}
		if e, err := proof.UnmarshalEvidence(st.Payload); err == nil && work.LastProvenEpoch == st.Epoch && work.Radio != nil && bytes.Equal(work.Radio.Revealed, e.Preimage[:]) {
			return held, true // nobody else has the preimage
		}
	case worktypes.PHASE_PROVE:
		if work.Radio == nil {
			return unknown, true
		}
		for _, v := range work.Radio.Verdicts {
			if v.Epoch == st.Epoch && v.Beaconer == st.Evidence().Item() {
				return held, true // judged, whoever brought it
			}
		}
	}
	return s.askTx(ctx, st)
}
