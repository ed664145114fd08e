package keeper

import (
	"context"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/joulechain/joule/x/emissions/types"
)

// fundEscrow mints the validators' share into the escrow and extends the span of its release to as many blocks as the
// epoch had. A span that is still running is never shortened, so that a shorter epoch cannot hand a backlog to a few
// blocks.
func (k *Keeper) fundEscrow(ctx context.Context, amount math.Int, blocks uint64) (math.Int, error) {
	minted, err := k.mint(ctx, amount)
	if err != nil {
		return minted, err
	}
	if minted.IsPositive() {
		if err := k.bank.SendCoinsFromModuleToModule(ctx, types.ModuleName, types.EscrowName, coins(minted)); err != nil {
			return minted, err
		}
	}
	end, err := optional(k.EscrowEnd.Get(ctx))
	if err != nil {
		return minted, err
	}
	return minted, k.EscrowEnd.Set(ctx, max(end, sdk.UnwrapSDKContext(ctx).BlockHeight()+int64(blocks)))
}

// releaseEscrow sends floor(escrow / remaining blocks) to the fee collector; the span's last block gets what is left.
func (k *Keeper) releaseEscrow(ctx context.Context) error {
	held := k.moduleBalance(ctx, types.EscrowName)
	if !held.IsPositive() {
		return nil
	}
	end, err := optional(k.EscrowEnd.Get(ctx))
	if err != nil {
		return err
	}
	remaining := max(end-sdk.UnwrapSDKContext(ctx).BlockHeight()+1, 1)
	part := held.QuoRaw(remaining)
	if !part.IsPositive() {
		return nil
	}
	return k.bank.SendCoinsFromModuleToModule(ctx, types.EscrowName, authtypes.FeeCollectorName, coins(part))
}
