package class

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/types"
)

// Ledger is what a class may read and touch of the framework and of other modules. Records, windows and units are those
// of the class that the ledger was made for.
type Ledger interface {
	// Params are the module's parameters.
	Params(ctx context.Context) (types.Params, error)
	// Authority is the account that governs.
	Authority() string
	// Account reads an address.
	Account(text string) ([]byte, error)
	CurrentEpoch(ctx context.Context) (beacontypes.Epoch, error)

	// Device is a registered device; known tells whether its key ever was.
	Device(ctx context.Context, id []byte) (d devicetypes.Device, known bool, err error)
	// BondAllowance is how many units of one window the device's bond covers.
	BondAllowance(ctx context.Context, d devicetypes.Device) (units uint64, err error)
	// TierPpm multiplies the units that the device earns in a window of the epoch, in millionths.
	TierPpm(ctx context.Context, id []byte, epoch uint64) (uint32, error)

	// Record is a device's record; found tells whether it is stored.
	Record(ctx context.Context, id []byte) (d types.DeviceWork, found bool, err error)
	SetRecord(ctx context.Context, d types.DeviceWork) error
	// Settle credits a record with its share of every epoch whose rate is fixed. The caller stores the record.
	Settle(ctx sdk.Context, d *types.DeviceWork) error
	// Contribute adds units to the epoch's sum, or takes them from it: for records other than the item's own.
	Contribute(ctx sdk.Context, epoch uint64, units math.Int)

	// Windows are the live windows by id.
	Windows(ctx context.Context) ([]types.Window, error)
	// HasWindow tells whether a window is live.
	HasWindow(ctx context.Context, id uint64) (bool, error)
	SetWindow(ctx context.Context, w types.Window) error
	// RatesWait tells whether so many epochs wait for their rate that no window may open.
	RatesWait(ctx sdk.Context, epoch uint64) (bool, error)

	// FundCommunityPool takes a fee from an account.
	FundCommunityPool(ctx context.Context, amount sdk.Coins, from sdk.AccAddress) error
}

// EmitOpened tells the world about a window.
func EmitOpened(ctx sdk.Context, w types.Window) error {
	return ctx.EventManager().EmitTypedEvent(&types.EventWindowOpened{
		Window: w.Id, WorkClass: w.WorkClass, Epoch: w.Epoch, OpenHeight: w.OpenHeight, CloseHeight: w.CloseHeight, DeadlineHeight: w.DeadlineHeight,
	})
}

// OrZero turns a missing value into its zero.
func OrZero[T any](v T, err error) (T, error) {
	if errors.Is(err, collections.ErrNotFound) {
		var zero T
		return zero, nil
	}
	return v, err
}
