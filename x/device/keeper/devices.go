package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/types"
)

// GetDevice returns the device; ErrDeviceNotFound when the id is unknown.
func (k *Keeper) GetDevice(ctx context.Context, id []byte) (types.Device, error) {
	d, err := k.Devices.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		if text := types.FormatDeviceID(id); text != "" {
			return types.Device{}, types.ErrDeviceNotFound.Wrapf("device %s is not registered", text)
		}
		return types.Device{}, types.ErrInvalidDeviceID.Wrapf("device id has %d bytes, want %d", len(id), types.DeviceIDSize)
	}
	return d, err
}

// HasDevice tells whether the id is registered, retired devices included.
func (k *Keeper) HasDevice(ctx context.Context, id []byte) (bool, error) {
	return k.Devices.Has(ctx, id)
}

// IterateDevices calls fn for every device, ascending by id, until it returns true. For genesis, invariants and tests
// only: no block may loop over all devices.
func (k *Keeper) IterateDevices(ctx context.Context, fn func(d types.Device) (stop bool, err error)) error {
	return k.Devices.Walk(ctx, nil, func(_ []byte, d types.Device) (bool, error) { return fn(d) })
}

// DevicesByBeneficiary looks at up to limit (1..200) of the devices that pay the account or that it owns, ascending by
// id, after startAfter (nil: from the first), and returns those that pay it. next is the id to go on after, nil when
// there are no more.
func (k *Keeper) DevicesByBeneficiary(ctx context.Context, beneficiary sdk.AccAddress, startAfter []byte, limit int) (devices []types.Device, next []byte, err error) {
	if limit < 1 || limit > MaxPageSize {
		return nil, nil, types.ErrInvalidPage.Wrapf("limit %d is outside 1..%d", limit, MaxPageSize)
	}
	text, err := k.addresses.BytesToString(beneficiary)
	if err != nil {
		return nil, nil, types.ErrInvalidAddress.Wrapf("beneficiary %x: %s", beneficiary.Bytes(), err)
	}
	var last []byte
	looked := 0
	err = k.walkAccount(beneficiary)(ctx, startAfter, false, func(d types.Device) (bool, error) {
		switch {
		case bytes.Equal(d.Id, startAfter):
			return false, nil
		case looked == limit:
			next = last
			return true, nil
		case d.Beneficiary == text:
			devices = append(devices, d)
		}
		looked, last = looked+1, d.Id
		return false, nil
	})
	return devices, next, err
}

// ClassParams returns the class's registration rules; ErrClassNotOpen when the parameters do not list it.
func (k *Keeper) ClassParams(ctx context.Context, class types.WorkClass) (types.ClassParams, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return types.ClassParams{}, err
	}
	return params.Class(class)
}

// deviceOf returns the device that a message of its owner names: ErrUnauthorized for anyone else. The owner is there,
// so that a sponsor's notice lapses.
func (k *Keeper) deviceOf(ctx context.Context, owner, deviceID string) (types.Device, error) {
	d, err := k.deviceByText(ctx, deviceID)
	if err != nil {
		return types.Device{}, err
	}
	if _, err := k.address("owner", owner); err != nil {
		return types.Device{}, err
	}
	if d.Owner != owner {
		return types.Device{}, types.ErrUnauthorized.Wrapf("device %s is owned by %s, not by %s", deviceID, d.Owner, owner)
	}
	if d.ReclaimEpoch == 0 {
		return d, nil
	}
	d.ReclaimEpoch = 0
	if err := k.setDevice(ctx, d); err != nil {
		return types.Device{}, err
	}
	return d, emit(ctx, &types.EventReclaimLapsed{DeviceId: deviceID, Owner: owner})
}

func (k *Keeper) deviceByText(ctx context.Context, deviceID string) (types.Device, error) {
	id, err := types.ParseDeviceID(deviceID)
	if err != nil {
		return types.Device{}, err
	}
	return k.GetDevice(ctx, id)
}

func (k *Keeper) setDevice(ctx context.Context, d types.Device) error {
	return k.Devices.Set(ctx, d.Id, d)
}
