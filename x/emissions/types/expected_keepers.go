package types

import (
	"context"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// AccountKeeper is what the module needs of x/auth.
type AccountKeeper interface {
	GetModuleAddress(name string) sdk.AccAddress
	GetAccount(ctx context.Context, addr sdk.AccAddress) sdk.AccountI
	// IterateAccounts is used at genesis alone.
	IterateAccounts(ctx context.Context, cb func(account sdk.AccountI) (stop bool))
}

// BankKeeper is what the module needs of x/bank.
type BankKeeper interface {
	GetBalance(ctx context.Context, addr sdk.AccAddress, denom string) sdk.Coin
	GetSupply(ctx context.Context, denom string) sdk.Coin
	BlockedAddr(addr sdk.AccAddress) bool
	MintCoins(ctx context.Context, moduleName string, amt sdk.Coins) error
	BurnCoins(ctx context.Context, moduleName string, amt sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, senderModule string, recipient sdk.AccAddress, amt sdk.Coins) error
	SendCoinsFromModuleToModule(ctx context.Context, senderModule, recipientModule string, amt sdk.Coins) error
	SendCoinsFromAccountToModule(ctx context.Context, sender sdk.AccAddress, recipientModule string, amt sdk.Coins) error
}

// CommunityPool is what the module needs of x/distribution.
type CommunityPool interface {
	FundCommunityPool(ctx context.Context, amount sdk.Coins, sender sdk.AccAddress) error
}

// EpochSource is what the module needs of x/beacon.
type EpochSource interface {
	CurrentEpoch(ctx context.Context) (beacontypes.Epoch, error)
	// IsEpochEnd tells whether the current block is the last of its epoch.
	IsEpochEnd(ctx context.Context) (bool, error)
}

// DeviceKeeper is what the module needs of x/device.
type DeviceKeeper interface {
	GetDevice(ctx context.Context, id []byte) (devicetypes.Device, error)
	// DevicesByBeneficiary pages by device id; next is the last id of a page that is not the last one.
	DevicesByBeneficiary(ctx context.Context, addr sdk.AccAddress, startAfter []byte, limit int) (devices []devicetypes.Device, next []byte, err error)
	// TotalBonds is the sum of the bonds that the device module holds, in ujoule.
	TotalBonds(ctx context.Context) (math.Int, error)
}

// WorkKeeper is what the module needs of x/work.
type WorkKeeper interface {
	// Units are a class's verified units of an epoch; zero when it has none.
	Units(ctx context.Context, class devicetypes.WorkClass, epoch uint64) (math.Int, error)
	// FreezableEpochs are the epochs whose evidence is final, ascending, at most 8.
	FreezableEpochs(ctx context.Context) ([]uint64, error)
	// FreezeEpoch fixes what an epoch's units are paid.
	FreezeEpoch(ctx context.Context, epoch uint64, pools []worktypes.ClassPool) error
	// CloseTally ends crediting and returns what the pool still held, in ujoule.
	CloseTally(ctx context.Context, class devicetypes.WorkClass, epoch uint64) (math.Int, error)
	// TakeAccrued settles a device and takes what it has accrued, in ujoule; zero for a device without a record.
	TakeAccrued(ctx context.Context, id []byte) (math.Int, error)
	// Claimable is what TakeAccrued would return, and all that was ever credited.
	Claimable(ctx context.Context, id []byte) (claimable, totalSettled math.Int, err error)
	// Outstanding is Σ accrued and Σ (pool − paid) of open tallies, from the counters, in ujoule.
	Outstanding(ctx context.Context) (accrued, poolsUnpaid math.Int, err error)
	// IterateDeviceWork visits every record; used by invariants, off the consensus path.
	IterateDeviceWork(ctx context.Context, cb func(worktypes.DeviceWork) (stop bool, err error)) error
	// IterateTallies visits every tally; used by invariants, off the consensus path.
	IterateTallies(ctx context.Context, cb func(worktypes.Tally) (stop bool, err error)) error
}
