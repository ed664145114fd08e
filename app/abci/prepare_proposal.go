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

// proposal is a block in the making.
type proposal struct {
	fill
	txs [][]byte
	// newcomerBytes and newcomerVerify are the newcomers' use of the lane, bounded by their part of it.
	newcomerBytes, newcomerVerify uint64
	newcomers                     int
	// held are the evidence items that the block carries, by worktypes.Evidence.ItemKey.
	held map[string]bool
	// queue tells whose turn it is among each signer's transactions.
	queue sequences
}

// prepare builds a block: transaction 0, the evidence lane in its order, paying transactions by price. What fits is
// decided before a transaction runs, so that the state holds the effects of exactly the transactions chosen, in the
// order in which they stand in the block, as it will when the proposal is processed.
func (p *Proposals) prepare(ctx sdk.Context, req *abci.RequestPrepareProposal) (txs [][]byte) {
	b := &proposal{held: map[string]bool{}}
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
	b.limits = newLimits(ctx)
	// The engine's figure leaves room for the header and for evidence of misbehaviour, of which the state knows
	// nothing. The lane's share is one of the lesser figure too, so that paying transactions have theirs.
	b.bytes = min(b.bytes, uint64(max(0, req.MaxTxBytes)))
	if reveal != nil {
		b.usedBytes = min(b.bytes, blockSize(reveal))
	}
	evidence, paying := p.evidence(ctx, b), p.Pool.PayingTxs(ctx)
	b.queue = newSequences(evidence, paying)
	p.addLane(ctx, b, evidence)
	p.addPaying(b, paying)
	b.report()
	return b.txs
}

// evidence opens the lane and returns what waits for it; nothing where the state cannot be read, which must not keep
// paying transactions out: an upgrade may be about to migrate the parameters.
func (p *Proposals) evidence(ctx sdk.Context, b *proposal) []mempool.Pending {
	params, err := p.Work.GetParams(ctx)
	if err != nil {
		ctx.Logger().Error("reading the evidence lane's parameters failed", "err", err)
		return nil
	}
	txs, err := p.Pool.LaneTxs(ctx)
	if err != nil {
		ctx.Logger().Error("ordering the evidence lane failed", "err", err)
		return nil
	}
	b.openLane(params)
	return txs
}

func (p *Proposals) addPaying(b *proposal, paying []mempool.Pending) {
	var s search
	for _, tx := range paying {
		if s.over() {
			return
		}
		result, cost := p.add(b, tx), uint64(1+len(tx.Nonces))*relayerCost
		s.count(result, cost)
	}
}

func (p *Proposals) addLane(ctx sdk.Context, b *proposal, evidence []mempool.Pending) {
	p.PreVerifier.preVerifyTxs(ctx, p.firstChoice(b, evidence))
	var s search
	for _, tx := range evidence {
		if s.over() || b.laneIsFull() {
			return
		}
		msg, cost := laneCost(b, tx.Tx)
		size := blockSizeOf(tx.Size)
		if msg == nil || tx.Newcomer && !b.admitsNewcomer(size, cost) || b.holdsAll(msg) {
			continue
		}
		result := p.add(b, tx)
		s.count(result, cost)
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
func (p *Proposals) firstChoice(b *proposal, evidence []mempool.Pending) []sdk.Tx {
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
	cost, err := worktypes.VerifyCost(msg, *b.params)
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

// admitsNewcomer keeps devices without recent pay to their part of the lane; one batch is always welcome, since a chain
// starts with newcomers only.
func (b *proposal) admitsNewcomer(size, cost uint64) bool {
	if b.newcomers == 0 {
		return true
	}
	// At most 100 MiB times 10^4: no overflow.
	part := func(whole uint64) uint64 { return whole * uint64(b.params.Lane.NewcomerBps) / bpsDenominator }
	return b.newcomerBytes+size <= part(b.laneBytes) && b.newcomerVerify+cost <= part(b.verify)
}

// add puts a transaction into the block if its turn has come, it fits and its ante chain passes. One that can never
// pass leaves the pool.
func (p *Proposals) add(b *proposal, tx mempool.Pending) outcome {
	if !b.queue.isNext(tx) {
		return heldBack
	}
	before := b.fill
	if err := b.fill.add(tx.Tx, blockSizeOf(tx.Size)); err != nil {
		return misfit
	}
	encoded, err := p.Encode(tx.Tx)
	if err == nil && len(encoded) == tx.Size {
		_, _, _, err = p.Runner.RunTx(sdk.ExecModePrepareProposal, encoded, tx.Tx, -1, nil, nil)
	} else if err == nil {
		err = sdkerrors.ErrTxDecode
	}
	if err != nil {
		b.fill = before
		if !mayPassLater(err) {
			p.Pool.Discard(tx)
		}
		return failed
	}
	b.queue.placed(tx)
	b.txs = append(b.txs, encoded)
	return added
}

// mayPassLater tells failures that another block may heal: a sequence that waits for an earlier transaction, and items
// that another transaction of this block holds. A recheck after the block removes what has become void.
func mayPassLater(err error) bool {
	return errors.Is(err, sdkerrors.ErrWrongSequence) || errors.Is(err, worktypes.ErrNothingNew) || errors.Is(err, worktypes.ErrTooStale)
}
