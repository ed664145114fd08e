package abci_test

import (
	"testing"

	cmtabci "github.com/cometbft/cometbft/abci/types"
	cmtcfg "github.com/cometbft/cometbft/config"
	cmtmempool "github.com/cometbft/cometbft/mempool"
	"github.com/cometbft/cometbft/proxy"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/server"

	jouleabci "github.com/joulechain/joule/app/abci"
	"github.com/joulechain/joule/app/ante/lane"
	"github.com/joulechain/joule/app/internal/minapp"
	"github.com/joulechain/joule/app/mempool"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// send is a transfer with a gas limit of the sender's choice at a price in ujoule per 1,000 gas.
func send(a *minapp.App, from int, sequence, gas uint64, price int64) []byte {
	tx := a.Send(from, sequence, price)
	tx.Gas, tx.Fee = gas, minapp.Fee(int64(gas/1_000)*price)
	return a.Sign(from, tx)
}

// Whatever gas paying transactions reserve, and whatever they pay, all evidence that waits lands in the next block.
func TestReservedGasKeepsNoEvidenceOut(t *testing.T) {
	a := minapp.New(t, minapp.Options{Accounts: 60, MaxBytes: 4 << 20, MaxGas: lane.BlockGas})
	for n := range 3 {
		for i := range 40 {
			requireChecked(t, a, a.Sign(i, a.Submit(i, uint64(n), minapp.Item(i, uint64(n), true, true))))
		}
		requireChecked(t, a, send(a, 50, uint64(n), lane.PayingBlockGas, 1_000))
		txs := a.Prepare(4 << 20)
		evidence, paying := countLane(t, a, txs)
		require.Equal(t, 40, evidence)
		require.Equal(t, 1, paying, "nor does evidence keep a paying transaction out")
		require.True(t, a.Process(txs))
		a.Commit(txs)
	}
}

// A lane that is full by its bytes leaves paying transactions their quarter, and paying bytes leave evidence its part.
func TestEachLaneHasItsBytes(t *testing.T) {
	const block = 40_000
	a := minapp.New(t, minapp.Options{Accounts: 300, MaxBytes: block, MaxGas: lane.BlockGas})
	for i := range 150 {
		a.Work.SetPay(i, 1_000)
		requireChecked(t, a, a.Sign(i, a.Submit(i, 0, minapp.Item(i, 1, true, true))))
		requireChecked(t, a, a.Sign(150+i, a.Send(150+i, 0, 1)))
	}
	txs := a.Prepare(block)
	require.True(t, a.Process(txs))
	var evidence, paying int
	for _, bz := range txs[1:] {
		tx, err := a.TxConfig.TxDecoder()(bz)
		require.NoError(t, err)
		if lane.Carries(tx) {
			evidence += len(bz) + 3
		} else {
			paying += len(bz) + 3
		}
	}
	require.InDelta(t, block*3/4, evidence, 600)
	require.InDelta(t, block/4, paying, 600)
}

// Transactions that never fit, however many and dear, do not end the search for those that do; in the lane neither.
func TestMisfitsStopNoSearch(t *testing.T) {
	a := minapp.New(t, minapp.Options{Accounts: 400, MaxGas: 200_000_000})
	for i := range 20 {
		requireChecked(t, a, a.Sign(i, a.Send(i, 0, 2)))
	}
	requireChecked(t, a, send(a, 20, 0, 60_000_000, 4))
	for i := range 150 {
		requireChecked(t, a, send(a, 30+i, 0, 50_000_000, 3))
	}
	l := worktypes.LaneParams{MaxEvidencePerTx: 32, MaxTxBytes: 262_144, BlockBytesBps: 7_500, BlockVerifyUs: 300_000, NewcomerBps: 2_000}
	big := func(i int) []byte {
		var items []worktypes.Evidence
		for w := range 32 {
			a.Work.SetPay(1_000+i, 9_000)
			items = append(items, minapp.Item(1_000+i, uint64(w), true, true))
		}
		return a.Sign(200+i, a.Submit(200+i, 0, items...))
	}
	for i := range 100 {
		requireChecked(t, a, big(i))
	}
	for i := range 5 {
		a.Work.SetPay(i, 10)
		requireChecked(t, a, a.Sign(300+i, a.Submit(300+i, 0, minapp.Item(i, 1, true, true))))
	}
	l.BlockVerifyUs = 5_000 // less than a batch of 32
	a.Work.SetLane(l)
	txs := a.Prepare(blockBytes)
	evidence, paying := countLane(t, a, txs)
	require.Equal(t, 5, evidence)
	require.Equal(t, 21, paying)
	require.True(t, a.Process(txs))
}

// Evidence that its relayer sent behind a paying transaction waits for that one: it stays in the pool, is not tried in
// vain, and lands after it.
func TestEvidenceBehindAPayingTransactionWaits(t *testing.T) {
	a := minapp.New(t, minapp.Options{Accounts: 4, MaxGas: 40_000_000})
	large := send(a, 1, 0, 15_000_000, 1)
	behind := a.Sign(1, a.Submit(1, 1, minapp.Item(1, 1, true, true)))
	requireChecked(t, a, send(a, 0, 0, 15_000_000, 2))
	requireChecked(t, a, large)
	requireChecked(t, a, behind)
	proofs := a.Work.Proofs.Load()
	txs := a.Prepare(blockBytes)
	require.NotContains(t, txs, large, "no room beside the dearer one")
	require.NotContains(t, txs, behind)
	require.True(t, a.Process(txs))
	require.Equal(t, proofs, a.Work.Proofs.Load())
	a.Commit(txs)
	require.Zero(t, a.Recheck(large).Code)
	require.Zero(t, a.Recheck(behind).Code, "waiting is no reason to leave")
	for _, want := range [][]byte{large, behind} {
		txs = a.Prepare(blockBytes)
		require.Equal(t, [][]byte{a.Reveals.At(a.Height() + 1), want}, txs, "evidence stands before what it waits for, and so in the next block")
		require.True(t, a.Process(txs))
		a.Commit(txs)
		_ = a.Recheck(behind)
	}
}

// Padding a batch with what changes nothing is refused beyond a quarter. Copies that land in the same block do not
// count: nobody is kept out by having some of its items carried ahead.
func TestStalePaddingIsRefused(t *testing.T) {
	a := minapp.New(t, minapp.Options{Accounts: 8})
	items := func(from, n int) (items []worktypes.Evidence) {
		for i := range n {
			items = append(items, minapp.Item(from+i, 1, true, true))
		}
		return items
	}
	landed := [][]byte{a.Reveals.At(2), a.Sign(1, a.Submit(1, 0, items(0, 16)...))}
	require.True(t, a.Process(landed))
	a.Commit(landed)
	padded := a.Sign(2, a.Submit(2, 0, append(items(0, 9), items(100, 23)...)...))
	res := a.Check(padded)
	require.Equal(t, worktypes.ErrTooStale.ABCICode(), res.Code, res.Log)
	require.Contains(t, res.Log, "the first is item 0")
	require.False(t, a.Process([][]byte{a.Reveals.At(3), padded}))
	riding := a.Sign(2, a.Submit(2, 0, append(items(0, 8), items(100, 24)...)...))
	requireChecked(t, a, riding)

	copied := a.Sign(3, a.Submit(3, 0, items(100, 20)...))
	requireChecked(t, a, copied)
	txs := [][]byte{a.Reveals.At(3), copied, riding}
	require.True(t, a.Process(txs), "20 of its 24 new items are copied, the other 4 land")
	for _, r := range a.Commit(txs) {
		require.Zero(t, r.Code, r.Log)
	}
}

// engine is CometBFT's own mempool in front of the application, sized as the node's configuration sizes it.
func engine(t *testing.T, a *minapp.App, caps mempool.Config) *cmtmempool.CListMempool {
	t.Helper()
	const blockTxs, blockBytes = 50, 1 << 20
	size := caps.Engine(blockTxs, blockBytes)
	cfg := cmtcfg.DefaultMempoolConfig()
	cfg.Size, cfg.MaxTxsBytes, cfg.CacheSize = size.Txs, size.Bytes, 2*size.Txs
	conns := proxy.NewAppConns(proxy.NewLocalClientCreator(server.NewCometABCIWrapper(a.BaseApp)), proxy.NopMetrics())
	require.NoError(t, conns.Start())
	t.Cleanup(func() { _ = conns.Stop() })
	return cmtmempool.NewCListMempool(cfg, conns.Mempool(), 1)
}

func offer(t *testing.T, pool *cmtmempool.CListMempool, tx []byte) uint32 {
	t.Helper()
	var res *cmtabci.ResponseCheckTx
	err := pool.CheckTx(tx, func(r *cmtabci.ResponseCheckTx) { res = r }, cmtmempool.TxInfo{})
	require.NoError(t, err, "the engine's mempool is never full: %d transactions", pool.Size())
	return res.Code
}

// However either lane is flooded, and with ever dearer transactions, the engine's mempool has room for the other; and
// it forgets after a block what ours has given up.
func TestTheEngineIsNeverFull(t *testing.T) {
	caps := mempool.Config{MaxTxs: 20, MaxBytes: 1 << 20, LaneMaxTxs: 30, LaneMaxItems: 100_000, LaneMaxBytes: 1 << 20}
	a := minapp.New(t, minapp.Options{Accounts: 400, Mempool: &caps})
	pool := engine(t, a, caps)
	refused := 0
	for i := range 300 {
		if i%2 == 0 {
			a.Work.SetPay(i, uint64(i)) // each outranks those before
			if offer(t, pool, a.Sign(i, a.Submit(i, 0, minapp.Item(i, 1, true, true)))) != 0 {
				refused++
			}
		} else if offer(t, pool, a.Sign(i, a.Send(i, 0, int64(1+i)))) != 0 {
			refused++
		}
	}
	require.Positive(t, refused, "our pool refuses what exceeds its caps")
	lanes := func() int { return a.Pool.CountTx() }
	require.Greater(t, pool.Size(), lanes(), "the engine holds what gave way until it rechecks")

	block := [][]byte{a.Reveals.At(a.Height() + 1)}
	require.True(t, a.Process(block))
	results := a.Commit(block)
	pool.Lock()
	require.NoError(t, pool.Update(a.Height(), cmttypes.ToTxs(block), results, nil, nil))
	pool.Unlock()
	require.Equal(t, lanes(), pool.Size())
	require.Equal(t, caps.MaxTxs+caps.LaneMaxTxs, pool.Size())
	a.Work.SetPay(399, 1_000_000)
	require.Zero(t, offer(t, pool, a.Sign(399, a.Submit(399, 0, minapp.Item(399, 1, true, true)))), "better evidence finds room")
	require.Zero(t, offer(t, pool, a.Sign(398, a.Send(398, 0, 1_000_000))))
}

// A block leaves a bounded number of nonces of unordered transactions in the state.
func TestUnorderedNoncesABlock(t *testing.T) {
	a := minapp.New(t, minapp.Options{MaxBytes: 8 << 20, MaxGas: 2_000_000_000})
	block := [][]byte{a.Reveals.At(2)}
	for n := range jouleabci.MaxUnorderedNonces {
		tx := a.Send(n%4, 0, 1)
		tx.Timeout = minapp.Time(3).Add(timeoutStep(n))
		block = append(block, a.Sign(n%4, tx))
	}
	ordered := a.Sign(1, a.Send(1, 0, 1))
	require.True(t, a.Process(append(block, ordered)))
	more := a.Send(1, 0, 1)
	more.Timeout = minapp.Time(3).Add(timeoutStep(jouleabci.MaxUnorderedNonces))
	a.Log.Take()
	require.False(t, a.Process(append(block, a.Sign(1, more))))
	require.Contains(t, a.Log.Take(), "nonces of unordered transactions")
}
