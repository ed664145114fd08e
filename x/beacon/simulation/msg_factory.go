package simulation

import (
	"context"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/beacon/keeper"
	"github.com/joulechain/joule/x/beacon/types"
)

// MsgRegisterKeyFactory registers a first key, or rotates, for an account without a pending key.
func MsgRegisterKeyFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgRegisterKey] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgRegisterKey) {
		sdkCtx := sdk.UnwrapSDKContext(ctx)
		notPending := simsx.SimAccountFilterFn(func(a simsx.SimAccount) bool {
			record, _, err := k.ValidatorKey(ctx, a.Address, sdkCtx.BlockHeight())
			return err == nil && len(record.Pending) == 0
		})
		account := data.AnyAccount(reporter, notPending, simsx.WithSpendableBalance())
		if reporter.IsSkipped() {
			return nil, nil
		}
		key := RandomKey(data.Rand().Rand)
		operator, err := k.FormatOperator(account.Address)
		if err != nil {
			reporter.Skip(err.Error())
			return nil, nil
		}
		msg, err := types.NewMsgRegisterKey(sdkCtx.ChainID(), operator, account.Address, key.PublicKey(), key)
		if err != nil {
			reporter.Skip(err.Error())
			return nil, nil
		}
		return []simsx.SimAccount{account}, msg
	}
}

// MsgUpdateParamsFactory proposes random parameters.
func MsgUpdateParamsFactory() simsx.SimMsgFactoryFn[*types.MsgUpdateParams] {
	return func(_ context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateParams) {
		return nil, &types.MsgUpdateParams{
			Authority: data.ModuleAccountAddress(reporter, "gov"),
			Params:    RandomParams(data.Rand().Rand),
		}
	}
}
