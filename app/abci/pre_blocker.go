package abci

import (
	"context"

	abci "github.com/cometbft/cometbft/abci/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// MixKeeper folds a block's reveal into the mix.
type MixKeeper interface {
	PreBlock(ctx context.Context, txs [][]byte, proposer []byte) error
}

// FeeCollector charges the fees of a block's transactions; nil stands for one without a fee.
type FeeCollector interface {
	Collect(ctx sdk.Context, txs []sdk.Tx)
}

// PreBlock are the parts of the pre-blocker; all are required.
type PreBlock struct {
	Verifier *PreVerifier
	// Modules runs the modules' pre-blockers.
	Modules func(sdk.Context) (*sdk.ResponsePreBlock, error)
	Beacon  MixKeeper
	Fees    FeeCollector
}

// NewPreBlocker returns what every node does before a block, in block sync and replay too, which never run
// ProcessProposal. The block's evidence is verified ahead; a node that has just processed the same proposal finds
// everything in its cache. Modules' pre-blockers run, an upgrade first, so that the others meet migrated state.
// Transaction 0 is verified and the mix written. Then the fees of all transactions are charged, in the block's order:
// here, and not between BeginBlock and the first transaction, because here the state is the one that ProcessProposal
// charged them on. Their events are those of their transactions' results; no other coins move here.
func NewPreBlocker(p PreBlock) sdk.PreBlocker {
	return func(ctx sdk.Context, req *abci.RequestFinalizeBlock) (*sdk.ResponsePreBlock, error) {
		txs := p.Verifier.decodeBlock(req.Txs)
		p.Verifier.preVerifyTxs(ctx, txs)
		res, err := p.Modules(ctx)
		if err != nil {
			return nil, err
		}
		if err := p.Beacon.PreBlock(ctx, req.Txs, req.ProposerAddress); err != nil {
			return nil, err
		}
		p.Fees.Collect(ctx, txs)
		return res, nil
	}
}
