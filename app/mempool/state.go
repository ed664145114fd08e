package mempool

import (
	"context"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Standing is what ranks a device's evidence.
type Standing struct {
	// Pay is what the last two settled epochs paid the device, in ujoule; 0 makes it a newcomer.
	Pay uint64
	// Bond is what is locked for the device, in ujoule.
	Bond uint64
}

// LaneState is what the lane's order needs of the state.
type LaneState interface {
	// GetParams returns x/work's parameters.
	GetParams(ctx context.Context) (worktypes.Params, error)
	// Standing ranks a device in a class.
	Standing(ctx context.Context, class devicetypes.WorkClass, deviceID []byte) (Standing, error)
	// OrderSeed is randomness that nobody knew when devices were registered: the newest mix.
	OrderSeed(ctx context.Context) ([]byte, error)
}

// WorkKeeper is what the lane reads of x/work.
type WorkKeeper interface {
	GetParams(ctx context.Context) (worktypes.Params, error)
	// RecentPay is what the last two settled epochs paid a device in a class, in ujoule.
	RecentPay(ctx context.Context, class devicetypes.WorkClass, deviceID []byte) (uint64, error)
	// Device reads a device's registration.
	Device(ctx context.Context, deviceID []byte) (d devicetypes.Device, known bool, err error)
}

// MixSource tells the newest mix.
type MixSource interface {
	LastMix(ctx context.Context) (beacontypes.Mix, error)
}

type keeperState struct {
	WorkKeeper
	mixes MixSource
}

// NewLaneState reads the lane's order from the keepers of x/work and x/beacon.
func NewLaneState(work WorkKeeper, mixes MixSource) LaneState {
	return keeperState{WorkKeeper: work, mixes: mixes}
}

// Standing implements LaneState; a device that is not registered has none.
func (s keeperState) Standing(ctx context.Context, class devicetypes.WorkClass, deviceID []byte) (Standing, error) {
	pay, err := s.RecentPay(ctx, class, deviceID)
	if err != nil {
		return Standing{}, err
	}
	device, known, err := s.Device(ctx, deviceID)
	if err != nil || !known {
		return Standing{}, err
	}
	standing := Standing{Pay: pay}
	if device.HasBond() {
		standing.Bond = worktypes.CapUint64(device.Bond.Amount)
	}
	return standing, nil
}

// OrderSeed implements LaneState.
func (s keeperState) OrderSeed(ctx context.Context) ([]byte, error) {
	mix, err := s.mixes.LastMix(ctx)
	return mix.Mix, err
}
