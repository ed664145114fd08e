package radioworker_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	radioworker "github.com/joulechain/joule/sidecar/radio/worker"
	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/worker"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// What became of a radio's statement: by its record, and by the transaction where the record does not tell.
func TestJudge(t *testing.T) {
	root, other := bytes.Repeat([]byte{1}, proof.HashSize), bytes.Repeat([]byte{2}, proof.HashSize)
	opening, err := proof.Evidence{Preimage: proof.Preimage(root)}.Marshal()
	require.NoError(t, err)
	held := func(r []byte) worktypes.DeviceWork {
		return worktypes.DeviceWork{Radio: &worktypes.RadioWork{Commitments: []worktypes.RadioCommitment{{Epoch: 7, Root: r}}}}
	}
	revealed := func(epoch uint64, preimage []byte) worktypes.DeviceWork {
		return worktypes.DeviceWork{LastProvenEpoch: epoch, Radio: &worktypes.RadioWork{Revealed: preimage}}
	}
	fromTx := worker.Judgement{Verdict: worker.Held, Units: 99}
	mine := worker.Judgement{Verdict: worker.Held, Units: 5}
	unknown := worker.Judgement{Verdict: worker.Unknown}
	for name, c := range map[string]struct {
		phase   worktypes.Phase
		payload []byte
		record  worktypes.DeviceWork
		want    worker.Judgement
	}{
		"its root":                  {worktypes.PHASE_COMMIT, root, held(root), mine},
		"another root":              {worktypes.PHASE_COMMIT, root, held(other), worker.Judgement{Verdict: worker.Foreign}},
		"a root that is forgotten":  {worktypes.PHASE_COMMIT, root, worktypes.DeviceWork{}, fromTx},
		"not opened":                {worktypes.PHASE_OPEN, opening, revealed(6, other), unknown},
		"opened":                    {worktypes.PHASE_OPEN, opening, revealed(7, root), mine},
		"opened long ago":           {worktypes.PHASE_OPEN, opening, revealed(9, other), fromTx},
		"a late receipt, no record": {worktypes.PHASE_PROVE, root, worktypes.DeviceWork{}, unknown},
		"a late receipt, no verdict": {
			worktypes.PHASE_PROVE, root, worktypes.DeviceWork{Radio: &worktypes.RadioWork{Verdicts: []worktypes.RadioVerdict{{Epoch: 6}}}}, fromTx,
		},
	} {
		t.Run(name, func(t *testing.T) {
			class := radioworker.Class()
			got := class.Judge(worker.Case{
				Statement: spool.Statement{Class: class.ID, Window: 7, Epoch: 7, Phase: c.phase, Payload: c.payload, Units: 5}, Record: c.record,
				Transaction: func() worker.Judgement { return fromTx },
			})
			require.Equal(t, c.want, got)
		})
	}
	require.True(t, radioworker.Class().Taken(held(root), 7, 7))
	require.False(t, radioworker.Class().Taken(held(root), 8, 8))
}
