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

// NewPreBlocker runs the modules' pre-blockers (an upgrade first, so that the beacon meets migrated state), then
// verifies transaction 0 and writes the mix. Block sync and replay never run ProcessProposal, so that this is where
// every node verifies. No coins move here.
func NewPreBlocker(beacon MixKeeper, modules func(sdk.Context) (*sdk.ResponsePreBlock, error)) sdk.PreBlocker {
	return func(ctx sdk.Context, req *abci.RequestFinalizeBlock) (*sdk.ResponsePreBlock, error) {
		res, err := modules(ctx)
		if err != nil {
			return nil, err
		}
		if err := beacon.PreBlock(ctx, req.Txs, req.ProposerAddress); err != nil {
			return nil, err
		}
		return res, nil
	}
}
