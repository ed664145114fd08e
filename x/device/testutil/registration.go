package testutil

import (
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/types"
)

// Option changes a registration before it is signed.
type Option func(*types.Registration)

// WithBond sets the bond in ujoule.
func WithBond(amount int64) Option {
	return func(r *types.Registration) { r.Bond.Amount = math.NewInt(amount) }
}

// WithBeneficiary sets who is paid.
func WithBeneficiary(address string) Option {
	return func(r *types.Registration) { r.Beneficiary = address }
}

// WithBondPayer sets who pays the bond.
func WithBondPayer(address string) Option {
	return func(r *types.Registration) { r.BondPayer = address }
}

// WithGeneration sets the generation.
func WithGeneration(generation uint64) Option {
	return func(r *types.Registration) { r.Generation = generation }
}

// WithExpiry sets the last height at which the registration may execute.
func WithExpiry(height int64) Option {
	return func(r *types.Registration) { r.ExpiryHeight = height }
}

// ForDisk makes it a disk's registration.
func ForDisk() Option {
	return func(r *types.Registration) {
		r.WorkClass = types.WORK_CLASS_DISK
		r.Capability.Kind = &types.Capability_Disk{Disk: &types.DiskCapability{Medium: "Test disk", CapacityGib: 512}}
	}
}

// ForRadio makes it a radio's registration with the smallest bond.
func ForRadio() Option {
	return func(r *types.Registration) {
		r.WorkClass = types.WORK_CLASS_RADIO
		r.Capability.Kind = &types.Capability_Radio{Radio: &types.RadioCapability{Gateway: "Test gateway", Antenna: "Test antenna"}}
		r.Bond.Amount = math.NewInt(types.DefaultRadioMinBond)
	}
}

// With makes any other change.
func With(change func(*types.Registration)) Option { return change }

// Registration is a GPU's registration that the default parameters accept up to height 10,000, signed for the chain
// after the options: the owner is paid and pays the smallest bond.
func Registration(chainID, owner string, key Key, opts ...Option) types.Registration {
	r := types.Registration{
		Owner: owner, PublicKey: key.Public, WorkClass: types.WORK_CLASS_GPU,
		Capability:   types.Capability{Kind: &types.Capability_Gpu{Gpu: &types.GpuCapability{Model: "Test GPU", MemoryMib: 8192}}},
		Bond:         sdk.NewInt64Coin(types.DefaultBondDenom, types.DefaultGPUMinBond),
		Generation:   1,
		ExpiryHeight: 10_000,
	}
	for _, opt := range opts {
		opt(&r)
	}
	return Sign(chainID, key, r)
}

// Sign returns the registration with the key's signature for the chain.
func Sign(chainID string, key Key, r types.Registration) types.Registration {
	r.Signature = key.Sign(types.RegistrationSignBytes(chainID, r))
	return r
}
