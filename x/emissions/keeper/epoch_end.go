package keeper

import (
	"context"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/emissions/types"
)

// endEpoch sets the epoch's budget from the reserve and mints its two unconditional parts: the validators' to the
// escrow, the community's to the pool.
func (k *Keeper) endEpoch(ctx context.Context, epoch beacontypes.Epoch) error {
	e, found, err := k.epochAccount(ctx, epoch.Number)
	if err != nil {
		return err
	}
	if !found {
		if e, err = k.openEpoch(ctx, epoch); err != nil {
			return err
		}
	}
	if e.Ended {
		return types.ErrAccountingBroken.Wrapf("epoch %d ends twice", e.Epoch)
	}
	supply, err := k.Supply.Get(ctx)
	if err != nil {
		return err
	}
	e.Ended, e.EndHeight = true, sdk.UnwrapSDKContext(ctx).BlockHeight()
	e.Reserve = math.MaxInt(supply.Reserve(), math.ZeroInt())
	e.Budget = types.Budget(e.Reserve, e.Blocks, e.Params.SpeedBps)
	if e.Validators, err = k.fundEscrow(ctx, types.Part(e.Budget, e.Params.ValidatorsBps), e.Blocks); err != nil {
		return err
	}
	if e.Community, err = k.fundCommunity(ctx, types.Part(e.Budget, e.Params.CommunityBps)); err != nil {
		return err
	}
	if err := k.Epochs.Set(ctx, e.Epoch, e); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventEpochEnded{
		Epoch: e.Epoch, Budget: e.Budget.String(), Validators: e.Validators.String(), Community: e.Community.String(),
	})
}

func (k *Keeper) fundCommunity(ctx context.Context, amount math.Int) (math.Int, error) {
	minted, err := k.mint(ctx, amount)
	if err != nil || !minted.IsPositive() {
		return minted, err
	}
	return minted, k.pool.FundCommunityPool(ctx, coins(minted), k.accounts.GetModuleAddress(types.ModuleName))
}
