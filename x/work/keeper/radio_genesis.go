package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/joulechain/joule/x/work/types"
)

// initRadios sets the radio class's state; indexes and densities follow from the radios.
func (k *Keeper) initRadios(ctx context.Context, g types.GenesisState) error {
	for _, r := range g.Radios {
		if err := k.initRadio(ctx, r); err != nil {
			return err
		}
	}
	if n := uint32(len(g.Radios)); n > 0 {
		if err := k.RadioCount.Set(ctx, n); err != nil {
			return err
		}
	}
	for _, b := range g.RadioBeacons {
		if err := k.setBeacon(ctx, b); err != nil {
			return err
		}
	}
	for _, e := range g.RadioEdges {
		if err := k.RadioEdges.Set(ctx, e.Number, e); err != nil {
			return err
		}
	}
	for _, number := range g.DeniedRadios {
		if err := k.setDenied(ctx, number, true); err != nil {
			return err
		}
	}
	for _, e := range g.DeniedRadioEdges {
		if err := k.setEdgeDenied(ctx, e, true); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) initRadio(ctx context.Context, r types.Radio) error {
	if err := k.Radios.Set(ctx, r.DeviceId, r); err != nil {
		return err
	}
	if err := k.RadioNumbers.Set(ctx, r.Number, r.DeviceId); err != nil {
		return err
	}
	if newest, ok := r.Newest(); ok {
		if err := k.RadioPlaces.Set(ctx, collections.Join(newest.Cell, r.Number)); err != nil {
			return err
		}
	}
	if r.CountedCell == 0 {
		return nil
	}
	return k.countRadio(ctx, r.CountedCell, true)
}

// exportRadios gets it.
func (k *Keeper) exportRadios(ctx context.Context, g *types.GenesisState) error {
	if err := k.RadioNumbers.Walk(ctx, nil, func(_ uint32, id []byte) (bool, error) {
		r, err := k.Radios.Get(ctx, id)
		g.Radios = append(g.Radios, r)
		return false, err
	}); err != nil {
		return err
	}
	if err := k.RadioBeacons.Walk(ctx, nil, func(_ collections.Pair[uint32, uint32], b types.RadioBeacon) (bool, error) {
		g.RadioBeacons = append(g.RadioBeacons, b)
		return false, nil
	}); err != nil {
		return err
	}
	if err := k.RadioEdges.Walk(ctx, nil, func(_ uint32, e types.RadioEdges) (bool, error) {
		g.RadioEdges = append(g.RadioEdges, e)
		return false, nil
	}); err != nil {
		return err
	}
	if err := k.DeniedRadios.Walk(ctx, nil, func(number uint32) (bool, error) {
		g.DeniedRadios = append(g.DeniedRadios, number)
		return false, nil
	}); err != nil {
		return err
	}
	return k.DeniedRadioEdges.Walk(ctx, nil, func(e collections.Pair[uint32, uint32]) (bool, error) {
		g.DeniedRadioEdges = append(g.DeniedRadioEdges, types.RadioEdge{A: e.K1(), B: e.K2()})
		return false, nil
	})
}
