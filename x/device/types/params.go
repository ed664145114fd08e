package types

import (
	"slices"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Bounds of the parameters; the proto comments give the reasons.
const (
	// MinUnbondingEpochs and MaxUnbondingEpochs bound unbonding_epochs. The minimum is above x/work's largest
	// settlement delay, whatever governance makes of either: a key's units have their rate before it can register
	// again.
	MinUnbondingEpochs = 16
	MaxUnbondingEpochs = 10_000
	// MinRegistrationBlocks and MaxRegistrationBlocks bound max_registration_blocks.
	MinRegistrationBlocks = 10
	MaxRegistrationBlocks = 1_000_000
	// MaxBatchLimit bounds max_batch: 256 registrations are about 90 KiB and at most 41 ms of signatures.
	MaxBatchLimit = 256

	// MinReclaimEpochs and MaxReclaimEpochs bound reclaim_epochs. An owner gets a month of mainnet epochs at least.
	MinReclaimEpochs = 720
	MaxReclaimEpochs = 100_000

	// DefaultBondDenom is the denomination of bonds.
	DefaultBondDenom = "ujoule"
	// DefaultUnbondingEpochs is two days of mainnet epochs.
	DefaultUnbondingEpochs = 48
	// DefaultReclaimEpochs is 180 days of mainnet epochs.
	DefaultReclaimEpochs = 4_320
	// DefaultMaxRegistrationBlocks is a day of mainnet blocks.
	DefaultMaxRegistrationBlocks = 14_400
	// DefaultMaxBatch keeps a batch below 25 KiB.
	DefaultMaxBatch = 64
	// DefaultGPUMinBond is 10 JOULE in ujoule.
	DefaultGPUMinBond = 10_000_000
	// DefaultGPUBondPerUnit is in ujoule: the smallest bond covers 1,000,000 units a window, 244 rounds of mainnet's n
	// = 16,384. A card that does 7,000 rounds a window, about an H100's peak over 30 s, bonds 287 JOULE.
	DefaultGPUBondPerUnit = 10
	// DefaultDiskMinBond is 10 JOULE in ujoule.
	DefaultDiskMinBond = 10_000_000
	// DefaultDiskBondPerUnit is in ujoule for 64 KiB: the smallest bond covers 651 plots of k = 28 (610 GiB), 10 TB
	// bond 153 JOULE.
	DefaultDiskBondPerUnit = 1
	// DefaultRadioMinBond is 25 JOULE in ujoule. A radio's pay an epoch is bounded, so that its bond is flat: it prices
	// each identity of a ring.
	DefaultRadioMinBond = 25_000_000
)

// MaxBond is the largest min_bond and bond_per_unit in ujoule: the token's maximum supply.
func MaxBond() math.Int { return math.NewInt(1_000_000_000_000_000) }

// DefaultParams are the mainnet parameters: GPUs, disks and radios may register.
func DefaultParams() Params {
	return Params{
		Classes: []ClassParams{
			{WorkClass: WORK_CLASS_GPU, MinBond: math.NewInt(DefaultGPUMinBond), BondPerUnit: math.NewInt(DefaultGPUBondPerUnit)},
			{WorkClass: WORK_CLASS_DISK, MinBond: math.NewInt(DefaultDiskMinBond), BondPerUnit: math.NewInt(DefaultDiskBondPerUnit)},
			{WorkClass: WORK_CLASS_RADIO, MinBond: math.NewInt(DefaultRadioMinBond), BondPerUnit: math.ZeroInt()},
		},
		BondDenom:             DefaultBondDenom,
		UnbondingEpochs:       DefaultUnbondingEpochs,
		MaxRegistrationBlocks: DefaultMaxRegistrationBlocks,
		MaxBatch:              DefaultMaxBatch,
		Evidence:              DefaultEvidenceParams(),
		ReclaimEpochs:         DefaultReclaimEpochs,
	}
}

// Validate names the field it refuses, its limits and what it is; errors are ErrInvalidParams.
func (p Params) Validate() error {
	for i, c := range p.Classes {
		if err := c.validate(); err != nil {
			return ErrInvalidParams.Wrapf("classes[%d].%s", i, err)
		}
		if i > 0 && p.Classes[i-1].WorkClass >= c.WorkClass {
			return ErrInvalidParams.Wrapf("classes[%d].work_class: %s after %s, want ascending and each once", i, c.WorkClass, p.Classes[i-1].WorkClass)
		}
	}
	if err := sdk.ValidateDenom(p.BondDenom); err != nil {
		return ErrInvalidParams.Wrapf("bond_denom: %s", err)
	}
	if p.UnbondingEpochs < MinUnbondingEpochs || p.UnbondingEpochs > MaxUnbondingEpochs {
		return ErrInvalidParams.Wrapf("unbonding_epochs: %d is outside %d..%d", p.UnbondingEpochs, MinUnbondingEpochs, MaxUnbondingEpochs)
	}
	if p.MaxRegistrationBlocks < MinRegistrationBlocks || p.MaxRegistrationBlocks > MaxRegistrationBlocks {
		return ErrInvalidParams.Wrapf("max_registration_blocks: %d is outside %d..%d", p.MaxRegistrationBlocks, MinRegistrationBlocks, MaxRegistrationBlocks)
	}
	if p.MaxBatch < 1 || p.MaxBatch > MaxBatchLimit {
		return ErrInvalidParams.Wrapf("max_batch: %d is outside 1..%d", p.MaxBatch, MaxBatchLimit)
	}
	if p.ReclaimEpochs < MinReclaimEpochs || p.ReclaimEpochs > MaxReclaimEpochs {
		return ErrInvalidParams.Wrapf("reclaim_epochs: %d is outside %d..%d", p.ReclaimEpochs, MinReclaimEpochs, MaxReclaimEpochs)
	}
	if err := p.Evidence.validate(); err != nil {
		return ErrInvalidParams.Wrapf("evidence.%s", err)
	}
	return nil
}

// Class returns the class's registration rules; ErrClassNotOpen when the class is not listed.
func (p Params) Class(class WorkClass) (ClassParams, error) {
	i := slices.IndexFunc(p.Classes, func(c ClassParams) bool { return c.WorkClass == class })
	if i < 0 {
		return ClassParams{}, ErrClassNotOpen.Wrapf("work_class %s is not in params.classes", class)
	}
	return p.Classes[i], nil
}
