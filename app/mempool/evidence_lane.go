package mempool

import (
	"fmt"
	"slices"

	"github.com/tidwall/btree"

	"github.com/joulechain/joule/app/ante/lane"
)

const (
	// bpsDenominator is the number of basis points in a whole.
	bpsDenominator = 10_000
	// maxVictims is how many transactions one may push out of a full lane.
	maxVictims = 64
)

// evidenceLane holds lane transactions within its caps. It is not safe for concurrent use.
type evidenceLane struct {
	cfg     Config
	entries map[txKey]*entry
	// holders are the entries that carry an item, by worktypes.Evidence.ItemKey.
	holders map[string][]*entry
	// settled and newcomers are the entries by strength, the strongest first.
	settled, newcomers part
}

// part is one of the lane's two queues.
type part struct {
	*btree.BTreeG[*entry]
	size laneSize
}

// laneSize is what the caps count.
type laneSize struct{ txs, items, bytes int }

func sizeOf(e *entry) laneSize { return laneSize{1, len(e.items), e.Size} }

func (s laneSize) plus(o laneSize) laneSize {
	return laneSize{s.txs + o.txs, s.items + o.items, s.bytes + o.bytes}
}

func (s laneSize) minus(o laneSize) laneSize {
	return laneSize{s.txs - o.txs, s.items - o.items, s.bytes - o.bytes}
}

func (s laneSize) within(limit laneSize) bool {
	return s.txs <= limit.txs && s.items <= limit.items && s.bytes <= limit.bytes
}

func (s laneSize) String() string {
	return fmt.Sprintf("%d transactions with %d items and %d bytes", s.txs, s.items, s.bytes)
}

func newPart() part {
	return part{BTreeG: btree.NewBTreeGOptions((*entry).before, btree.Options{NoLocks: true})}
}

func newEvidenceLane(cfg Config) *evidenceLane {
	return &evidenceLane{
		cfg: cfg, entries: make(map[txKey]*entry), holders: make(map[string][]*entry), settled: newPart(), newcomers: newPart(),
	}
}

func (l *evidenceLane) contains(key txKey) bool {
	_, ok := l.entries[key]
	return ok
}

func (l *evidenceLane) count() int { return len(l.entries) }

func (l *evidenceLane) size() laneSize { return l.settled.size.plus(l.newcomers.size) }

func (l *evidenceLane) caps() laneSize {
	return laneSize{l.cfg.LaneMaxTxs, l.cfg.LaneMaxItems, l.cfg.LaneMaxBytes}
}

func (l *evidenceLane) partOf(e *entry) *part {
	if e.Newcomer {
		return &l.newcomers
	}
	return &l.settled
}

// replace adds an entry in place of those that plan found for it.
func (l *evidenceLane) replace(e *entry, out []*entry) {
	for _, victim := range out {
		l.remove(victim.key)
	}
	l.entries[e.key] = e
	for _, item := range e.items {
		l.holders[item] = append(l.holders[item], e)
	}
	part := l.partOf(e)
	part.Set(e)
	part.size = part.size.plus(sizeOf(e))
}

// plan finds what must leave for an entry: one of the same key, and weaker ones where a cap asks for it. It returns a
// named error where there is no room.
func (l *evidenceLane) plan(e *entry, newcomerBps uint32) (out []*entry, err error) {
	out = make([]*entry, 0, 1)
	if old, ok := l.entries[e.key]; ok {
		out = append(out, old)
	}
	if out, err = l.planItems(e, out); err != nil {
		return nil, err
	}
	if e.Newcomer {
		if out, err = l.planNewcomer(e, out, newcomerBps); err != nil {
			return nil, err
		}
	}
	for {
		size := l.size().plus(sizeOf(e))
		for _, victim := range out {
			size = size.minus(sizeOf(victim))
		}
		if size.within(l.caps()) {
			return out, nil
		}
		victim := l.settled.weakest(out)
		// A newcomer within its part takes the place of any other; the rest only those of weaker ones.
		if victim == nil || len(out) >= maxVictims || !e.Newcomer && !e.stronger(victim) {
			return nil, lane.ErrLaneFull.Wrapf("this node holds %s, at most %s, and none that ranks below this one: try again after the next block",
				l.size(), l.caps())
		}
		out = append(out, victim)
	}
}

// planItems keeps to MaxPendingPerItem. Copies that rank low, or that wait for another transaction of their relayer,
// give way to a better one: nobody keeps evidence out by carrying it badly.
func (l *evidenceLane) planItems(e *entry, out []*entry) ([]*entry, error) {
	for i, item := range e.items {
		var weakest *entry
		holders := 0
		for _, h := range l.holders[item] {
			if slices.Contains(out, h) {
				continue
			}
			holders++
			if weakest == nil || weakest.before(h) {
				weakest = h
			}
		}
		if holders < MaxPendingPerItem {
			continue
		}
		if !e.stronger(weakest) {
			return nil, lane.ErrItemPending.Wrapf("item %d: %d pending transactions already hold this device's evidence for the window", i, holders)
		}
		out = append(out, weakest)
	}
	return out, nil
}

// planNewcomer keeps devices without recent pay, of which anyone can register many, to their part of both caps; there
// the higher bond goes first. One is always welcome.
func (l *evidenceLane) planNewcomer(e *entry, out []*entry, bps uint32) ([]*entry, error) {
	caps := laneSize{share(l.cfg.LaneMaxTxs, bps), share(l.cfg.LaneMaxItems, bps), share(l.cfg.LaneMaxBytes, bps)}
	for {
		size := l.newcomers.size
		for _, victim := range out {
			if victim.Newcomer {
				size = size.minus(sizeOf(victim))
			}
		}
		if size.txs == 0 || size.plus(sizeOf(e)).within(caps) {
			return out, nil
		}
		victim := l.newcomers.weakest(out)
		if victim == nil || len(out) >= maxVictims || !e.stronger(victim) {
			return nil, lane.ErrNewcomersCap.Wrapf("newcomers have %s pending, at most %s, and none that has less bond for its cost: try again after the next block",
				l.newcomers.size, caps)
		}
		out = append(out, victim)
	}
}

// weakest is the last entry that is not among those that leave already; nil if there is none.
func (p *part) weakest(out []*entry) (last *entry) {
	p.Reverse(func(e *entry) bool {
		if slices.Contains(out, e) {
			return true
		}
		last = e
		return false
	})
	return last
}

func share(whole int, bps uint32) int {
	return int(int64(whole) * int64(bps) / bpsDenominator)
}

func (l *evidenceLane) remove(key txKey) bool {
	e, ok := l.entries[key]
	if !ok {
		return false
	}
	delete(l.entries, key)
	for _, item := range e.items {
		rest := slices.DeleteFunc(l.holders[item], func(h *entry) bool { return h == e })
		if len(rest) == 0 {
			delete(l.holders, item)
		} else {
			l.holders[item] = rest
		}
	}
	part := l.partOf(e)
	part.Delete(e)
	part.size = part.size.minus(sizeOf(e))
	return true
}
