package keeper

import (
	"context"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	vestexported "github.com/cosmos/cosmos-sdk/x/auth/vesting/exported"

	"github.com/joulechain/joule/x/emissions/types"
)

// SupplyAccount is the supply and what of it does not circulate (docs/emissions.md gives the definition). Its cost is
// bounded by the vesting accounts of the genesis, at most types.MaxGenesisVestingAccounts.
func (k *Keeper) SupplyAccount(ctx context.Context) (*types.QuerySupplyResponse, error) {
	supply, err := k.Supply.Get(ctx)
	if err != nil {
		return nil, err
	}
	unvested, err := k.unvested(ctx)
	if err != nil {
		return nil, err
	}
	bonds, err := k.devices.TotalBonds(ctx)
	if err != nil {
		return nil, err
	}
	r := &types.QuerySupplyResponse{
		Supply: supply, MaxSupply: types.MaxSupply(), Reserve: supply.Reserve(), Total: supply.Total(),
		DeviceBonds: bonds, Unvested: unvested,
		Unclaimed: k.moduleBalance(ctx, types.ModuleName).Add(k.moduleBalance(ctx, types.EscrowName)),
	}
	locked := r.DeviceBonds.Add(r.Unvested).Add(r.Unclaimed)
	r.Circulating = math.MaxInt(r.Total.Sub(locked), math.ZeroInt())
	return r, nil
}

// unvested sums what the genesis' vesting accounts have not vested at the block's time, in ujoule.
func (k *Keeper) unvested(ctx context.Context) (math.Int, error) {
	sum, now := math.ZeroInt(), sdk.UnwrapSDKContext(ctx).BlockTime()
	err := k.VestingAccounts.Walk(ctx, nil, func(addr []byte) (bool, error) {
		if a, vests := k.accounts.GetAccount(ctx, addr).(vestexported.VestingAccount); vests {
			sum = sum.Add(a.GetVestingCoins(now).AmountOf(types.Denom))
		}
		return false, nil
	})
	return sum, err
}
