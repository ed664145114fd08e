package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/joulechain/joule/x/emissions/types"
)

// FeeParams are the prices of block space; the ante chain asks for them.
func (k *Keeper) FeeParams(ctx context.Context) (types.FeeParams, error) {
	params, err := k.Params.Get(ctx)
	return params.Fees, err
}

// settleFees burns a part of the block's fees and hands the rest to the fee collector, from which x/distribution pays
// validators in the next block. Only fees come into the account, so that nothing else is ever burned with them.
func (k *Keeper) settleFees(ctx context.Context) error {
	fees := k.moduleBalance(ctx, types.FeesName)
	if !fees.IsPositive() {
		return nil
	}
	params, err := k.FeeParams(ctx)
	if err != nil {
		return err
	}
	burned := params.Burned(fees)
	if burned.IsPositive() {
		if err := k.burnFrom(ctx, types.FeesName, coins(burned)); err != nil {
			return err
		}
		account, err := k.addresses.BytesToString(k.accounts.GetModuleAddress(types.FeesName))
		if err != nil {
			return err
		}
		if err := sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventBurned{Sender: account, Amount: burned.String()}); err != nil {
			return err
		}
	}
	rest := fees.Sub(burned)
	if !rest.IsPositive() {
		return nil
	}
	return k.bank.SendCoinsFromModuleToModule(ctx, types.FeesName, authtypes.FeeCollectorName, coins(rest))
}
