package submitter

import (
	"testing"

	"github.com/stretchr/testify/require"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/spool"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// proven makes the chain hold a proof of epoch 2, the statements' own, worth so many units; 0 when they are settled.
func (w *world) proven(device byte, epoch, units uint64) {
	r := &worktypes.DeviceWork{LastProvenEpoch: epoch}
	if units > 0 {
		r.Units = []worktypes.EpochUnits{{Epoch: epoch, Units: units}}
	}
	w.work[string(id(device))] = r
}

func (w *world) included(accepted bool) {
	resp, err := (&worktypes.MsgSubmitWorkResponse{Results: []worktypes.ItemResult{{
		DeviceId: devicetypes.FormatDeviceID(id(1)), Window: 10, Phase: worktypes.PHASE_PROVE, Accepted: accepted, Units: 50,
	}}}).Marshal()
	require.NoError(w.t, err)
	w.txs["H"] = chain.TxResult{Hash: "H", Data: []*codectypes.Any{{Value: resp}}}
}

func TestWhatBecomesOfAProof(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world)
		want   spool.State
	}{
		"accepted, told by the transaction": {func(w *world) { w.included(true); w.proven(1, 2, 50) }, spool.Accepted},
		"accepted, told by the units":       {func(w *world) { w.proven(1, 2, 50) }, spool.Accepted},
		"accepted and settled":              {func(w *world) { w.proven(1, 2, 0) }, spool.Accepted},
		"seen an epoch later":               {func(w *world) { w.included(true); w.proven(1, 3, 0) }, spool.Accepted},
		"another proof stands":              {func(w *world) { w.included(false); w.proven(1, 2, 99) }, spool.Rejected},
		"not there yet":                     {func(w *world) { w.proven(1, 1, 70) }, spool.Signed},
		"never":                             {func(w *world) { w.proven(1, 1, 70); w.height = 300 }, spool.Expired},
		"long ago and unknown":              {func(w *world) { w.proven(1, 9, 70); w.height = 300 }, spool.Expired},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			key := w.add(1, 10, worktypes.PHASE_PROVE, 200, 300)
			w.pass()
			require.Len(t, w.batches, 1)
			w.height++
			c.change(w)
			w.pass()
			require.Equal(t, c.want, w.state(key))
			ledger, err := w.sp.Ledger()
			require.NoError(t, err)
			if c.want != spool.Accepted {
				require.Empty(t, ledger)
				return
			}
			require.Len(t, ledger, 1)
			require.Equal(t, uint64(50), ledger[0].Units)
			require.Equal(t, []bool{true}, w.misses, "it was in time")
		})
	}
}

func TestAnotherSidecarsProofIsNamed(t *testing.T) {
	w := newWorld(t)
	w.add(1, 10, worktypes.PHASE_PROVE, 200, 300)
	w.pass()
	w.height++
	w.proven(1, 2, 99)
	w.pass()
	require.Contains(t, w.s.Status().LastError, "another proof of this device: another sidecar runs with this key")
}
