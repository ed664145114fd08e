package mempool

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"math/bits"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkmempool "github.com/cosmos/cosmos-sdk/types/mempool"

	"github.com/joulechain/joule/app/ante/lane"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Nonce is a signer with the sequence that a transaction needs of it.
type Nonce struct {
	Signer   string
	Sequence uint64
}

// Pending is a waiting transaction with what a proposer must know of it before encoding or running it.
type Pending struct {
	sdkmempool.PooledTx
	// Size is the encoded size in bytes.
	Size int
	// Nonces are the signers' sequences in order of signature; none of an unordered transaction.
	Nonces []Nonce
	// Newcomer tells evidence of a device without pay in the last two settled epochs; false for paying transactions.
	Newcomer bool

	key txKey
}

// entry is a pending lane transaction.
type entry struct {
	Pending
	// items are the batch's, by worktypes.Evidence.ItemKey.
	items []string
	rank  rank
	// window and phase are the first item's; they order one device's batches.
	window uint64
	phase  worktypes.Phase
}

// rank is a batch's strength: that of its poorest item, since a rich device lifts nobody beside it. Stale items of the
// batch can therefore lower its rank and never raise it.
type rank struct {
	// pay and bond are the device's, in millionths of ujoule per cost unit of its evidence for one window.
	pay, bond uint64
	device    [deviceIDSize]byte
}

// compare is positive where r goes before other. Equal ranks are told apart by hash, or not at all.
func (r rank) compare(other rank) int {
	if c := cmp.Compare(r.pay, other.pay); c != 0 {
		return c
	}
	return cmp.Compare(r.bond, other.bond)
}

// stronger tells whether e may push other out of a full lane. Of equals an unordered transaction is stronger: an
// ordered one may wait for another one of its relayer for ever.
func (e *entry) stronger(other *entry) bool {
	if c := e.rank.compare(other.rank); c != 0 {
		return c > 0
	}
	return e.key.unordered && !other.key.unordered
}

// before is a total order: the strongest first, then by key.
func (e *entry) before(other *entry) bool {
	if e.stronger(other) || other.stronger(e) {
		return e.stronger(other)
	}
	return e.key.compare(other.key) < 0
}

// newEntry ranks a lane transaction by the state. The second value is the newcomers' part in basis points.
func (p *Pool) newEntry(goCtx context.Context, pending Pending) (*entry, uint32, error) {
	msg, ok := lane.Message(pending.Tx)
	if !ok || len(msg.Evidence) == 0 {
		return nil, 0, lane.ErrShape.Wrap("evidence must come as the transaction's only message")
	}
	params, err := p.state.GetParams(goCtx)
	if err != nil {
		return nil, 0, err
	}
	e := &entry{Pending: pending, items: make([]string, len(msg.Evidence)), window: msg.Evidence[0].Window, phase: msg.Evidence[0].Phase}
	var last worktypes.Evidence
	var standing Standing
	for i, item := range msg.Evidence {
		if len(item.DeviceId) != deviceIDSize {
			return nil, 0, lane.ErrShape.Wrapf("item %d: device id has %d bytes, want %d", i, len(item.DeviceId), deviceIDSize)
		}
		e.items[i] = string(item.ItemKey())
		if i == 0 || item.WorkClass != last.WorkClass || !bytes.Equal(item.DeviceId, last.DeviceId) {
			if standing, err = p.state.Standing(goCtx, item.WorkClass, item.DeviceId); err != nil {
				return nil, 0, err
			}
			last = item
		}
		cost, err := windowCost(item, params)
		if err != nil {
			return nil, 0, err
		}
		r := rank{pay: perCost(standing.Pay, cost), bond: perCost(standing.Bond, cost), device: [deviceIDSize]byte(item.DeviceId)}
		if c := r.compare(e.rank); i == 0 || c < 0 || c == 0 && bytes.Compare(r.device[:], e.rank.device[:]) < 0 {
			e.rank = r
		}
	}
	e.Newcomer = e.rank.pay == 0
	return e, params.Lane.NewcomerBps, nil
}

// windowCost is what a device's evidence for one window costs the lane: of a commitment also the opening to come, of an
// opening also its commitment. A commitment alone is cheap, and would else push out the openings without which it is a
// fault.
func windowCost(e worktypes.Evidence, params worktypes.Params) (uint64, error) {
	items := []worktypes.Evidence{e}
	switch e.Phase {
	case worktypes.PHASE_COMMIT:
		items = append(items, worktypes.Evidence{WorkClass: e.WorkClass, Phase: worktypes.PHASE_OPEN})
	case worktypes.PHASE_OPEN:
		items = append(items, worktypes.Evidence{WorkClass: e.WorkClass, Phase: worktypes.PHASE_COMMIT})
	}
	return worktypes.VerifyCost(&worktypes.MsgSubmitWork{Evidence: items}, params)
}

// perCost is amount · 10^6 / cost, at most 2^64 − 1; cost is positive.
func perCost(amount, cost uint64) uint64 {
	const scale = 1_000_000
	hi, lo := bits.Mul64(amount, scale)
	if hi >= cost {
		return math.MaxUint64
	}
	quotient, _ := bits.Div64(hi, lo, cost)
	return quotient
}

// pendingOf describes a transaction; ctx is CheckTx's and knows the encoded bytes.
func (p *Pool) pendingOf(goCtx context.Context, tx sdk.Tx, opt sdkmempool.InsertOption) (Pending, error) {
	signers, err := p.signers.GetSigners(tx)
	if err != nil {
		return Pending{}, err
	}
	pending := Pending{PooledTx: sdkmempool.NewPooledTx(tx, opt.GasWanted)}
	if pending.key, err = keyOf(tx, signers); err != nil {
		return Pending{}, err
	}
	if !pending.key.unordered {
		pending.Nonces = make([]Nonce, len(signers))
		for i, s := range signers {
			pending.Nonces[i] = Nonce{Signer: string(s.Signer), Sequence: s.Sequence}
		}
	}
	if ctx, ok := goCtx.(sdk.Context); ok && len(ctx.TxBytes()) > 0 {
		pending.Size = len(ctx.TxBytes())
		return pending, nil
	}
	bz, err := p.encode(tx)
	pending.Size = len(bz)
	return pending, err
}
