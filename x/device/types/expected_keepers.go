package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// BankKeeper moves bonds between their payers and the module's account.
type BankKeeper interface {
	SendCoinsFromAccountToModule(ctx context.Context, from sdk.AccAddress, toModule string, amount sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, fromModule string, to sdk.AccAddress, amount sdk.Coins) error
	GetBalance(ctx context.Context, addr sdk.AccAddress, denom string) sdk.Coin
	SpendableCoins(ctx context.Context, addr sdk.AccAddress) sdk.Coins
	BlockedAddr(addr sdk.AccAddress) bool
}

// AccountKeeper knows the module's account.
type AccountKeeper interface {
	GetModuleAddress(module string) sdk.AccAddress
	GetModuleAccount(ctx context.Context, module string) sdk.ModuleAccountI
}

// BeaconKeeper is what the module needs of x/beacon.
type BeaconKeeper interface {
	// EpochNumber is the current epoch's number.
	EpochNumber(ctx context.Context) (uint64, error)
	// Mix is a recent block's mix, 32 bytes.
	Mix(ctx context.Context, height int64) ([]byte, error)
}

// WindowSeeds tells which mixes are seeds of GPU windows; x/work is the one that the app gives.
type WindowSeeds interface {
	// IsGPUWindowSeed tells whether the height's mix is the seed of a live GPU window.
	IsGPUWindowSeed(ctx context.Context, height int64) (bool, error)
}

// DeviceHooks are called by the keeper; x/emissions implements them.
type DeviceHooks interface {
	// BeforePayeeChanged runs before a device's owner or beneficiary changes (SetBeneficiary, AcceptDevice, a new
	// registration of a retired key), with the device as it still is: what is accrued is paid to the old beneficiary.
	// An error refuses the change. Retirement does not call it: a retired device stays claimable.
	BeforePayeeChanged(ctx context.Context, device Device) error
}
