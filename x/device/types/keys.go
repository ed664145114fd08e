package types

import "cosmossdk.io/collections"

const (
	// ModuleName is the module's name and that of the account that holds the bonds.
	ModuleName = "device"
	// StoreKey is the name of the module's store.
	StoreKey = ModuleName
)

// Store prefixes. Device ids are 20 bytes, owners and beneficiaries 1..255 bytes, chip ids 32.
var (
	// ParamsKey holds the parameters.
	ParamsKey = collections.NewPrefix(0)
	// DevicesPrefix maps device id → Device.
	DevicesPrefix = collections.NewPrefix(1)
	// DevicesByAccountPrefix holds account ‖ device id: for the beneficiary, and for an owner who is another account.
	DevicesByAccountPrefix = collections.NewPrefix(2)
	// AttestationsPrefix maps device id → Attestation.
	AttestationsPrefix = collections.NewPrefix(3)
	// ChipsPrefix maps chip id → device id.
	ChipsPrefix = collections.NewPrefix(4)
	// RevocationsPrefix holds hashes of keys (32 bytes) and firmware ids (48 bytes) that are no longer trusted.
	RevocationsPrefix = collections.NewPrefix(5)
)
