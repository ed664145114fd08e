package keeper

import (
	"context"
	"math"

	"github.com/joulechain/joule/x/device/types"
)

// suspend declares maintenance of an active device.
func (k *Keeper) suspend(ctx context.Context, owner, deviceID string) error {
	d, err := k.deviceOf(ctx, owner, deviceID)
	if err != nil {
		return err
	}
	if d.IsRetired() {
		return types.ErrDeviceRetired.Wrapf("device %s can no longer be suspended", deviceID)
	}
	if !d.IsActive() {
		return types.ErrNotActive.Wrapf("device %s is already suspended (%s)", deviceID, d.SuspensionReason)
	}
	return k.setSuspended(ctx, d, types.SUSPENSION_REASON_MAINTENANCE, 0)
}

// SuspendForFaults suspends a device until the epoch; x/work calls it at the fault limit. It replaces a maintenance
// suspension and never shortens one for faults. ErrDeviceRetired for a retired device. No bond is touched.
func (k *Keeper) SuspendForFaults(ctx context.Context, id []byte, untilEpoch uint64) error {
	d, err := k.GetDevice(ctx, id)
	if err != nil {
		return err
	}
	if d.IsRetired() {
		return types.ErrDeviceRetired.Wrapf("device %s can no longer be suspended", d.Text())
	}
	return k.setSuspended(ctx, d, types.SUSPENSION_REASON_FAULTS, max(untilEpoch, d.SuspendedUntilEpoch))
}

func (k *Keeper) setSuspended(ctx context.Context, d types.Device, reason types.SuspensionReason, until uint64) error {
	d.State, d.SuspensionReason, d.SuspendedUntilEpoch = types.DEVICE_STATE_SUSPENDED, reason, until
	if err := k.setDevice(ctx, d); err != nil {
		return err
	}
	return emit(ctx, &types.EventDeviceSuspended{DeviceId: d.Text(), Reason: reason, UntilEpoch: until})
}

// resume ends a suspension whose time is over.
func (k *Keeper) resume(ctx context.Context, owner, deviceID string) error {
	d, err := k.deviceOf(ctx, owner, deviceID)
	if err != nil {
		return err
	}
	if d.IsRetired() {
		return types.ErrDeviceRetired.Wrapf("device %s can no longer be resumed: register it again", deviceID)
	}
	if d.State != types.DEVICE_STATE_SUSPENDED {
		return types.ErrNotSuspended.Wrapf("device %s is active", deviceID)
	}
	epoch, err := k.beacon.EpochNumber(ctx)
	if err != nil {
		return err
	}
	if epoch < d.SuspendedUntilEpoch {
		return types.ErrSuspended.Wrapf("device %s may be resumed from epoch %d, it is epoch %d", deviceID, d.SuspendedUntilEpoch, epoch)
	}
	clearSuspension(&d)
	d.State = types.DEVICE_STATE_ACTIVE
	if err := k.setDevice(ctx, d); err != nil {
		return err
	}
	return emit(ctx, &types.EventDeviceResumed{DeviceId: deviceID})
}

// retire ends the device's work and starts the unbonding. What it earned stays claimable; an open offer lapses.
func (k *Keeper) retire(ctx context.Context, owner, deviceID string) (uint64, error) {
	d, err := k.deviceOf(ctx, owner, deviceID)
	if err != nil {
		return 0, err
	}
	if d.IsRetired() {
		return 0, types.ErrDeviceRetired.Wrapf("device %s: its bond is free from epoch %d", deviceID, d.UnbondingEpoch)
	}
	return k.setRetired(ctx, d)
}

func (k *Keeper) setRetired(ctx context.Context, d types.Device) (uint64, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return 0, err
	}
	until, err := k.epochIn(ctx, "unbonding_epochs", params.UnbondingEpochs)
	if err != nil {
		return 0, err
	}
	clearSuspension(&d)
	d.State, d.PendingOwner, d.UnbondingEpoch, d.ReclaimEpoch = types.DEVICE_STATE_RETIRED, "", until, 0
	if err := k.setDevice(ctx, d); err != nil {
		return 0, err
	}
	if err := k.endAttestation(ctx, d.Id, "retired"); err != nil {
		return 0, err
	}
	return d.UnbondingEpoch, emit(ctx, &types.EventDeviceRetired{DeviceId: d.Text(), UnbondingEpoch: d.UnbondingEpoch})
}

// epochIn is the epoch that so many epochs, a parameter's, lead to.
func (k *Keeper) epochIn(ctx context.Context, param string, epochs uint64) (uint64, error) {
	epoch, err := k.beacon.EpochNumber(ctx)
	if err != nil {
		return 0, err
	}
	if epoch > math.MaxUint64-epochs {
		return 0, types.ErrEpochOverflow.Wrapf("epoch %d + %s %d", epoch, param, epochs)
	}
	return epoch + epochs, nil
}

func clearSuspension(d *types.Device) {
	d.SuspensionReason, d.SuspendedUntilEpoch = types.SUSPENSION_REASON_UNSPECIFIED, 0
}
