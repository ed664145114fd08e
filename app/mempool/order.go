package mempool

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"slices"
)

// orderDomain separates the lane's order from every other use of a mix.
const orderDomain = "joule/app/lane/order/v1"

type rankedEntry struct {
	*entry
	hash [sha256.Size]byte
}

// PayingTxs returns the paying transactions in the order in which a block takes them.
func (p *Pool) PayingTxs(ctx context.Context) []Pending {
	p.mtx.Lock()
	defer p.mtx.Unlock()
	return p.paying.ordered(ctx)
}

// LaneTxs returns the evidence lane in its order: pay per cost descending, then bond per cost, then SHA-256(domain ‖
// mix ‖ device). Newcomers, who have no pay, rank last and are woven in so that, as long as others wait, they hold at
// most their part of the bytes of every prefix, and a full lane still lets them in.
func (p *Pool) LaneTxs(ctx context.Context) ([]Pending, error) {
	seed, err := p.state.OrderSeed(ctx)
	if err != nil {
		return nil, err
	}
	params, err := p.state.GetParams(ctx)
	if err != nil {
		return nil, err
	}
	p.mtx.Lock()
	ranked := make([]rankedEntry, 0, len(p.lane.entries))
	for _, e := range p.lane.entries {
		ranked = append(ranked, rankedEntry{entry: e})
	}
	p.mtx.Unlock()
	sortByRank(ranked, seed)
	return inSequence(weave(ranked, params.Lane.NewcomerBps)), nil
}

func sortByRank(ranked []rankedEntry, seed []byte) {
	buf := make([]byte, 0, len(orderDomain)+len(seed)+deviceIDSize)
	for i, e := range ranked {
		buf = append(append(append(buf[:0], orderDomain...), seed...), e.rank.device[:]...)
		ranked[i].hash = sha256.Sum256(buf)
	}
	slices.SortFunc(ranked, func(a, b rankedEntry) int {
		if c := b.rank.compare(a.rank); c != 0 {
			return c
		}
		if c := bytes.Compare(a.hash[:], b.hash[:]); c != 0 {
			return c
		}
		// One device's batches: commitments and openings of older windows first, which end first.
		if c := cmp.Or(cmp.Compare(a.window, b.window), cmp.Compare(a.phase, b.phase)); c != 0 {
			return c
		}
		return a.key.compare(b.key)
	})
}

func weave(ranked []rankedEntry, bps uint32) []Pending {
	split := slices.IndexFunc(ranked, func(e rankedEntry) bool { return e.Newcomer })
	if split < 0 {
		split = len(ranked)
	}
	settled, newcomers := ranked[:split], ranked[split:]
	out := make([]Pending, 0, len(ranked))
	var total, newcomerBytes int64
	take := func(e rankedEntry) {
		out = append(out, e.Pending)
		total += int64(e.Size)
		if e.Newcomer {
			newcomerBytes += int64(e.Size)
		}
	}
	for len(settled) > 0 {
		if len(newcomers) > 0 {
			size := int64(newcomers[0].Size)
			if (newcomerBytes+size)*bpsDenominator <= (total+size)*int64(bps) {
				take(newcomers[0])
				newcomers = newcomers[1:]
				continue
			}
		}
		take(settled[0])
		settled = settled[1:]
	}
	for _, e := range newcomers {
		take(e)
	}
	return out
}

// inSequence moves each transaction that its signer's sequence puts after another one behind that one: a block could
// not take it before. Nothing moves forward, so that a relayer gains no place by it.
func inSequence(txs []Pending) []Pending {
	bySigner := make(map[string][]uint64)
	for _, tx := range txs {
		if !tx.key.unordered {
			bySigner[tx.key.signer] = append(bySigner[tx.key.signer], tx.key.nonce)
		}
	}
	for _, nonces := range bySigner {
		slices.Sort(nonces)
	}
	waiting := make(map[txKey]Pending)
	out := make([]Pending, 0, len(txs))
	for _, tx := range txs {
		if tx.key.unordered {
			out = append(out, tx)
			continue
		}
		waiting[tx.key] = tx
		for nonces := bySigner[tx.key.signer]; len(nonces) > 0; nonces = nonces[1:] {
			next, ok := waiting[txKey{signer: tx.key.signer, nonce: nonces[0]}]
			if !ok {
				break
			}
			out = append(out, next)
			bySigner[tx.key.signer] = nonces[1:]
		}
	}
	return out
}
