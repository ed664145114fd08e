package mempool

import (
	"cmp"
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
	held   map[txKey]priced
}

// priced is a held transaction with its priority, the gas price in millionths that CheckTx found.
type priced struct {
	tx       sdk.Tx
	priority int64
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
	l.held = make(map[txKey]priced)
}

// insert replaces a held transaction of the same key, which CheckTx can only have let pass after its nonce was free
// again. A full lane gives up a cheaper transaction for a dearer one.
func (l *payingLane) insert(ctx context.Context, key txKey, tx sdk.Tx, opt sdkmempool.InsertOption) error {
	if _, ok := l.held[key]; ok {
		l.remove(key)
	}
	priority := sdk.UnwrapSDKContext(ctx).Priority()
	if len(l.held) >= l.maxTxs {
		victim, ok := l.cheaper(key.signer, priority)
		if !ok {
			return sdkmempool.ErrMempoolTxMaxCapacity
		}
		l.remove(victim)
	}
	if err := l.pool.Insert(ctx, tx, opt); err != nil {
		return err
	}
	l.held[key] = priced{tx: tx, priority: priority}
	return nil
}

func (l *payingLane) contains(key txKey) bool {
	_, ok := l.held[key]
	return ok
}

func (l *payingLane) count() int { return len(l.held) }

func (l *payingLane) remove(key txKey) bool {
	held, ok := l.held[key]
	if !ok {
		return false
	}
	// The SDK's pool finds the transaction by the same key and knows no other error for one that it holds.
	_ = l.pool.Remove(held.tx)
	delete(l.held, key)
	if len(l.held) == 0 {
		l.reset()
	}
	return true
}

// cheaper finds what a full lane gives up for a transaction of the signer: the last nonce of the sender whose cheapest
// transaction is the cheapest of all, since without the earlier ones the later cannot execute. There is none unless
// that one is strictly cheaper: equals never push each other out, and nobody's own transactions do.
func (l *payingLane) cheaper(signer string, priority int64) (txKey, bool) {
	var (
		least txKey
		found bool
	)
	for key, h := range l.held {
		if key.signer == signer || h.priority >= priority {
			continue
		}
		if c := cmp.Compare(h.priority, l.held[least].priority); !found || c < 0 || c == 0 && key.compare(least) < 0 {
			least, found = key, true
		}
	}
	if !found {
		return txKey{}, false
	}
	last := least
	for key := range l.held {
		if key.signer == least.signer && key.unordered == least.unordered && key.nonce > last.nonce {
			last = key
		}
	}
	return last, true
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
