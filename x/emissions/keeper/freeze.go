package keeper

import (
	"context"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// freezeEpoch fixes what an epoch's verified units are paid, by the parameters of that epoch's start: per class a pool,
// from the carry first, then minted.
func (k *Keeper) freezeEpoch(ctx context.Context, epoch, current uint64) error {
	e, found, err := k.epochAccount(ctx, epoch)
	if err != nil {
		return err
	}
	if !found {
		// An epoch before the module's first one had no budget: its evidence, if any, pays nothing.
		return k.work.FreezeEpoch(ctx, epoch, nil)
	}
	if !e.Ended || e.Frozen {
		return types.ErrAccountingBroken.Wrapf("epoch %d cannot be frozen: ended %t, frozen %t", epoch, e.Ended, e.Frozen)
	}
	before, _, err := k.epochAccount(ctx, epoch-1)
	if err != nil {
		return err
	}
	pools := make([]worktypes.ClassPool, 0, len(e.Params.Classes))
	e.Classes = make([]types.ClassEmission, 0, len(e.Params.Classes))
	for _, share := range e.Params.Classes {
		c, err := k.fundClass(ctx, e, before, share)
		if err != nil {
			return err
		}
		e.Classes = append(e.Classes, c)
		pools = append(pools, worktypes.ClassPool{Class: share.WorkClass, Pool: c.Pool})
	}
	if err := k.work.FreezeEpoch(ctx, epoch, pools); err != nil {
		return err
	}
	e.Frozen, e.FreezeHeight, e.FreezeEpoch = true, sdk.UnwrapSDKContext(ctx).BlockHeight(), current
	if err := k.Epochs.Set(ctx, epoch, e); err != nil {
		return err
	}
	return emitSettled(ctx, e)
}

// fundClass sets one class's pool and moves its baseline on.
func (k *Keeper) fundClass(ctx context.Context, e, before types.EpochEmission, share types.ClassShare) (types.ClassEmission, error) {
	units, err := k.work.Units(ctx, share.WorkClass, e.Epoch)
	if err != nil {
		return types.ClassEmission{}, err
	}
	state, err := k.stateForEpoch(ctx, e, before, share)
	if err != nil {
		return types.ClassEmission{}, err
	}
	baseline := types.Baseline(state.ScheduledBaseline, state.TrailingUnits)
	pool := types.Pool(e.Budget, share.ShareBps, units, baseline)
	carried := math.MinInt(state.Carry, pool)
	minted, err := k.mint(ctx, pool.Sub(carried))
	if err != nil {
		return types.ClassEmission{}, err
	}
	account := types.ClassEmission{
		WorkClass: share.WorkClass, ShareBps: share.ShareBps, Units: units, Baseline: baseline,
		Pool: carried.Add(minted), FromCarry: carried, Minted: minted,
		ScheduledBaseline: state.ScheduledBaseline, TrailingUnits: state.TrailingUnits,
	}
	state.Carry = state.Carry.Sub(carried)
	state.Advance(units, share, e.Params.TrailingEpochs)
	return account, k.Classes.Set(ctx, int32(share.WorkClass), state)
}

// stateForEpoch is the class's state as the epoch sees it.
func (k *Keeper) stateForEpoch(ctx context.Context, e, before types.EpochEmission, share types.ClassShare) (types.ClassState, error) {
	known, err := k.Classes.Has(ctx, int32(share.WorkClass))
	if err != nil || !known {
		return types.NewClassState(share), err
	}
	state, err := k.Classes.Get(ctx, int32(share.WorkClass))
	if err != nil || before.Epoch == 0 {
		return state, err
	}
	state.Enter(e, before, share)
	return state, nil
}

func emitSettled(ctx context.Context, e types.EpochEmission) error {
	events := sdk.UnwrapSDKContext(ctx).EventManager()
	for _, c := range e.Classes {
		if err := events.EmitTypedEvent(&types.EventEpochSettled{
			Epoch: e.Epoch, WorkClass: c.WorkClass, Units: c.Units.String(), Pool: c.Pool.String(), Minted: c.Minted.String(),
		}); err != nil {
			return err
		}
	}
	return nil
}
