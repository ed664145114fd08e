package mempool

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkmempool "github.com/cosmos/cosmos-sdk/types/mempool"
)

// payingLane is the SDK's priority mempool, ordered by price and, per sender, by nonce. It remembers which
// transactions it holds, and replaces the SDK's pool whenever it is empty, since that one keeps an index of every
// sender it ever saw.
type payingLane struct {
	maxTxs int
	pool   *sdkmempool.PriorityNonceMempool[int64]
	held   map[txKey]sdk.Tx
}

func newPayingLane(maxTxs int) *payingLane {
	l := &payingLane{maxTxs: maxTxs}
	l.reset()
	return l
}

func (l *payingLane) reset() {
	l.pool = sdkmempool.NewPriorityMempool(sdkmempool.PriorityNonceMempoolConfig[int64]{
		TxPriority:      sdkmempool.NewDefaultTxPriority(),
		SignerExtractor: signerAdapter{},
		MaxTx:           l.maxTxs,
	})
	l.held = make(map[txKey]sdk.Tx)
}

// insert replaces a held transaction of the same key, which CheckTx can only have let pass after its nonce was free again.
func (l *payingLane) insert(ctx context.Context, key txKey, tx sdk.Tx, opt sdkmempool.InsertOption) error {
	if _, ok := l.held[key]; ok {
		l.remove(key)
	}
	if err := l.pool.Insert(ctx, tx, opt); err != nil {
		return err
	}
	l.held[key] = tx
	return nil
}

func (l *payingLane) contains(key txKey) bool {
	_, ok := l.held[key]
	return ok
}

func (l *payingLane) count() int { return len(l.held) }

func (l *payingLane) remove(key txKey) bool {
	tx, ok := l.held[key]
	if !ok {
		return false
	}
	// The SDK's pool finds the transaction by the same key and knows no other error for one that it holds.
	_ = l.pool.Remove(tx)
	delete(l.held, key)
	if len(l.held) == 0 {
		l.reset()
	}
	return true
}

// ordered returns the transactions in the order in which a block takes them.
func (l *payingLane) ordered(ctx context.Context) []sdkmempool.PooledTx {
	txs := make([]sdkmempool.PooledTx, 0, len(l.held))
	l.pool.SelectBy(ctx, nil, func(tx sdkmempool.PooledTx) bool {
		txs = append(txs, tx)
		return true
	})
	return txs
}
