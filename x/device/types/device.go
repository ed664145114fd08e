package types

// IsActive tells whether the device may submit evidence.
func (d Device) IsActive() bool { return d.State == DEVICE_STATE_ACTIVE }

// IsRetired tells whether the device's work has ended for this generation.
func (d Device) IsRetired() bool { return d.State == DEVICE_STATE_RETIRED }

// Text is the device's id in text, jouledev1….
func (d Device) Text() string { return FormatDeviceID(d.Id) }

// HasBond tells whether any bond is locked for the device.
func (d Device) HasBond() bool { return !d.Bond.Amount.IsNil() && d.Bond.Amount.IsPositive() }

// Validate checks a stored device's fields against each other; addresses are checked where a codec is known. Errors are
// ErrInvalidGenesis and those of the key and the capability.
func (d Device) Validate() error {
	if err := d.PublicKey.Validate(); err != nil {
		return err
	}
	if want := DeviceID(d.PublicKey); string(d.Id) != string(want) {
		return ErrInvalidGenesis.Wrapf("id %x is not the key's, want %x", d.Id, want)
	}
	if err := d.Capability.ValidateFor(d.WorkClass); err != nil {
		return err
	}
	if d.Owner == "" || d.Beneficiary == "" || d.BondPayer == "" {
		return ErrInvalidGenesis.Wrap("owner, beneficiary and bond_payer must be set")
	}
	if d.Bond.Amount.IsNil() || d.Bond.Amount.IsNegative() {
		return ErrInvalidGenesis.Wrapf("bond amount is %s, it must not be negative", d.Bond.Amount)
	}
	if d.Generation == 0 {
		return ErrInvalidGenesis.Wrap("generation is 0, the first is 1")
	}
	if d.RegisteredHeight < 0 {
		return ErrInvalidGenesis.Wrapf("registered_height is %d, it must not be negative", d.RegisteredHeight)
	}
	if d.ReclaimEpoch != 0 && (d.BondPayer == d.Owner || d.IsRetired()) {
		return ErrInvalidGenesis.Wrapf("reclaim_epoch is %d, want 0 for a retired device or one whose owner paid the bond", d.ReclaimEpoch)
	}
	return d.validateState()
}

// validateState checks the fields that belong to one state only.
func (d Device) validateState() error {
	suspended := d.State == DEVICE_STATE_SUSPENDED
	switch d.State {
	case DEVICE_STATE_ACTIVE, DEVICE_STATE_SUSPENDED:
		if !d.HasBond() {
			return ErrInvalidGenesis.Wrap("a device that is not retired must have a bond")
		}
		if d.UnbondingEpoch != 0 {
			return ErrInvalidGenesis.Wrapf("unbonding_epoch is %d, want 0 for a device that is not retired", d.UnbondingEpoch)
		}
	case DEVICE_STATE_RETIRED:
		if d.UnbondingEpoch == 0 || d.PendingOwner != "" {
			return ErrInvalidGenesis.Wrap("a retired device needs an unbonding_epoch and has no pending_owner")
		}
	default:
		return ErrInvalidGenesis.Wrapf("state %d is unknown", int32(d.State))
	}
	known := d.SuspensionReason == SUSPENSION_REASON_MAINTENANCE || d.SuspensionReason == SUSPENSION_REASON_FAULTS
	if suspended && !known {
		return ErrInvalidGenesis.Wrapf("suspension_reason %d is unknown", int32(d.SuspensionReason))
	}
	if !suspended && (d.SuspensionReason != SUSPENSION_REASON_UNSPECIFIED || d.SuspendedUntilEpoch != 0) {
		return ErrInvalidGenesis.Wrap("suspension_reason and suspended_until_epoch belong to suspended devices only")
	}
	if d.SuspensionReason == SUSPENSION_REASON_MAINTENANCE && d.SuspendedUntilEpoch != 0 {
		return ErrInvalidGenesis.Wrap("a maintenance suspension has no suspended_until_epoch")
	}
	return nil
}
