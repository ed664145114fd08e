package mempool

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkmempool "github.com/cosmos/cosmos-sdk/types/mempool"

	"github.com/joulechain/joule/app/ante/lane"
)

// bpsDenominator is the number of basis points in a whole.
const bpsDenominator = 10_000

// entry is a pending lane transaction.
type entry struct {
	tx    sdkmempool.PooledTx
	size  int
	items []itemKey
	// units and device rank the batch by its poorest device: a rich one lifts nobody beside it.
	units  uint64
	device [deviceIDSize]byte
}

func (e *entry) newcomer() bool { return e.units == 0 }

// evidenceLane holds lane transactions within its caps. It is not safe for concurrent use.
type evidenceLane struct {
	cfg     Config
	entries map[txKey]*entry
	pending map[itemKey]int
	bytes   int
	// newcomers and newcomerBytes are those of batches with a device that has no settled units.
	newcomers     int
	newcomerBytes int
}

func newEvidenceLane(cfg Config) *evidenceLane {
	return &evidenceLane{cfg: cfg, entries: make(map[txKey]*entry), pending: make(map[itemKey]int)}
}

// newEntry ranks a lane transaction by the state.
func (p *Pool) newEntry(goCtx context.Context, tx sdk.Tx, opt sdkmempool.InsertOption) (*entry, uint32, error) {
	msg, ok := lane.Message(tx)
	if !ok || len(msg.Evidence) == 0 {
		return nil, 0, lane.ErrShape.Wrap("evidence must come as the transaction's only message")
	}
	items, err := itemKeys(msg)
	if err != nil {
		return nil, 0, err
	}
	size, err := p.encodedSize(goCtx, tx)
	if err != nil {
		return nil, 0, err
	}
	bps, err := p.state.NewcomerBps(goCtx)
	if err != nil {
		return nil, 0, err
	}
	e := &entry{tx: sdkmempool.NewPooledTx(tx, opt.GasWanted), size: size, items: items}
	for i := range items {
		units, err := p.state.LastSettledUnits(goCtx, msg.Evidence[i].WorkClass, items[i].device[:])
		if err != nil {
			return nil, 0, err
		}
		if i == 0 || units < e.units || units == e.units && string(items[i].device[:]) < string(e.device[:]) {
			e.units, e.device = units, items[i].device
		}
	}
	return e, bps, nil
}

func (p *Pool) encodedSize(goCtx context.Context, tx sdk.Tx) (int, error) {
	if ctx, ok := goCtx.(sdk.Context); ok && len(ctx.TxBytes()) > 0 {
		return len(ctx.TxBytes()), nil
	}
	bz, err := p.encode(tx)
	return len(bz), err
}

func (l *evidenceLane) contains(key txKey) bool {
	_, ok := l.entries[key]
	return ok
}

func (l *evidenceLane) count() int { return len(l.entries) }

// insert adds an entry or returns a named error and changes nothing. An entry of the same key is replaced.
func (l *evidenceLane) insert(key txKey, e *entry, newcomerBps uint32) error {
	old, replaced := l.entries[key]
	if replaced {
		l.remove(key)
	}
	err := l.admit(e.items, e.size)
	if err == nil && e.newcomer() {
		err = l.admitNewcomer(e.size, newcomerBps)
	}
	if err != nil {
		if replaced {
			l.add(key, old)
		}
		return err
	}
	l.add(key, e)
	return nil
}

func (l *evidenceLane) admit(items []itemKey, size int) error {
	if len(l.entries) >= l.cfg.LaneMaxTxs {
		return lane.ErrLaneFull.Wrapf("this node holds its maximum of %d lane transactions: try again after the next block", l.cfg.LaneMaxTxs)
	}
	if l.bytes+size > l.cfg.LaneMaxBytes {
		return lane.ErrLaneFull.Wrapf("this node holds %d bytes of lane transactions, %d more exceed its maximum of %d: try again after the next block",
			l.bytes, size, l.cfg.LaneMaxBytes)
	}
	for i, item := range items {
		if l.pending[item] >= MaxPendingPerItem {
			return lane.ErrItemPending.Wrapf("item %d: %d pending transactions already hold this device's phase %s of window %d",
				i, MaxPendingPerItem, item.phase, item.window)
		}
	}
	return nil
}

// admitNewcomer keeps devices without settled units, of which anyone can register many, to their part of both caps;
// one is always welcome.
func (l *evidenceLane) admitNewcomer(size int, bps uint32) error {
	if l.newcomers == 0 {
		return nil
	}
	maxTxs, maxBytes := share(l.cfg.LaneMaxTxs, bps), share(l.cfg.LaneMaxBytes, bps)
	if l.newcomers >= maxTxs || l.newcomerBytes+size > maxBytes {
		return lane.ErrNewcomersCap.Wrapf("%d transactions with %d bytes are pending, at most %d with %d bytes: try again after the next block",
			l.newcomers, l.newcomerBytes, maxTxs, maxBytes)
	}
	return nil
}

func share(whole int, bps uint32) int {
	return int(int64(whole) * int64(bps) / bpsDenominator)
}

func (l *evidenceLane) add(key txKey, e *entry) {
	l.entries[key] = e
	l.bytes += e.size
	for _, item := range e.items {
		l.pending[item]++
	}
	if e.newcomer() {
		l.newcomers++
		l.newcomerBytes += e.size
	}
}

func (l *evidenceLane) remove(key txKey) bool {
	e, ok := l.entries[key]
	if !ok {
		return false
	}
	delete(l.entries, key)
	l.bytes -= e.size
	for _, item := range e.items {
		if l.pending[item]--; l.pending[item] == 0 {
			delete(l.pending, item)
		}
	}
	if e.newcomer() {
		l.newcomers--
		l.newcomerBytes -= e.size
	}
	return true
}
