package radio

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/joulechain/joule/x/work/types"
)

// InitGenesis sets the class's state; indexes and densities follow from the radios.
func (c *Class) InitGenesis(ctx sdk.Context, g types.GenesisState) error {
	for _, r := range g.Radios {
		if err := c.initRadio(ctx, r); err != nil {
			return err
		}
	}
	if n := uint32(len(g.Radios)); n > 0 {
		if err := c.Count.Set(ctx, n); err != nil {
			return err
		}
	}
	for _, b := range g.RadioBeacons {
		if err := c.setBeacon(ctx, b); err != nil {
			return err
		}
	}
	for _, e := range g.RadioEdges {
		if err := c.Edges.Set(ctx, e.Number, e); err != nil {
			return err
		}
	}
	for _, number := range g.DeniedRadios {
		if err := c.setDenied(ctx, number, true); err != nil {
			return err
		}
	}
	for _, e := range g.DeniedRadioEdges {
		if err := c.setEdgeDenied(ctx, e, true); err != nil {
			return err
		}
	}
	return nil
}

func (c *Class) initRadio(ctx context.Context, r types.Radio) error {
	if err := c.Radios.Set(ctx, r.DeviceId, r); err != nil {
		return err
	}
	if err := c.Numbers.Set(ctx, r.Number, r.DeviceId); err != nil {
		return err
	}
	if newest, ok := r.Newest(); ok {
		if err := c.Places.Set(ctx, collections.Join(newest.Cell, r.Number)); err != nil {
			return err
		}
	}
	if r.CountedCell == 0 {
		return nil
	}
	return c.count(ctx, r.CountedCell, true)
}

// ExportGenesis gets the class's state.
func (c *Class) ExportGenesis(ctx sdk.Context, g *types.GenesisState) error {
	if err := c.Numbers.Walk(ctx, nil, func(_ uint32, id []byte) (bool, error) {
		r, err := c.Radios.Get(ctx, id)
		g.Radios = append(g.Radios, r)
		return false, err
	}); err != nil {
		return err
	}
	if err := c.Beacons.Walk(ctx, nil, func(_ collections.Pair[uint32, uint32], b types.RadioBeacon) (bool, error) {
		g.RadioBeacons = append(g.RadioBeacons, b)
		return false, nil
	}); err != nil {
		return err
	}
	if err := c.Edges.Walk(ctx, nil, func(_ uint32, e types.RadioEdges) (bool, error) {
		g.RadioEdges = append(g.RadioEdges, e)
		return false, nil
	}); err != nil {
		return err
	}
	if err := c.Denied.Walk(ctx, nil, func(number uint32) (bool, error) {
		g.DeniedRadios = append(g.DeniedRadios, number)
		return false, nil
	}); err != nil {
		return err
	}
	return c.DeniedEdges.Walk(ctx, nil, func(e collections.Pair[uint32, uint32]) (bool, error) {
		g.DeniedRadioEdges = append(g.DeniedRadioEdges, types.RadioEdge{A: e.K1(), B: e.K2()})
		return false, nil
	})
}
