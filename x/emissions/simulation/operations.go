// Package simulation makes random messages, parameters and genesis states for the chain's simulation.
package simulation

import (
	"context"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/emissions/keeper"
	"github.com/joulechain/joule/x/emissions/types"
)

// MsgClaimFactory claims a page of a random account's devices, often with nothing to pay.
func MsgClaimFactory(k *keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgClaim] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgClaim) {
		from := data.AnyAccount(reporter, simsx.WithSpendableBalance())
		params, err := k.Params.Get(ctx)
		if err != nil {
			reporter.Skip(err.Error())
			return nil, nil
		}
		return []simsx.SimAccount{from}, &types.MsgClaim{
			Beneficiary: from.AddressBech32,
			Limit:       data.Rand().Uint32InRange(0, params.MaxClaimDevices+1),
		}
	}
}

// MsgBurnFactory burns a part of a random account's coins.
func MsgBurnFactory() simsx.SimMsgFactoryFn[*types.MsgBurn] {
	return func(_ context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgBurn) {
		from := data.AnyAccount(reporter, simsx.WithDenomBalance(types.Denom))
		coin := from.LiquidBalance().RandSubsetCoin(reporter, types.Denom)
		// A thousandth, so that a long simulation does not run dry.
		coin.Amount = coin.Amount.QuoRaw(1_000).AddRaw(1)
		return []simsx.SimAccount{from}, &types.MsgBurn{Sender: from.AddressBech32, Amount: sdk.NewCoin(types.Denom, coin.Amount)}
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
