package mempool_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdkmempool "github.com/cosmos/cosmos-sdk/types/mempool"

	"github.com/joulechain/joule/app/mempool"
)

func TestAFullPayingLaneGivesUpTheCheapest(t *testing.T) {
	b := newBench(t, mempool.Config{MaxTxs: 3, MaxBytes: 8 << 20, LaneMaxTxs: 1, LaneMaxBytes: 2_000})
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
