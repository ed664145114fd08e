package mempool

import (
	"context"

	sdkmempool "github.com/cosmos/cosmos-sdk/types/mempool"
)

// iterator walks a snapshot, so that transactions may be removed meanwhile.
type iterator struct{ txs []sdkmempool.PooledTx }

func (it iterator) Next() sdkmempool.Iterator {
	if len(it.txs) <= 1 {
		return nil
	}
	return iterator{it.txs[1:]}
}

func (it iterator) Tx() sdkmempool.PooledTx { return it.txs[0] }

// Select returns the evidence lane in its order, then the paying transactions; nil when there are none. The given
// transactions are ignored.
func (p *Pool) Select(ctx context.Context, _ [][]byte) sdkmempool.Iterator {
	txs := p.snapshot(ctx)
	if len(txs) == 0 {
		return nil
	}
	return iterator{txs}
}

// SelectBy calls back with each transaction of Select until the callback returns false.
func (p *Pool) SelectBy(ctx context.Context, _ [][]byte, callback func(sdkmempool.PooledTx) bool) {
	for _, tx := range p.snapshot(ctx) {
		if !callback(tx) {
			return
		}
	}
}

func (p *Pool) snapshot(ctx context.Context) []sdkmempool.PooledTx {
	// Without a mix or parameters the lane has no order and waits for a block that knows them.
	evidence, _ := p.LaneTxs(ctx)
	paying := p.PayingTxs(ctx)
	txs := make([]sdkmempool.PooledTx, 0, len(evidence)+len(paying))
	for _, e := range append(evidence, paying...) {
		txs = append(txs, e.PooledTx)
	}
	return txs
}
