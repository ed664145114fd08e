package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/emissions/types"
)

// closeEpochs ends the claim windows that are over, oldest first and a bounded number a boundary; what their pools
// still hold becomes the classes' carry.
func (k *Keeper) closeEpochs(ctx context.Context, current uint64) error {
	next, err := optional(k.NextClose.Get(ctx))
	if err != nil {
		return err
	}
	next = max(next, 1)
	for range types.MaxClosesPerBoundary {
		e, found, err := k.epochAccount(ctx, next)
		if err != nil {
			return err
		}
		if !found && next < current {
			// An epoch before the module's first one has no account and nothing to close.
			next++
			continue
		}
		if !e.Frozen || e.FreezeEpoch+e.Params.ClaimWindowEpochs > current {
			break
		}
		if err := k.closeEpoch(ctx, e); err != nil {
			return err
		}
		next++
	}
	return k.NextClose.Set(ctx, next)
}

func (k *Keeper) closeEpoch(ctx context.Context, e types.EpochEmission) error {
	for _, c := range e.Classes {
		left, err := k.work.CloseTally(ctx, c.WorkClass, e.Epoch)
		if err != nil {
			return err
		}
		state, err := k.Classes.Get(ctx, int32(c.WorkClass))
		if err != nil {
			return err
		}
		state.Carry = state.Carry.Add(left)
		if err := k.Classes.Set(ctx, int32(c.WorkClass), state); err != nil {
			return err
		}
		if err := sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventEpochClosed{
			Epoch: e.Epoch, WorkClass: c.WorkClass, Carried: left.String(),
		}); err != nil {
			return err
		}
	}
	e.Closed = true
	return k.Epochs.Set(ctx, e.Epoch, e)
}
