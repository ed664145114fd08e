package abci_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/app/ante/lane"
	"github.com/joulechain/joule/app/internal/minapp"
	"github.com/joulechain/joule/app/mempool"
	worktypes "github.com/joulechain/joule/x/work/types"
)

func countLane(t *testing.T, a *minapp.App, txs [][]byte) (evidence, paying int) {
	t.Helper()
	for _, bz := range txs[1:] {
		tx, err := a.TxConfig.TxDecoder()(bz)
		require.NoError(t, err)
		if lane.Carries(tx) {
			evidence++
		} else {
			paying++
		}
	}
	return evidence, paying
}

// However much evidence waits, paying transactions get into the mempool and into the block.
func TestEvidenceFloodDoesNotCrowdOutPayingTransactions(t *testing.T) {
	l := worktypes.LaneParams{MaxEvidencePerTx: 32, MaxTxBytes: 262_144, BlockBytesBps: 4_000, BlockVerifyUs: 300_000, NewcomerBps: 10_000}
	a := minapp.New(t, minapp.Options{
		Accounts: 60, MaxBytes: 12_000, Lane: &l,
		Mempool: &mempool.Config{MaxTxs: 100, MaxBytes: 8 << 20, LaneMaxTxs: 30, LaneMaxItems: 100_000, LaneMaxBytes: 1 << 20},
	})
	refused := 0
	for i := range 50 {
		res := a.Check(a.Sign(i, a.Submit(i, 0, minapp.Item(i, 1, true, true))))
		if res.Code != 0 {
			require.Equal(t, lane.ErrNewcomersCap.ABCICode(), res.Code, res.Log)
			refused++
		}
	}
	require.Equal(t, 20, refused)
	require.EqualValues(t, 30, a.Work.Proofs.Load(), "what finds no room costs no verification")
	for i := range 20 {
		requireChecked(t, a, a.Sign(i+30, a.Send(i+30, 0, 1)))
	}
	txs := a.Prepare(12_000)
	evidence, paying := countLane(t, a, txs)
	require.Equal(t, 20, paying)
	require.Positive(t, evidence)
	require.True(t, a.Process(txs))
}

// Newcomers hold at most their part of a block's lane while others wait, and never less than one batch.
func TestNewcomersPartOfABlock(t *testing.T) {
	for _, c := range []struct {
		bps  uint32
		most int
	}{{0, 1}, {2_000, 7}, {10_000, 30}} {
		t.Run(fmt.Sprint(c.bps), func(t *testing.T) {
			l := worktypes.LaneParams{MaxEvidencePerTx: 32, MaxTxBytes: 262_144, BlockBytesBps: 9_000, BlockVerifyUs: 300_000, NewcomerBps: 10_000}
			a := minapp.New(t, minapp.Options{Accounts: 60, MaxBytes: 15_000, Lane: &l})
			for i := range 60 {
				if i%2 == 0 {
					a.Work.SetPay(i, uint64(1+i))
				}
				requireChecked(t, a, a.Sign(i, a.Submit(i, 0, minapp.Item(i, 1, true, true))))
			}
			l.NewcomerBps = c.bps
			a.Work.SetLane(l)
			txs := a.Prepare(15_000)
			newcomers := 0
			for _, bz := range txs[1:] {
				tx, err := a.TxConfig.TxDecoder()(bz)
				require.NoError(t, err)
				msg, _ := lane.Message(tx)
				if a.Work.Newcomer(msg.Evidence[0].DeviceId) {
					newcomers++
				}
			}
			require.GreaterOrEqual(t, len(txs), 20)
			require.LessOrEqual(t, newcomers, c.most)
			require.GreaterOrEqual(t, newcomers, 1)
			require.True(t, a.Process(txs))
		})
	}
}

// A sender's later transaction never runs before its earlier one, and stays for the next block when that one waits.
func TestSequencesStayInOrder(t *testing.T) {
	a := minapp.New(t, minapp.Options{MaxGas: 1_000_000})
	var want [][]byte
	for sequence := range uint64(5) {
		tx := a.Sign(0, a.Send(0, sequence, int64(1+sequence))) // the later, the dearer
		requireChecked(t, a, tx)
		want = append(want, tx)
	}
	var got [][]byte
	for range 3 {
		txs := a.Prepare(blockBytes)
		require.True(t, a.Process(txs))
		for _, res := range a.Commit(txs) {
			require.Zero(t, res.Code, res.Log)
		}
		got = append(got, txs[1:]...)
	}
	require.Equal(t, want, got)
}

// PrepareProposal answers whatever happens inside.
func TestPrepareNeverFails(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	requireChecked(t, a, a.Sign(1, a.Submit(1, 0, minapp.Item(1, 1, true, true))))
	requireChecked(t, a, a.Sign(0, a.Send(0, 0, 1)))
	require.Len(t, a.Prepare(0), 1, "no room: the reveal alone")
	require.Len(t, a.Prepare(-5), 1)
	a.Work.Broken = true
	broken := a.Prepare(blockBytes)
	require.Len(t, broken, 2, "the lane's parameters cannot be read: paying transactions go on")
	require.True(t, a.Process(broken), "a block without evidence needs none")
	evidence := a.Sign(1, a.Submit(1, 0, minapp.Item(1, 1, true, true)))
	require.False(t, a.Process([][]byte{broken[0], evidence}))
	a.Work.Broken = false
	a.Change(func(sdk.Context) error { return nil })
	a.Reveals.Off = true
	txs := a.Prepare(blockBytes)
	require.Len(t, txs, 2)
	require.True(t, a.Process(txs))
	require.True(t, a.Process(nil))
}

// An optimistic execution that is abandoned takes its transactions out of the mempool; they come back with the recheck.
func TestAbandonedExecutionLosesNothing(t *testing.T) {
	a := minapp.New(t, minapp.Options{Optimistic: true})
	a.Commit([][]byte{a.Reveals.At(2)})
	evidence, pay := a.Sign(1, a.Submit(1, 0, minapp.Item(1, 1, true, true))), a.Sign(0, a.Send(0, 0, 1))
	requireChecked(t, a, evidence)
	requireChecked(t, a, pay)
	txs := a.Prepare(blockBytes)
	require.Len(t, txs, 3)
	require.True(t, a.Process(txs))
	empty := [][]byte{a.Reveals.At(3)}
	require.True(t, a.Process(empty), "another round proposes another block")
	a.Commit(empty)
	for _, tx := range [][]byte{evidence, pay} {
		require.Zero(t, a.Recheck(tx).Code)
	}
	require.Len(t, a.Prepare(blockBytes), 3)
}

// Evidence and the paying transaction that its signer sent after it fit into one block.
func TestEvidenceBeforeItsSignersPayingTransaction(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	evidence, pay := a.Sign(1, a.Submit(1, 0, minapp.Item(1, 1, true, true))), a.Sign(1, a.Send(1, 1, 9))
	requireChecked(t, a, evidence)
	requireChecked(t, a, pay)
	txs := a.Prepare(blockBytes)
	require.Equal(t, [][]byte{a.Reveals.At(a.Height() + 1), evidence, pay}, txs)
	require.True(t, a.Process(txs))
}

// Copies of evidence and evidence out of sequence, however many and however highly ranked, keep no other out of a
// block.
func TestCopiesAndGapsDoNotStopTheLane(t *testing.T) {
	l := worktypes.LaneParams{MaxEvidencePerTx: 32, MaxTxBytes: 262_144, BlockBytesBps: 9_000, BlockVerifyUs: 300_000, NewcomerBps: 10_000}
	a := minapp.New(t, minapp.Options{Accounts: 210, Lane: &l})
	for device := range 200 {
		a.Work.SetPay(device, uint64(1_000-device))
	}
	honest := a.Sign(209, a.Submit(209, 0, minapp.Item(500, 1, true, true)))
	requireChecked(t, a, honest)
	for i := range 200 { // three of each, 100 of them reversed in rank against their sequence
		switch {
		case i < 99:
			requireChecked(t, a, a.Sign(i, a.Submit(i, 0, minapp.Item(i/3, 1, true, true))))
		case i < 100:
			continue
		default:
			requireChecked(t, a, a.Sign(200, a.Submit(200, uint64(i-100), minapp.Item(299-i, 1, true, true))))
		}
	}
	txs := a.Prepare(blockBytes)
	require.Contains(t, txs, honest)
	require.Len(t, txs, 1+33+100+1, "the reveal, one of each three, all of the reversed sequence, the honest one")
	require.True(t, a.Process(txs))
}
