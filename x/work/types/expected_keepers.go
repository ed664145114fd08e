package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

// BeaconKeeper is what the module needs of x/beacon.
type BeaconKeeper interface {
	CurrentEpoch(ctx context.Context) (beacontypes.Epoch, error)
	// Mix is a recent block's mix, 32 bytes.
	Mix(ctx context.Context, height int64) ([]byte, error)
}

// CommunityPool takes the fees of assertions; x/distribution's keeper is the one that the app gives.
type CommunityPool interface {
	FundCommunityPool(ctx context.Context, amount sdk.Coins, sender sdk.AccAddress) error
}

// DeviceKeeper is what the module needs of x/device.
type DeviceKeeper interface {
	HasDevice(ctx context.Context, id []byte) (bool, error)
	GetDevice(ctx context.Context, id []byte) (devicetypes.Device, error)
	// BondAllowance is how many units of one window the device's bond covers.
	BondAllowance(ctx context.Context, device devicetypes.Device) (units uint64, err error)
	// TierPpm multiplies the units that the device earns in a window of the epoch, in millionths: 1,000,000 without
	// hardware evidence. Within an epoch it never rises.
	TierPpm(ctx context.Context, id []byte, epoch uint64) (uint32, error)
	SuspendForFaults(ctx context.Context, id []byte, untilEpoch uint64) error
}
