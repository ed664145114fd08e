// Package mempool is the node's application-side mempool: a paying lane ordered by price, and an evidence lane ordered
// by rank, each capped in count and bytes, so that neither crowds out the other (protocol section 3). Its content is
// the node's own; consensus never depends on it.
package mempool

import (
	"context"
	"errors"
	"sync"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkmempool "github.com/cosmos/cosmos-sdk/types/mempool"

	"github.com/joulechain/joule/app/ante/lane"
)

// MaxPendingPerItem is how many pending transactions may hold one item: one may fail later, so that refusing the second
// would let a relayer erase another's evidence.
const MaxPendingPerItem = 3

// Pool is the two-lane mempool. It is safe for concurrent use.
type Pool struct {
	cfg     Config
	state   LaneState
	encode  sdk.TxEncoder
	signers signerAdapter

	mtx       sync.Mutex
	paying    *payingLane
	lane      *evidenceLane
	displaced displaced
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
	return &Pool{
		cfg: cfg, state: state, encode: encode, paying: newPayingLane(cfg), lane: newEvidenceLane(cfg),
		displaced: displaced{discarded: make(map[txKey]bool)},
	}, nil
}

// Insert takes a transaction that passed CheckTx; ctx is its context. Errors are lane.ErrLaneFull,
// lane.ErrNewcomersCap, lane.ErrItemPending and the SDK's ErrMempoolTxMaxCapacity; each makes CheckTx refuse it.
func (p *Pool) Insert(ctx context.Context, tx sdk.Tx, opt sdkmempool.InsertOption) error {
	pending, err := p.pendingOf(ctx, tx, opt)
	if err != nil {
		return err
	}
	if !lane.Carries(tx) {
		p.mtx.Lock()
		defer p.mtx.Unlock()
		err := p.insertPaying(ctx, pending)
		p.report(err)
		return err
	}
	// The state is read outside the lock: it may come from disk.
	e, bps, err := p.newEntry(ctx, pending)
	if err != nil {
		return err
	}
	p.mtx.Lock()
	defer p.mtx.Unlock()
	err = p.insertEvidence(ctx, e, bps)
	p.report(err)
	return err
}

func (p *Pool) insertPaying(ctx context.Context, pending Pending) error {
	if p.paying.full(pending) && !p.displaced.room(ctx, p.cfg.MaxTxs, p.cfg.MaxBytes) {
		return sdkmempool.ErrMempoolTxMaxCapacity
	}
	out, err := p.paying.insert(ctx, pending)
	for _, victim := range out {
		p.displaced.add(victim)
	}
	return err
}

func (p *Pool) insertEvidence(ctx context.Context, e *entry, bps uint32) error {
	out, err := p.lane.plan(e, bps)
	if err != nil {
		return err
	}
	if len(out) > 0 && !p.displaced.room(ctx, p.cfg.MaxTxs, p.cfg.MaxBytes) {
		return lane.ErrLaneFull.Wrap("too many transactions gave way to better ones since the last block: try again after the next one")
	}
	p.lane.replace(e, out)
	for _, victim := range out {
		p.displaced.add(victim.Pending)
	}
	return nil
}

// Restore keeps a transaction that passed a recheck: one that FinalizeBlock or an abandoned optimistic execution took
// out comes back. An error means that it has lost its place, to a better one or because a proposal found it invalid;
// the consensus engine must then forget it too, or its own mempool would fill with what nobody proposes.
func (p *Pool) Restore(ctx sdk.Context, tx sdk.Tx, opt sdkmempool.InsertOption) error {
	key, err := p.signers.key(tx)
	if err != nil {
		return err
	}
	p.mtx.Lock()
	held, gone := p.paying.contains(key) || p.lane.contains(key), p.displaced.forget(key)
	p.mtx.Unlock()
	switch {
	case gone:
		return sdkmempool.ErrTxNotFound
	case held:
		return nil
	}
	return p.Insert(ctx, tx, opt)
}

// Discard takes out a transaction that a proposal found invalid; its next recheck fails.
func (p *Pool) Discard(pending Pending) {
	p.mtx.Lock()
	defer p.mtx.Unlock()
	if p.paying.remove(pending.key) || p.lane.remove(pending.key) {
		p.displaced.discard(pending)
		p.report(nil)
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

// Admit tells whether a new lane transaction could be inserted, before its signatures and evidence cost anything: a
// flood meets it first. It passes paying transactions.
func (p *Pool) Admit(ctx sdk.Context, tx sdk.Tx) error {
	if !lane.Carries(tx) {
		return nil
	}
	pending, err := p.pendingOf(ctx, tx, sdkmempool.InsertOption{})
	if err != nil {
		return err
	}
	e, bps, err := p.newEntry(ctx, pending)
	if err != nil {
		return err
	}
	p.mtx.Lock()
	defer p.mtx.Unlock()
	_, err = p.lane.plan(e, bps)
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
	p.displaced.forget(key)
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

// PayingSize returns the paying lane's count and bytes.
func (p *Pool) PayingSize() (txs, bytes int) {
	p.mtx.Lock()
	defer p.mtx.Unlock()
	return p.paying.count(), p.paying.bytes
}

// LaneSize returns the evidence lane's count and bytes.
func (p *Pool) LaneSize() (txs, bytes int) {
	p.mtx.Lock()
	defer p.mtx.Unlock()
	return p.lane.count(), p.lane.size().bytes
}
