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
	maxTxs, maxBytes int
	pool             *sdkmempool.PriorityNonceMempool[int64]
	held             map[txKey]priced
	byTx             map[sdk.Tx]txKey
	bytes            int
}

// priced is a held transaction with its priority, the gas price in millionths that CheckTx found.
type priced struct {
	Pending
	priority int64
}

func newPayingLane(cfg Config) *payingLane {
	l := &payingLane{maxTxs: cfg.MaxTxs, maxBytes: cfg.MaxBytes}
	l.reset()
	return l
}

func (l *payingLane) reset() {
	l.pool = sdkmempool.NewPriorityMempool(sdkmempool.PriorityNonceMempoolConfig[int64]{
		TxPriority:      sdkmempool.NewDefaultTxPriority(),
		SignerExtractor: signerAdapter{},
	})
	l.held = make(map[txKey]priced)
	l.byTx = make(map[sdk.Tx]txKey)
}

// full tells whether something must leave for a transaction.
func (l *payingLane) full(p Pending) bool {
	return l.contains(p.key) || len(l.held) >= l.maxTxs || l.bytes+p.Size > l.maxBytes
}

// insert replaces a held transaction of the same key, which CheckTx can only have let pass after its nonce was free
// again. A full lane gives up cheaper transactions for a dearer one; they are returned.
func (l *payingLane) insert(ctx context.Context, p Pending) (out []Pending, err error) {
	priority := sdk.UnwrapSDKContext(ctx).Priority()
	txs, bytes := len(l.held), l.bytes
	leaves := map[txKey]bool{}
	give := func(key txKey) {
		leaves[key] = true
		txs, bytes = txs-1, bytes-l.held[key].Size
		out = append(out, l.held[key].Pending)
	}
	if l.contains(p.key) {
		give(p.key)
	}
	for txs >= l.maxTxs || bytes+p.Size > l.maxBytes {
		victim, ok := l.cheaper(p.key.signer, priority, leaves)
		if !ok || len(out) >= maxVictims {
			return nil, sdkmempool.ErrMempoolTxMaxCapacity
		}
		give(victim)
	}
	for key := range leaves {
		l.remove(key)
	}
	if err := l.pool.Insert(ctx, p.Tx, sdkmempool.InsertOption{GasWanted: p.GasWanted}); err != nil {
		return out, err
	}
	l.held[p.key] = priced{Pending: p, priority: priority}
	l.byTx[p.Tx] = p.key
	l.bytes += p.Size
	return out, nil
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
	_ = l.pool.Remove(held.Tx)
	delete(l.held, key)
	delete(l.byTx, held.Tx)
	l.bytes -= held.Size
	if len(l.held) == 0 {
		l.reset()
	}
	return true
}

// cheaper finds what a full lane gives up for a transaction of the signer, besides what leaves already: the last nonce
// of the sender whose cheapest transaction is the cheapest of all, since without the earlier ones the later cannot
// execute. There is none unless that one is strictly cheaper: equals never push each other out, and nobody's own
// transactions do.
func (l *payingLane) cheaper(signer string, priority int64, leaves map[txKey]bool) (txKey, bool) {
	var (
		least txKey
		found bool
	)
	for key, h := range l.held {
		if leaves[key] || key.signer == signer || h.priority >= priority {
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
		if !leaves[key] && key.signer == least.signer && key.unordered == least.unordered && key.nonce > last.nonce {
			last = key
		}
	}
	return last, true
}

// ordered returns the transactions in the order in which a block takes them.
func (l *payingLane) ordered(ctx context.Context) []Pending {
	txs := make([]Pending, 0, len(l.held))
	l.pool.SelectBy(ctx, nil, func(tx sdkmempool.PooledTx) bool {
		txs = append(txs, l.held[l.byTx[tx.Tx]].Pending)
		return true
	})
	return txs
}
