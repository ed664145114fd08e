package keeper

import (
	"context"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

// InitGenesis sets the state; heights are absolute.
func (k *Keeper) InitGenesis(ctx context.Context, g types.GenesisState) error {
	if err := g.Validate(); err != nil {
		return err
	}
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	for _, w := range g.Windows {
		if err := k.setWindow(ctx, w); err != nil {
			return err
		}
	}
	for _, d := range g.Devices {
		if err := k.setRecord(ctx, d); err != nil {
			return err
		}
	}
	unpaid, accrued := math.ZeroInt(), math.ZeroInt()
	for _, t := range g.Tallies {
		if err := k.setTally(ctx, t); err != nil {
			return err
		}
		unpaid = unpaid.Add(t.Unpaid())
	}
	if !g.AccruedTotal.IsNil() {
		accrued = g.AccruedTotal
	}
	if err := k.PoolsUnpaid.Set(ctx, unpaid); err != nil {
		return err
	}
	if err := k.AccruedTotal.Set(ctx, accrued); err != nil {
		return err
	}
	for _, c := range k.classes {
		if err := c.InitGenesis(sdk.UnwrapSDKContext(ctx), g); err != nil {
			return err
		}
	}
	return k.NextFreeze.Set(ctx, max(g.NextFreezeEpoch, 1))
}

// ExportGenesis gets the state.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &types.GenesisState{Params: params}
	if g.Windows, err = k.LiveWindows(ctx); err != nil {
		return nil, err
	}
	if err := k.IterateDeviceWork(ctx, func(d types.DeviceWork) (bool, error) {
		g.Devices = append(g.Devices, d)
		return false, nil
	}); err != nil {
		return nil, err
	}
	if g.Tallies, err = k.allTallies(ctx); err != nil {
		return nil, err
	}
	if g.AccruedTotal, err = intOrZero(k.AccruedTotal.Get(ctx)); err != nil {
		return nil, err
	}
	for _, c := range k.classes {
		if err := c.ExportGenesis(sdk.UnwrapSDKContext(ctx), g); err != nil {
			return nil, err
		}
	}
	g.NextFreezeEpoch, err = class.OrZero(k.NextFreeze.Get(ctx))
	return g, err
}
