package types

import (
	"slices"

	"cosmossdk.io/math"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

// NewDeviceWork is the record of a device that has proven nothing yet.
func NewDeviceWork(class devicetypes.WorkClass, deviceID []byte) DeviceWork {
	return DeviceWork{DeviceId: deviceID, WorkClass: class, Accrued: math.ZeroInt(), TotalUnits: math.ZeroInt(), TotalSettled: math.ZeroInt()}
}

// Commitment finds the commitment of a window.
func (d *DeviceWork) Commitment(window uint64) (*PendingCommitment, bool) {
	i, found := d.place(window)
	if !found {
		return nil, false
	}
	return &d.Pending[i], true
}

func (d *DeviceWork) place(window uint64) (int, bool) {
	return slices.BinarySearchFunc(d.Pending, window, func(p PendingCommitment, w uint64) int {
		switch {
		case p.Window < w:
			return -1
		case p.Window > w:
			return 1
		}
		return 0
	})
}

// SetCommitment inserts or replaces the commitment of a window; the list stays ascending.
func (d *DeviceWork) SetCommitment(c PendingCommitment) {
	i, found := d.place(c.Window)
	if found {
		d.Pending[i] = c
		return
	}
	d.Pending = slices.Insert(d.Pending, i, c)
}

// Expire drops the commitments whose deadline has passed before height and returns how many of them were never opened.
func (d *DeviceWork) Expire(height int64) (unopened uint32) {
	kept := d.Pending[:0]
	for _, p := range d.Pending {
		switch {
		case p.DeadlineHeight >= height:
			kept = append(kept, p)
		case !p.Opened:
			unopened++
		}
	}
	d.Pending = kept
	return unopened
}

// Credit adds verified units to an epoch. ErrTooManyUnsettled says that too many epochs wait for their rate.
func (d *DeviceWork) Credit(epoch, units uint64) error {
	i, found := slices.BinarySearchFunc(d.Units, epoch, func(u EpochUnits, e uint64) int {
		switch {
		case u.Epoch < e:
			return -1
		case u.Epoch > e:
			return 1
		}
		return 0
	})
	if found {
		sum := d.Units[i].Units + units
		if sum < units {
			return ErrUnits.Wrapf("the device's units of epoch %d exceed 2^64", epoch)
		}
		d.Units[i].Units = sum
	} else {
		if len(d.Units) >= MaxUnsettledEpochs {
			return ErrTooManyUnsettled.Wrapf("%d epochs wait for their rate; want at most %d", len(d.Units), MaxUnsettledEpochs)
		}
		d.Units = slices.Insert(d.Units, i, EpochUnits{Epoch: epoch, Units: units})
	}
	d.TotalUnits = d.TotalUnits.Add(math.NewIntFromUint64(units))
	return nil
}

// Validate checks a record of a genesis.
func (d DeviceWork) Validate() error {
	if len(d.DeviceId) != devicetypes.DeviceIDSize {
		return ErrInvalidGenesis.Wrapf("device_id has %d bytes; want %d", len(d.DeviceId), devicetypes.DeviceIDSize)
	}
	name := devicetypes.FormatDeviceID(d.DeviceId)
	if _, err := chainRules.Of(d.WorkClass); err != nil {
		return ErrInvalidGenesis.Wrapf("device %s: %s", name, err)
	}
	if len(d.Units) > MaxUnsettledEpochs || len(d.Pending) > MaxLiveWindows {
		return ErrInvalidGenesis.Wrapf("device %s: %d unsettled epochs and %d commitments; want at most %d and %d", name, len(d.Units), len(d.Pending), MaxUnsettledEpochs, MaxLiveWindows)
	}
	for i := 1; i < len(d.Units); i++ {
		if d.Units[i].Epoch <= d.Units[i-1].Epoch {
			return ErrInvalidGenesis.Wrapf("device %s: epochs of units are not ascending", name)
		}
	}
	for i, p := range d.Pending {
		if len(p.Root) != 32 || p.Rounds == 0 {
			return ErrInvalidGenesis.Wrapf("device %s: commitment of window %d has a root of %d bytes and %d rounds", name, p.Window, len(p.Root), p.Rounds)
		}
		if p.TierPpm != 0 && (p.TierPpm < devicetypes.BaseTierPpm || p.TierPpm > devicetypes.MaxTierPpm) {
			return ErrInvalidGenesis.Wrapf("device %s: commitment of window %d has a tier of %d millionths; want 0 or %d..%d", name, p.Window, p.TierPpm,
				devicetypes.BaseTierPpm, devicetypes.MaxTierPpm)
		}
		if i > 0 && p.Window <= d.Pending[i-1].Window {
			return ErrInvalidGenesis.Wrapf("device %s: windows of commitments are not ascending", name)
		}
	}
	if d.PaidEpoch == 0 && (d.Paid > 0 || d.PaidBefore > 0) {
		return ErrInvalidGenesis.Wrapf("device %s: paid is %d and paid_before %d; want 0 without a paid_epoch", name, d.Paid, d.PaidBefore)
	}
	if err := d.validateDisk(); err != nil {
		return ErrInvalidGenesis.Wrapf("device %s: %s", name, err)
	}
	if err := d.validateRadio(); err != nil {
		return ErrInvalidGenesis.Wrapf("device %s: %s", name, err)
	}
	for _, v := range []math.Int{d.Accrued, d.TotalUnits, d.TotalSettled} {
		if v.IsNil() || v.IsNegative() {
			return ErrInvalidGenesis.Wrapf("device %s: accrued, total_units or total_settled is missing or negative", name)
		}
	}
	return nil
}

// validateDisk checks what only a disk's record has, and what it has not.
func (d DeviceWork) validateDisk() error {
	if d.WorkClass == devicetypes.WORK_CLASS_DISK {
		if len(d.Pending) > 0 || d.Faults > 0 {
			return ErrInvalidGenesis.Wrap("a disk has commitments or faults")
		}
		if d.Radio != nil {
			return ErrInvalidGenesis.Wrap("a disk has a radio part")
		}
		return d.validateClaims()
	}
	isRadio := d.WorkClass == devicetypes.WORK_CLASS_RADIO
	if len(d.Claims) > 0 || d.LastProvenEpoch > 0 && (!isRadio || d.Radio == nil) {
		return ErrInvalidGenesis.Wrapf("a device of %s has claims or a last_proven_epoch", d.WorkClass)
	}
	if isRadio && (len(d.Pending) > 0 || d.Faults > 0) || !isRadio && d.Radio != nil {
		return ErrInvalidGenesis.Wrapf("a device of %s has another class's commitments, faults or radio part", d.WorkClass)
	}
	return nil
}
