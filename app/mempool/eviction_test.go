package mempool_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdkmempool "github.com/cosmos/cosmos-sdk/types/mempool"

	"github.com/joulechain/joule/app/ante/lane"
	"github.com/joulechain/joule/app/internal/minapp"
	"github.com/joulechain/joule/app/mempool"
)

func TestAFullPayingLaneGivesUpTheCheapest(t *testing.T) {
	b := newBench(t, mempool.Config{MaxTxs: 3, MaxBytes: 8 << 20, LaneMaxTxs: 1, LaneMaxItems: 100_000, LaneMaxBytes: 2_000})
	first, second, other := b.pay(0, 0, 2), b.pay(0, 1, 7), b.pay(1, 0, 5)
	for _, p := range []pooled{first, second, other} {
		require.NoError(t, b.insert(p))
	}

	equal := b.pay(2, 0, 2)
	require.ErrorIs(t, b.insert(equal), sdkmempool.ErrMempoolTxMaxCapacity, "equals never push each other out")
	own := b.pay(0, 2, 9)
	require.ErrorIs(t, b.insert(b.pay(1, 1, 2)), sdkmempool.ErrMempoolTxMaxCapacity)

	// Sender 0's first transaction is the cheapest; its second goes, which could not execute without it.
	dear := b.pay(3, 0, 3)
	require.NoError(t, b.insert(dear))
	require.True(t, b.Pool.Contains(first.tx))
	require.False(t, b.Pool.Contains(second.tx))
	require.True(t, b.Pool.Contains(other.tx))
	require.True(t, b.Pool.Contains(dear.tx))
	require.Equal(t, 3, b.Pool.CountTx())

	require.NoError(t, b.insert(own), "a sender may push out another sender's")
	require.False(t, b.Pool.Contains(dear.tx))
	require.True(t, b.Pool.Contains(first.tx), "but never its own")

	// What was pushed out may come back when there is room, as CometBFT offers it again after a block.
	require.NoError(t, b.Pool.Remove(other.tx))
	require.NoError(t, b.Pool.Restore(b.Ctx().WithTxBytes(dear.bytes).WithPriority(dear.price), dear.tx, sdkmempool.InsertOption{GasWanted: 1}))
	require.True(t, b.Pool.Contains(dear.tx))
}

// A full evidence lane gives up what ranks lowest, newcomers among themselves what has less bond for its cost; copies
// that wait for their relayer's other transactions keep nothing out.
func TestAFullEvidenceLaneGivesUpTheWeakest(t *testing.T) {
	b := newBench(t, mempool.Config{MaxTxs: 9, MaxBytes: 1 << 20, LaneMaxTxs: 10, LaneMaxItems: 100_000, LaneMaxBytes: 1 << 20})
	for i := range 20 {
		b.Work.SetPay(i, uint64(100+i))
		b.Work.SetBond(100+i, uint64(1_000+i))
	}
	var first []pooled
	for i := range 8 {
		first = append(first, b.evidence(i, 0, item(i, 1)))
		require.NoError(t, b.insert(first[i]))
	}
	cheap, dear := b.evidence(20, 0, item(100, 1)), b.evidence(21, 0, item(101, 1))
	require.NoError(t, b.insert(cheap))
	require.NoError(t, b.insert(dear))
	require.ErrorIs(t, b.insert(b.evidence(22, 0, item(99, 1))), lane.ErrNewcomersCap, "no bond")
	better := b.evidence(23, 0, item(105, 1))
	require.NoError(t, b.insert(better))
	require.False(t, b.Pool.Contains(cheap.tx), "the newcomer with the least bond")

	require.NoError(t, b.insert(b.evidence(24, 0, item(9, 1))))
	require.False(t, b.Pool.Contains(first[0].tx), "the least paid")
	require.True(t, b.Pool.Contains(better.tx), "newcomers keep their part")
	b.Work.SetPay(50, 100)
	require.ErrorIs(t, b.insert(b.evidence(25, 0, item(50, 1))), lane.ErrLaneFull)
	require.NoError(t, b.insert(b.evidence(26, 0, item(15, 1), item(16, 1))))
	require.ErrorIs(t, b.insert(b.evidence(27, 0, item(15, 2), item(50, 2))), lane.ErrLaneFull, "a batch ranks as its poorest item")

	// Enough has given way for one block: at most as much as the paying lane holds.
	full := 0
	for i := range 12 {
		b.Work.SetPay(200+i, uint64(10_000+i))
		if b.insert(b.evidence(30+i, 0, item(200+i, 1))) != nil {
			full++
		}
	}
	require.Equal(t, 6, full)
}

func TestWaitingCopiesKeepNothingOut(t *testing.T) {
	b := newBench(t, mempool.Config{MaxTxs: 9, MaxBytes: 1 << 20, LaneMaxTxs: 10, LaneMaxItems: 100_000, LaneMaxBytes: 1 << 20})
	b.Work.SetPay(1, 100)
	for i := range mempool.MaxPendingPerItem {
		require.NoError(t, b.insert(b.evidence(0, uint64(1+i), item(1, 1))))
	}
	require.ErrorIs(t, b.insert(b.evidence(1, 0, item(1, 1))), lane.ErrItemPending, "no better than they are")
	own := b.Submit(2, 0, item(1, 1))
	own.Timeout = minapp.Time(3)
	require.NoError(t, b.insert(b.pooled(2, own, 0, item(1, 1))), "an unordered one waits for nothing")

	weak := newBench(t, mempool.Config{MaxTxs: 9, MaxBytes: 1 << 20, LaneMaxTxs: 40, LaneMaxItems: 100_000, LaneMaxBytes: 1 << 20})
	weak.Work.SetPay(1, 100)
	for i := range mempool.MaxPendingPerItem {
		require.NoError(t, weak.insert(weak.evidence(i, 0, item(1, 1), item(90, 1))), "beside a newcomer's item")
	}
	require.NoError(t, weak.insert(weak.evidence(5, 0, item(1, 1))))
}
