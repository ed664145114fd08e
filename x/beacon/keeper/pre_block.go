package keeper

import (
	"context"
	"errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/beacon/vrf"
)

// PreBlock folds the block's reveal into the mix, counts a miss, prunes the history and closes genesis. It runs before
// every module's BeginBlock, in block sync as well, where ProcessProposal never ran.
//
// A reveal that fails here stands in a block that validators with over two thirds of the power accepted against the
// rules. The block is final, so the result must be one for all: it counts as no reveal and as a miss. An error means
// broken state only.
func (k *Keeper) PreBlock(ctx context.Context, txs [][]byte, proposer []byte) error {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	expected, err := k.Expect(ctx, sdkCtx.BlockHeight(), proposer)
	if err != nil {
		return err
	}
	output, err := expected.Verify(txs)
	if err != nil {
		sdkCtx.Logger().Error("beacon: a final block breaks the reveal's rules; it counts as a miss",
			"height", expected.Height, "operator", expected.Address, "err", err)
	}
	params, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	mix := types.Mix{Height: expected.Height, Mix: vrf.NextMix(expected.PreviousMix, output), Revealed: output != nil}
	if err := k.setMix(ctx, mix, params.MixHistoryBlocks); err != nil {
		return err
	}
	if err := k.genesisOpen.Remove(ctx); err != nil {
		return err
	}
	count := k.recordMiss
	if mix.Revealed {
		count = k.recordReveal
	}
	return errors.Join(
		sdkCtx.EventManager().EmitTypedEvent(&types.EventMixUpdated{Height: mix.Height, Mix: mix.Mix, Revealed: mix.Revealed}),
		count(sdkCtx, expected, params),
	)
}
