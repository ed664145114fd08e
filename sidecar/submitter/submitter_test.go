package submitter

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/spool"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

func refusedWith(code uint32, log string) chain.TxResult {
	return chain.TxResult{Hash: "H", Code: code, Codespace: worktypes.ModuleName, Log: log}
}

func TestBatchesWithinTheLanesLimits(t *testing.T) {
	w := newWorld(t)
	for i := range byte(7) {
		w.add(i+1, 10, worktypes.PHASE_COMMIT, 200-int64(i), 40)
	}
	w.pass()
	require.Len(t, w.batches, 3)
	require.Len(t, w.batches[0], 3)
	require.Len(t, w.batches[2], 1)
	require.Equal(t, id(7), w.batches[0][0].DeviceId, "the earliest last height goes first")

	w = newWorld(t)
	w.lane.MaxTxBytes = 12_000
	for i := range byte(3) {
		w.add(i+1, 10, worktypes.PHASE_OPEN, 200, 7_000)
	}
	w.pass()
	require.Len(t, w.batches, 3, "bytes bound a batch too")
}

func TestSentOnceUntilPatienceEnds(t *testing.T) {
	w := newWorld(t)
	key := w.add(1, 10, worktypes.PHASE_COMMIT, 200, 40)
	w.pass()
	w.pass()
	require.Len(t, w.batches, 1)
	w.height += 2
	w.pass()
	require.Len(t, w.batches, 1)
	w.height++
	w.pass()
	require.Len(t, w.batches, 2, "unseen after three blocks: again")
	w.height++
	w.hold(1, 10, 5, false)
	w.pass()
	require.Equal(t, spool.Accepted, w.state(key))
	require.Equal(t, []bool{true}, w.misses)
	_, err := w.sp.Work(id(1), 10)
	require.NoError(t, err, "the opening still needs the state")
}

func TestOpeningFillsTheLedgerAndDropsTheState(t *testing.T) {
	w := newWorld(t)
	key := w.add(1, 10, worktypes.PHASE_OPEN, 200, 500)
	w.pass()
	w.height++
	w.hold(1, 10, 5, true)
	w.pass()
	require.Equal(t, spool.Accepted, w.state(key))
	ledger, err := w.sp.Ledger()
	require.NoError(t, err)
	require.Len(t, ledger, 1)
	require.EqualValues(t, 50, ledger[0].Units)
	_, err = w.sp.Work(id(1), 10)
	require.ErrorIs(t, err, spool.ErrNotRecorded)
}

// Statements give units before the hardware's tier; the ledger has what the chain credits.
func TestTheLedgerKnowsTheTier(t *testing.T) {
	w := newWorld(t)
	w.add(1, 10, worktypes.PHASE_OPEN, 200, 500)
	w.pass()
	w.height++
	w.hold(1, 10, 5, true)
	w.work[string(id(1))].Pending[0].TierPpm = 1_250_000
	w.pass()
	ledger, err := w.sp.Ledger()
	require.NoError(t, err)
	require.Len(t, ledger, 1)
	require.EqualValues(t, 62, ledger[0].Units, "50 units at 1.25, rounded down")
}

// The record forgets an opening after its deadline; the transaction still tells.
func TestOpeningIsFoundInItsTransaction(t *testing.T) {
	w := newWorld(t)
	key := w.add(1, 10, worktypes.PHASE_OPEN, 105, 500)
	w.pass()
	resp, err := (&worktypes.MsgSubmitWorkResponse{Results: []worktypes.ItemResult{{
		DeviceId: devicetypes.FormatDeviceID(id(1)), Window: 10, Phase: worktypes.PHASE_OPEN, Accepted: true, Units: 62,
	}}}).Marshal()
	require.NoError(t, err)
	w.txs["H"] = chain.TxResult{Hash: "H", Data: []*codectypes.Any{{Value: resp}}}
	w.height = 150
	w.pass()
	require.Equal(t, spool.Accepted, w.state(key))
	ledger, err := w.sp.Ledger()
	require.NoError(t, err)
	require.EqualValues(t, 62, ledger[0].Units, "as credited")
}

func TestExpiresOnlyWhenTheChainSaysSo(t *testing.T) {
	w := newWorld(t)
	key := w.add(1, 10, worktypes.PHASE_COMMIT, 101, 40)
	w.pass()
	w.height = 101 + lateBlocks
	w.down = true
	w.pass()
	require.Equal(t, spool.Signed, w.state(key), "nobody could be asked")
	w.down = false
	w.pass()
	require.Equal(t, spool.Expired, w.state(key))
	require.Equal(t, []bool{false}, w.misses, "the margin learns")
	_, err := w.sp.Work(id(1), 10)
	require.ErrorIs(t, err, spool.ErrNotRecorded, "no opening can follow")
}

// The head is the best node's; the answer may come from a backup that has not seen the statement's blocks yet.
func TestANodeThatIsBehindClosesNothing(t *testing.T) {
	for _, phase := range []worktypes.Phase{worktypes.PHASE_COMMIT, worktypes.PHASE_OPEN, worktypes.PHASE_PROVE} {
		w := newWorld(t)
		key := w.add(1, 10, phase, 101, 300)
		w.pass()
		w.height, w.behind = 101+lateBlocks, lateBlocks+1 // as of height 100
		w.pass()
		require.Equal(t, spool.Signed, w.state(key), phase)
		_, err := w.sp.Work(id(1), 10)
		require.NoError(t, err, "the transcript is kept")
		require.Empty(t, w.misses)
		w.behind = lateBlocks
		w.pass()
		require.Equal(t, spool.Expired, w.state(key), "as of its last height: it is not there")
	}
}

func TestNotSentBeforeOrAfterItsTime(t *testing.T) {
	w := newWorld(t)
	w.add(1, 10, worktypes.PHASE_COMMIT, 100, 40)
	w.pass()
	require.Empty(t, w.batches, "height 101 is too late")
}

func TestForeignCommitmentIsRejected(t *testing.T) {
	w := newWorld(t)
	key := w.add(1, 10, worktypes.PHASE_COMMIT, 200, 40)
	w.pass()
	w.height++
	w.hold(1, 10, 999, false)
	w.pass()
	require.Equal(t, spool.Rejected, w.state(key))
	require.Contains(t, w.s.Status().LastError, "another sidecar runs with this key")
}

func TestBadItemIsIsolatedAndTheRestGoesOn(t *testing.T) {
	w := newWorld(t)
	bad := w.add(2, 10, worktypes.PHASE_COMMIT, 200, 40)
	good1, good3 := w.add(1, 10, worktypes.PHASE_COMMIT, 200, 40), w.add(3, 10, worktypes.PHASE_COMMIT, 200, 40)
	w.verdict = func(e []worktypes.Evidence) (chain.TxResult, error) {
		for i, item := range e {
			if item.DeviceId[0] == 2 {
				return refusedWith(12, fmt.Sprintf("bad proof: item %d", i)), nil
			}
		}
		return chain.TxResult{Hash: "H"}, nil
	}
	w.pass()
	require.Len(t, w.batches, 1)
	w.pass() // the kick
	require.Len(t, w.batches, 2)
	require.Len(t, w.batches[1], 2, "the others go on without the bad one")
	for range strikesLimit {
		w.clock.Advance(10 * time.Second)
		w.pass()
	}
	require.Equal(t, spool.Rejected, w.state(bad))
	st, err := w.sp.Get(bad)
	require.NoError(t, err)
	require.Equal(t, "bad proof: item 0", st.Note, "the reason is kept")
	require.Equal(t, spool.Signed, w.state(good1))
	require.Equal(t, spool.Signed, w.state(good3))
}

func TestUnnamedBadItemIsFoundBySendingEachAlone(t *testing.T) {
	w := newWorld(t)
	for i := range byte(3) {
		w.add(i+1, 10, worktypes.PHASE_COMMIT, 200, 40)
	}
	w.verdict = func(e []worktypes.Evidence) (chain.TxResult, error) {
		for _, item := range e {
			if item.DeviceId[0] == 2 {
				return refusedWith(12, "bad proof somewhere"), nil
			}
		}
		return chain.TxResult{Hash: "H"}, nil
	}
	w.pass()
	w.pass()
	require.Len(t, w.batches, 4)
	for _, b := range w.batches[1:] {
		require.Len(t, b, 1)
	}
}

// Nothing new: the chain decides at the next block, and what it does not hold is tried again.
func TestNothingNewIsNotARejection(t *testing.T) {
	w := newWorld(t)
	key := w.add(1, 10, worktypes.PHASE_COMMIT, 200, 40)
	w.verdict = func([]worktypes.Evidence) (chain.TxResult, error) {
		return refusedWith(worktypes.ErrNothingNew.ABCICode(), "nothing new"), nil
	}
	w.pass()
	w.height++
	w.hold(1, 10, 5, false)
	w.pass()
	require.Equal(t, spool.Accepted, w.state(key), "it had been accepted before a crash")
}

func TestBackoffDoublesAndIsBounded(t *testing.T) {
	w := newWorld(t)
	w.add(1, 10, worktypes.PHASE_COMMIT, 10_000, 40)
	w.down = true
	for _, wait := range []time.Duration{1, 2, 4, 8, 8} {
		before := len(w.batches)
		w.pass()
		require.Len(t, w.batches, before+1)
		w.clock.Advance(wait*time.Second - time.Millisecond)
		w.pass()
		require.Len(t, w.batches, before+1, "not before %d s", wait)
		w.clock.Advance(time.Millisecond)
	}
}

func TestUnauthorizedForgetsTheAccountNumber(t *testing.T) {
	w := newWorld(t)
	w.add(1, 10, worktypes.PHASE_COMMIT, 200, 40)
	w.verdict = func([]worktypes.Evidence) (chain.TxResult, error) {
		return chain.TxResult{Code: 4, Codespace: "sdk", Log: "signature verification failed"}, nil
	}
	w.pass()
	require.Equal(t, 1, w.forgot)
}

func TestTransactionAlreadyInTheMempoolCountsAsSent(t *testing.T) {
	w := newWorld(t)
	w.add(1, 10, worktypes.PHASE_COMMIT, 200, 40)
	w.verdict = func([]worktypes.Evidence) (chain.TxResult, error) {
		return chain.TxResult{Hash: "H", Code: 19, Codespace: "sdk", Log: "tx already in mempool"}, nil
	}
	w.pass()
	require.EqualValues(t, 1, w.s.Status().Submitted)
}
