package keeper

import (
	"context"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/x/emissions/types"
)

// mint creates ujoule in the module's account and counts them. It is the only function of the chain that mints, it is
// called at an epoch's boundary alone, and it never passes the cap: what exceeds the reserve is not minted. It returns
// what was.
func (k *Keeper) mint(ctx context.Context, amount math.Int) (math.Int, error) {
	supply, err := k.Supply.Get(ctx)
	if err != nil {
		return math.Int{}, err
	}
	amount = math.MinInt(amount, supply.Reserve())
	if !amount.IsPositive() {
		return math.ZeroInt(), nil
	}
	if err := k.bank.MintCoins(ctx, types.ModuleName, coins(amount)); err != nil {
		return math.Int{}, err
	}
	supply.Minted = supply.Minted.Add(amount)
	return amount, k.Supply.Set(ctx, supply)
}
