package abci

import (
	"errors"

	abci "github.com/cometbft/cometbft/abci/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/joulechain/joule/app/ante/lane"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// maxMisfits is how many transactions that do not fit are passed over before a lane counts as full: enough to fill the
// gaps, few enough to bound the search.
const maxMisfits = 64

// proposal is a block in the making.
type proposal struct {
	fill
	txs [][]byte
	// newcomerBytes and newcomerVerify are the newcomers' use of the lane, bounded by their part of it.
	newcomerBytes, newcomerVerify uint64
	newcomers                     int
	invalid                       []sdk.Tx
}

// prepare builds a block: transaction 0, paying transactions by price, the lane in its order. What fits is decided
// before a transaction runs, so that the state holds the effects of exactly the transactions chosen, as it will when the
// proposal is processed.
func (p *Proposals) prepare(ctx sdk.Context, req *abci.RequestPrepareProposal) (txs [][]byte) {
	b := &proposal{}
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
	// The engine's figure leaves room for the header and for evidence of misbehaviour, of which the state knows nothing;
	// the lane's share stays that of the whole block, which is what validators know.
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
	skipped := map[string]bool{}
	misfits := 0
	for _, tx := range p.Pool.PayingTxs(ctx) {
		if misfits >= maxMisfits {
			return
		}
		// A later sequence of a sender cannot run once an earlier one was left out.
		sender, ordered := orderedSender(tx.Tx)
		if ordered && skipped[sender] {
			continue
		}
		if !p.add(b, tx.Tx) {
			skipped[sender] = ordered
			misfits++
		}
	}
}

func (p *Proposals) addLane(ctx sdk.Context, b *proposal) {
	evidence, err := p.Pool.LaneTxs(ctx)
	if err != nil {
		ctx.Logger().Error("ordering the attestation lane failed", "err", err)
		return
	}
	misfits := 0
	for _, tx := range evidence {
		if misfits >= maxMisfits {
			return
		}
		cost := p.laneCost(b, tx.Tx)
		size := uint64(tx.Size)
		if tx.Newcomer && !b.admitsNewcomer(size, cost) {
			misfits++
			continue
		}
		if !p.add(b, tx.Tx) {
			misfits++
			continue
		}
		if tx.Newcomer {
			b.newcomers++
			b.newcomerBytes += size
			b.newcomerVerify += cost
		}
	}
}

func (p *Proposals) laneCost(b *proposal, tx sdk.Tx) uint64 {
	msg, ok := lane.Message(tx)
	if !ok {
		return 0
	}
	cost, err := worktypes.VerifyCost(msg, b.params)
	if err != nil {
		return 0
	}
	return cost
}

// admitsNewcomer keeps devices without settled work to their part of the lane; one batch is always welcome, since a
// chain starts with newcomers only.
func (b *proposal) admitsNewcomer(size, cost uint64) bool {
	if b.newcomers == 0 {
		return true
	}
	part := func(whole uint64) uint64 { return whole / bpsDenominator * uint64(b.params.Lane.NewcomerBps) }
	return b.newcomerBytes+size <= part(b.laneBytes) && b.newcomerVerify+cost <= part(b.verify)
}

// add puts a transaction into the block if it fits and its ante chain passes, and reports whether it did. One that can
// never pass is noted for removal.
func (p *Proposals) add(b *proposal, tx sdk.Tx) bool {
	encoded, err := p.Encode(tx)
	if err != nil {
		b.invalid = append(b.invalid, tx)
		return false
	}
	before := b.fill
	if err := b.fill.add(tx, encoded); err != nil {
		return false
	}
	if _, _, _, err := p.Runner.RunTx(sdk.ExecModePrepareProposal, encoded, tx, -1, nil, nil); err != nil {
		b.fill = before
		if !mayPassLater(err) {
			b.invalid = append(b.invalid, tx)
		}
		return false
	}
	b.txs = append(b.txs, encoded)
	return true
}

// mayPassLater tells failures that another block may heal: a sequence that waits for an earlier transaction, and items
// that another transaction of this block holds. A recheck after the block removes what has become void.
func mayPassLater(err error) bool {
	return errors.Is(err, sdkerrors.ErrWrongSequence) || errors.Is(err, worktypes.ErrNothingNew)
}
