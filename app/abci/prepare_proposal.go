package abci

import (
	"errors"

	abci "github.com/cometbft/cometbft/abci/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/joulechain/joule/app/ante/lane"
	"github.com/joulechain/joule/app/mempool"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	// maxMisfits is how many transactions that do not fit are passed over before a lane counts as full: enough to fill
	// the gaps, few enough to bound the search.
	maxMisfits = 64
	// maxFailures bounds how many transactions may fail their ante chain while a lane is filled: each costs a
	// signature.
	maxFailures = 1_000
)

// proposal is a block in the making.
type proposal struct {
	fill
	txs [][]byte
	// newcomerBytes and newcomerVerify are the newcomers' use of the lane, bounded by their part of it.
	newcomerBytes, newcomerVerify uint64
	newcomers                     int
	// held are the evidence items that the block carries, by worktypes.Evidence.ItemKey.
	held map[string]bool
	// skipped are the signers of whom an ordered transaction was left out of the lane that is being filled: no later
	// one of theirs can run.
	skipped map[string]bool
	invalid []sdk.Tx
}

// prepare builds a block: transaction 0, paying transactions by price, the lane in its order. What fits is decided
// before a transaction runs, so that the state holds the effects of exactly the transactions chosen, as it will when
// the proposal is processed.
func (p *Proposals) prepare(ctx sdk.Context, req *abci.RequestPrepareProposal) (txs [][]byte) {
	b := &proposal{held: map[string]bool{}, skipped: map[string]bool{}}
	defer func() {
		if r := recover(); r != nil {
			ctx.Logger().Error("preparing a proposal failed", "height", req.Height, "panic", r)
			txs = b.txs
		}
	}()
	reveal := p.Reveals.Build(ctx, req.Height, req.ProposerAddress)
	if reveal != nil {
		b.txs = append(b.txs, reveal)
	}
	params, err := p.Work.GetParams(ctx)
	if err != nil {
		ctx.Logger().Error("reading the lane's parameters failed", "height", req.Height, "err", err)
		return b.txs
	}
	b.limits = newLimits(ctx, params)
	// The engine's figure leaves room for the header and for evidence of misbehaviour, of which the state knows
	// nothing; the lane's share stays that of the whole block, which is what validators know.
	b.bytes = min(b.bytes, uint64(max(0, req.MaxTxBytes)))
	if reveal != nil {
		b.usedBytes = min(b.bytes, blockSize(reveal))
	}
	p.addPaying(ctx, b)
	p.addLane(ctx, b)
	for _, tx := range b.invalid {
		_ = p.Pool.Remove(tx)
	}
	setGauge("block_bytes", float32(b.usedLane))
	setGauge("block_items", float32(b.laneItems))
	setGauge("block_verify_us", float32(b.usedVerify))
	return b.txs
}

func (p *Proposals) addPaying(ctx sdk.Context, b *proposal) {
	var s search
	for _, tx := range p.Pool.PayingTxs(ctx) {
		if s.over() {
			return
		}
		s.count(p.add(b, tx.Tx))
	}
}

func (p *Proposals) addLane(ctx sdk.Context, b *proposal) {
	evidence, err := p.Pool.LaneTxs(ctx)
	if err != nil {
		ctx.Logger().Error("ordering the attestation lane failed", "err", err)
		return
	}
	// A signer whose paying transaction waits for its evidence was skipped above; its evidence must not be.
	clear(b.skipped)
	p.PreVerifier.preVerifyTxs(ctx, p.firstChoice(b, evidence))
	var s search
	for _, tx := range evidence {
		if s.over() {
			return
		}
		msg, cost := laneCost(b, tx.Tx)
		size := uint64(tx.Size)
		if msg == nil || b.holdsAll(msg) || tx.Newcomer && !b.admitsNewcomer(size, cost) {
			b.skip(tx.Tx)
			continue
		}
		result := p.add(b, tx.Tx)
		s.count(result)
		if result != added {
			continue
		}
		b.hold(msg)
		if tx.Newcomer {
			b.newcomers++
			b.newcomerBytes += size
			b.newcomerVerify += cost
		}
	}
}

// firstChoice are the transactions that the lane's budget would hold if all of them were good: those worth verifying
// ahead.
func (p *Proposals) firstChoice(b *proposal, evidence []mempool.LaneTx) []sdk.Tx {
	var txs []sdk.Tx
	left := b.verify
	for _, tx := range evidence {
		msg, cost := laneCost(b, tx.Tx)
		if msg == nil || cost > left {
			break
		}
		left -= cost
		txs = append(txs, tx.Tx)
	}
	return txs
}

// laneCost returns the batch and its cost, or nil if it has none under the current parameters.
func laneCost(b *proposal, tx sdk.Tx) (*worktypes.MsgSubmitWork, uint64) {
	msg, ok := lane.Message(tx)
	if !ok {
		return nil, 0
	}
	cost, err := worktypes.VerifyCost(msg, b.params)
	if err != nil {
		return nil, 0
	}
	return msg, cost
}

// holdsAll tells a batch of which the block carries everything already, without running it.
func (b *proposal) holdsAll(msg *worktypes.MsgSubmitWork) bool {
	for _, e := range msg.Evidence {
		if !b.held[string(e.ItemKey())] {
			return false
		}
	}
	return true
}

func (b *proposal) hold(msg *worktypes.MsgSubmitWork) {
	for _, e := range msg.Evidence {
		b.held[string(e.ItemKey())] = true
	}
}

// skip notes that a transaction was left out.
func (b *proposal) skip(tx sdk.Tx) {
	if signer, ordered := orderedSender(tx); ordered {
		b.skipped[signer] = true
	}
}

// admitsNewcomer keeps devices without settled work to their part of the lane; one batch is always welcome, since a
// chain starts with newcomers only.
func (b *proposal) admitsNewcomer(size, cost uint64) bool {
	if b.newcomers == 0 {
		return true
	}
	// At most 100 MiB times 10^4: no overflow.
	part := func(whole uint64) uint64 { return whole * uint64(b.params.Lane.NewcomerBps) / bpsDenominator }
	return b.newcomerBytes+size <= part(b.laneBytes) && b.newcomerVerify+cost <= part(b.verify)
}

// outcome is what became of a transaction that was tried.
type outcome int

const (
	added outcome = iota
	// misfit: there is no room for it.
	misfit
	// failed: its ante chain refuses it.
	failed
	// held back: an earlier transaction of its signer was left out.
	heldBack
)

// search bounds the work of filling a lane.
type search struct{ misfits, failures int }

func (s *search) count(o outcome) {
	switch o {
	case misfit:
		s.misfits++
	case failed:
		s.failures++
	}
}

func (s *search) over() bool { return s.misfits >= maxMisfits || s.failures >= maxFailures }

// add puts a transaction into the block if it fits and its ante chain passes. One that can never pass is noted for
// removal.
func (p *Proposals) add(b *proposal, tx sdk.Tx) outcome {
	if signer, ordered := orderedSender(tx); ordered && b.skipped[signer] {
		return heldBack
	}
	result := p.try(b, tx)
	if result != added {
		b.skip(tx)
	}
	return result
}

func (p *Proposals) try(b *proposal, tx sdk.Tx) outcome {
	encoded, err := p.Encode(tx)
	if err != nil {
		b.invalid = append(b.invalid, tx)
		return failed
	}
	before := b.fill
	if err := b.fill.add(tx, encoded); err != nil {
		return misfit
	}
	if _, _, _, err := p.Runner.RunTx(sdk.ExecModePrepareProposal, encoded, tx, -1, nil, nil); err != nil {
		b.fill = before
		if !mayPassLater(err) {
			b.invalid = append(b.invalid, tx)
		}
		return failed
	}
	b.txs = append(b.txs, encoded)
	return added
}

// mayPassLater tells failures that another block may heal: a sequence that waits for an earlier transaction, and items
// that another transaction of this block holds. A recheck after the block removes what has become void.
func mayPassLater(err error) bool {
	return errors.Is(err, sdkerrors.ErrWrongSequence) || errors.Is(err, worktypes.ErrNothingNew)
}
