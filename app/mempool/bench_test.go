package mempool_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/app/mempool"
)

func fill(b *testing.B, n int) (bench, []pooled) {
	b.Helper()
	f := newBench(b, mempool.Config{MaxTxs: 2 * n, MaxBytes: 8 << 20, LaneMaxTxs: 2 * n, LaneMaxItems: 100_000, LaneMaxBytes: 1 << 30})
	txs := make([]pooled, n)
	for i := range txs {
		f.Work.SetPay(i, uint64(1+i%97))
		if i%2 == 0 {
			txs[i] = f.pay(i%60, uint64(i), int64(i%50))
		} else {
			txs[i] = f.evidence(i%60, uint64(i), item(i, 1))
		}
	}
	return f, txs
}

func BenchmarkInsertAndRemove(b *testing.B) {
	f, txs := fill(b, 2_000)
	b.ResetTimer()
	for i := range b.N {
		tx := txs[i%len(txs)]
		require.NoError(b, f.insert(tx))
		require.NoError(b, f.Pool.Remove(tx.tx))
	}
}

func BenchmarkSelect(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f, txs := fill(b, n)
			for _, tx := range txs {
				require.NoError(b, f.insert(tx))
			}
			b.ResetTimer()
			for range b.N {
				require.Len(b, f.order(), n)
			}
		})
	}
}
