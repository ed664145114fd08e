package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"

	"github.com/joulechain/joule/x/emissions/types"
)

// burn destroys coins of an account and counts them.
func (k *Keeper) burn(ctx context.Context, sender sdk.AccAddress, amount sdk.Coin) error {
	burned := sdk.NewCoins(amount)
	if err := k.bank.SendCoinsFromAccountToModule(ctx, sender, types.ModuleName, burned); err != nil {
		return err
	}
	return k.burnFrom(ctx, types.ModuleName, burned)
}

// burnFrom destroys coins of a module account and counts them.
func (k *Keeper) burnFrom(ctx context.Context, module string, burned sdk.Coins) error {
	if err := k.bank.BurnCoins(ctx, module, burned); err != nil {
		return err
	}
	return k.RecordBurn(ctx, burned)
}

// RecordBurn counts coins that were burned: they refill the reserve. Other denominations than ujoule are ignored.
// Every burn of the chain must reach it exactly once; BurnCountingBank does that for other modules.
func (k *Keeper) RecordBurn(ctx context.Context, burned sdk.Coins) error {
	amount := burned.AmountOf(types.Denom)
	if !amount.IsPositive() {
		return nil
	}
	supply, err := k.Supply.Get(ctx)
	if err != nil {
		return err
	}
	supply.Burned = supply.Burned.Add(amount)
	return k.Supply.Set(ctx, supply)
}

// BurnRecorder counts burned coins.
type BurnRecorder interface {
	RecordBurn(ctx context.Context, burned sdk.Coins) error
}

// BurnCountingBank is x/bank for modules that burn (in cosmos-sdk v0.55: staking, for slashes and key rotation fees,
// and gov, for deposits), so that the counter of burned coins is exact.
type BurnCountingBank struct {
	bankkeeper.BaseKeeper
	recorder BurnRecorder
}

// NewBurnCountingBank wraps a bank.
func NewBurnCountingBank(bank bankkeeper.BaseKeeper, recorder BurnRecorder) *BurnCountingBank {
	return &BurnCountingBank{BaseKeeper: bank, recorder: recorder}
}

// BurnCoins burns and counts.
func (b *BurnCountingBank) BurnCoins(ctx context.Context, moduleName string, amounts sdk.Coins) error {
	if err := b.BaseKeeper.BurnCoins(ctx, moduleName, amounts); err != nil {
		return err
	}
	return b.recorder.RecordBurn(ctx, amounts)
}
