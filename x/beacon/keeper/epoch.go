package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/beacon/types"
)

// Params returns the parameters.
func (k *Keeper) Params(ctx context.Context) (types.Params, error) { return k.params.Get(ctx) }

// CurrentEpoch returns the epoch of the block that executes. After the EndBlock of an epoch's last block it is the next
// one.
func (k *Keeper) CurrentEpoch(ctx context.Context) (types.Epoch, error) { return k.epoch.Get(ctx) }

// EpochNumber returns the current epoch's number; it counts from 1.
func (k *Keeper) EpochNumber(ctx context.Context) (uint64, error) {
	epoch, err := k.epoch.Get(ctx)
	return epoch.Number, err
}

// IsEpochEnd tells whether the block that executes is the last of its epoch. It holds until the beacon's own EndBlock.
func (k *Keeper) IsEpochEnd(ctx context.Context) (bool, error) {
	epoch, err := k.epoch.Get(ctx)
	if err != nil {
		return false, err
	}
	return sdk.UnwrapSDKContext(ctx).BlockHeight() >= epoch.End(), nil
}

// EndBlock starts the next epoch after the last block of one, with the length that the parameters give now.
// It runs after every other module's, which still see the ending epoch.
func (k *Keeper) EndBlock(ctx context.Context) error {
	ends, err := k.IsEpochEnd(ctx)
	if err != nil || !ends {
		return err
	}
	epoch, err := k.epoch.Get(ctx)
	if err != nil {
		return err
	}
	params, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	next := epoch.Next(sdkCtx.BlockHeight(), params.EpochBlocks)
	if err := k.epoch.Set(ctx, next); err != nil {
		return err
	}
	return sdkCtx.EventManager().EmitTypedEvent(&types.EventEpochStarted{
		Number: next.Number, StartHeight: next.StartHeight, Blocks: next.Blocks,
	})
}
