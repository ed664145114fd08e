// Package mempool is the node's application-side mempool: a paying lane ordered by price, and an evidence lane that is
// capped in count and bytes, so that free transactions never crowd out paying ones (protocol section 3). Its content is
// the node's own; consensus never depends on it.
package mempool

import (
	"context"
	"errors"
	"fmt"
	"sync"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkmempool "github.com/cosmos/cosmos-sdk/types/mempool"

	"github.com/joulechain/joule/app/ante/lane"
)

// MaxPendingPerItem is how many pending transactions may hold one (device, window, phase): one may fail later, so
// that refusing the second would let a relayer erase another's evidence.
const MaxPendingPerItem = 3

// Config bounds the mempool.
type Config struct {
	// MaxTxs bounds the paying transactions. At least 1.
	MaxTxs int
	// LaneMaxTxs and LaneMaxBytes bound the evidence lane. At least 1.
	LaneMaxTxs   int
	LaneMaxBytes int
}

// Validate names the field that is out of range.
func (c Config) Validate() error {
	for _, f := range []struct {
		name  string
		value int
	}{{"MaxTxs", c.MaxTxs}, {"LaneMaxTxs", c.LaneMaxTxs}, {"LaneMaxBytes", c.LaneMaxBytes}} {
		if f.value < 1 {
			return fmt.Errorf("mempool: %s is %d, must be at least 1", f.name, f.value)
		}
	}
	return nil
}

// Pool is the two-lane mempool. It is safe for concurrent use.
type Pool struct {
	cfg     Config
	state   LaneState
	encode  sdk.TxEncoder
	signers signerAdapter

	mtx    sync.Mutex
	paying *payingLane
	lane   *evidenceLane
}

var _ sdkmempool.ExtMempool = (*Pool)(nil)

// New returns an empty mempool.
func New(cfg Config, state LaneState, encode sdk.TxEncoder) (*Pool, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if state == nil || encode == nil {
		return nil, errors.New("mempool: the lane's state and the transaction encoder are required")
	}
	return &Pool{cfg: cfg, state: state, encode: encode, paying: newPayingLane(cfg.MaxTxs), lane: newEvidenceLane(cfg)}, nil
}

// Insert takes a transaction that passed CheckTx; ctx is its context. Errors are lane.ErrLaneFull,
// lane.ErrNewcomersCap, lane.ErrItemPending and the SDK's ErrMempoolTxMaxCapacity; each makes CheckTx refuse it.
func (p *Pool) Insert(ctx context.Context, tx sdk.Tx, opt sdkmempool.InsertOption) error {
	key, err := p.signers.key(tx)
	if err != nil {
		return err
	}
	if !lane.Carries(tx) {
		p.mtx.Lock()
		defer p.mtx.Unlock()
		err := p.paying.insert(ctx, key, tx, opt)
		p.report(err)
		return err
	}
	// The state is read outside the lock: it may come from disk.
	e, bps, err := p.newEntry(ctx, tx, opt)
	if err != nil {
		return err
	}
	p.mtx.Lock()
	defer p.mtx.Unlock()
	err = p.lane.insert(key, e, bps)
	p.report(err)
	return err
}

// Restore inserts a transaction that is still pending but has left the pool. A pool without room stays as it is: the
// consensus engine holds the transaction and offers it again after the next block.
func (p *Pool) Restore(ctx sdk.Context, tx sdk.Tx, opt sdkmempool.InsertOption) {
	if !p.Contains(tx) {
		_ = p.Insert(ctx, tx, opt)
	}
}

// Contains reports whether a transaction of the same first signer and nonce is pending.
func (p *Pool) Contains(tx sdk.Tx) bool {
	key, err := p.signers.key(tx)
	if err != nil {
		return false
	}
	p.mtx.Lock()
	defer p.mtx.Unlock()
	return p.paying.contains(key) || p.lane.contains(key)
}

// Admit tells whether a new lane transaction of the size could be inserted, before its evidence costs anything: a flood
// meets it first. Newcomers' share is not known without state and left to Insert.
func (p *Pool) Admit(tx sdk.Tx, size int) error {
	msg, ok := lane.Message(tx)
	if !ok {
		return nil
	}
	items, err := itemKeys(msg)
	if err != nil {
		return err
	}
	p.mtx.Lock()
	defer p.mtx.Unlock()
	err = p.lane.admit(items, size)
	p.report(err)
	return err
}

// Remove takes a transaction out. It returns the SDK's ErrTxNotFound, which FinalizeBlock ignores, for every
// transaction that is not there, also for one without signers: the result of a block must not depend on the pool.
func (p *Pool) Remove(tx sdk.Tx) error {
	key, err := p.signers.key(tx)
	if err != nil {
		return sdkmempool.ErrTxNotFound
	}
	p.mtx.Lock()
	defer p.mtx.Unlock()
	inPaying, inLane := p.paying.remove(key), p.lane.remove(key)
	if !inPaying && !inLane {
		return sdkmempool.ErrTxNotFound
	}
	p.report(nil)
	return nil
}

// RemoveWithReason is Remove.
func (p *Pool) RemoveWithReason(_ context.Context, tx sdk.Tx, _ sdkmempool.RemoveReason) error {
	return p.Remove(tx)
}

// CountTx returns the number of pending transactions of both lanes.
func (p *Pool) CountTx() int {
	p.mtx.Lock()
	defer p.mtx.Unlock()
	return p.paying.count() + p.lane.count()
}

// LaneSize returns the evidence lane's count and bytes.
func (p *Pool) LaneSize() (txs, bytes int) {
	p.mtx.Lock()
	defer p.mtx.Unlock()
	return p.lane.count(), p.lane.bytes
}
