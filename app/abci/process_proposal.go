package abci

import (
	"errors"

	abci "github.com/cometbft/cometbft/abci/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/app/ante/lane"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
)

// process returns why a proposal must be rejected. Cheap checks come first: transaction 0, decoding, the limits; then
// evidence is verified in parallel, which only fills the cache; then every transaction's ante chain runs in order.
func (p *Proposals) process(ctx sdk.Context, req *abci.RequestProcessProposal) error {
	if err := p.Reveals.Check(ctx, req.Txs, req.Height, req.ProposerAddress); err != nil {
		return err
	}
	block := fill{limits: newLimits(ctx)}
	rest := req.Txs
	if len(rest) > 0 && beacontypes.IsRevealTx(rest[0]) {
		size := blockSize(rest[0])
		if size > block.bytes {
			return ErrBlockBytes.Wrapf("transaction 0 has %d bytes", size)
		}
		block.usedBytes = size
		rest = rest[1:]
	}
	txs, err := p.decodeAll(ctx, &block, rest)
	if err != nil {
		return err
	}
	p.PreVerifier.preVerifyTxs(ctx, txs)
	for i, tx := range txs {
		if _, _, _, err := p.Runner.RunTx(sdk.ExecModeProcessProposal, rest[i], tx, -1, nil, nil); err != nil {
			return err
		}
	}
	block.report()
	return nil
}

// decodeAll decodes the transactions and counts them against the limits. It reads the lane's parameters for the first
// evidence: a block without any must not be refused because a node cannot read them.
func (p *Proposals) decodeAll(ctx sdk.Context, block *fill, encoded [][]byte) ([]sdk.Tx, error) {
	txs := make([]sdk.Tx, len(encoded))
	for i, bz := range encoded {
		tx, err := p.Decode(bz)
		if err != nil {
			return nil, ErrUndecodable.Wrapf("transaction of %d bytes: %s", len(bz), err)
		}
		if !lane.HasFee(tx) {
			return nil, ErrUndecodable.Wrapf("transaction of %d bytes has no fee field", len(bz))
		}
		if block.params == nil && lane.Carries(tx) {
			params, err := p.Work.GetParams(ctx)
			if err != nil {
				return nil, ErrLaneClosed.Wrap(err.Error())
			}
			block.openLane(params)
		}
		if err := block.add(tx, blockSize(bz)); err != nil {
			return nil, err
		}
		txs[i] = tx
	}
	return txs, nil
}

// rejection maps an error to one of few label values.
func rejection(err error) string {
	switch {
	case errors.Is(err, ErrBlockBytes), errors.Is(err, ErrPayingGas), errors.Is(err, ErrUnordered):
		return "block_limits"
	case errors.Is(err, ErrLaneBytes), errors.Is(err, ErrLaneGas), errors.Is(err, ErrLaneBudget), errors.Is(err, ErrLaneOrder), errors.Is(err, ErrLaneClosed):
		return "lane_limits"
	case errors.Is(err, ErrUndecodable):
		return "undecodable"
	default:
		return "transaction"
	}
}
