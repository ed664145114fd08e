package mempool

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	workkeeper "github.com/joulechain/joule/x/work/keeper"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// LaneState is what the lane's order needs of the state.
type LaneState interface {
	// LastSettledUnits are a device's units of its newest settled epoch; 0 makes it a newcomer.
	LastSettledUnits(ctx context.Context, class devicetypes.WorkClass, deviceID []byte) (uint64, error)
	// NewcomerBps is the newcomers' largest part of the lane, in ten-thousandths.
	NewcomerBps(ctx context.Context) (uint32, error)
	// OrderSeed is randomness that nobody knew when devices were registered: the newest mix.
	OrderSeed(ctx context.Context) ([]byte, error)
}

// MixSource tells the newest mix.
type MixSource interface {
	LastMix(ctx context.Context) (beacontypes.Mix, error)
}

type keeperState struct {
	work   *workkeeper.Keeper
	beacon MixSource
}

// NewLaneState reads the lane's order from the keepers.
func NewLaneState(work *workkeeper.Keeper, beacon MixSource) LaneState {
	return keeperState{work: work, beacon: beacon}
}

// LastSettledUnits implements LaneState; a device without a record has none.
func (s keeperState) LastSettledUnits(ctx context.Context, class devicetypes.WorkClass, deviceID []byte) (uint64, error) {
	record, err := s.work.Devices.Get(ctx, worktypes.DeviceWorkKey(class, deviceID))
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	return record.LastSettledUnits, err
}

// NewcomerBps implements LaneState.
func (s keeperState) NewcomerBps(ctx context.Context) (uint32, error) {
	params, err := s.work.GetParams(ctx)
	return params.Lane.NewcomerBps, err
}

// OrderSeed implements LaneState.
func (s keeperState) OrderSeed(ctx context.Context) ([]byte, error) {
	mix, err := s.beacon.LastMix(ctx)
	return mix.Mix, err
}
