package mempool

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
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

// ParamsSource reads x/work's parameters.
type ParamsSource interface {
	GetParams(ctx context.Context) (worktypes.Params, error)
}

// DeviceRecords are x/work's records by worktypes.DeviceWorkKey.
type DeviceRecords interface {
	Get(ctx context.Context, key []byte) (worktypes.DeviceWork, error)
}

type keeperState struct {
	params  ParamsSource
	records DeviceRecords
	mixes   MixSource
}

// NewLaneState reads the lane's order from x/work's keeper, its device records and x/beacon's keeper.
func NewLaneState(params ParamsSource, records DeviceRecords, mixes MixSource) LaneState {
	return keeperState{params: params, records: records, mixes: mixes}
}

// LastSettledUnits implements LaneState; a device without a record has none.
func (s keeperState) LastSettledUnits(ctx context.Context, class devicetypes.WorkClass, deviceID []byte) (uint64, error) {
	record, err := s.records.Get(ctx, worktypes.DeviceWorkKey(class, deviceID))
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	return record.LastSettledUnits, err
}

// NewcomerBps implements LaneState.
func (s keeperState) NewcomerBps(ctx context.Context) (uint32, error) {
	params, err := s.params.GetParams(ctx)
	return params.Lane.NewcomerBps, err
}

// OrderSeed implements LaneState.
func (s keeperState) OrderSeed(ctx context.Context) ([]byte, error) {
	mix, err := s.mixes.LastMix(ctx)
	return mix.Mix, err
}
