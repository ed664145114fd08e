package keeper

import (
	"bytes"
	"context"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/emissions/types"
)

// payDevices settles devices and pays what they have accrued to one account, at once. Nothing accrued pays nothing and
// is no error.
func (k *Keeper) payDevices(ctx context.Context, payee sdk.AccAddress, ids [][]byte) (math.Int, error) {
	sum := math.ZeroInt()
	for _, id := range ids {
		accrued, err := k.work.TakeAccrued(ctx, id)
		if err != nil {
			return sum, err
		}
		sum = sum.Add(accrued)
	}
	if !sum.IsPositive() {
		return sum, nil
	}
	if err := k.bank.SendCoinsFromModuleToAccount(ctx, types.ModuleName, payee, coins(sum)); err != nil {
		return sum, err
	}
	name, err := k.addresses.BytesToString(payee)
	if err != nil {
		return sum, err
	}
	return sum, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventClaimed{
		Beneficiary: name, Amount: sum.String(), Devices: uint32(len(ids)),
	})
}

// namedDevices checks the devices that a claim names: each once, each known, each paying the claimer.
func (k *Keeper) namedDevices(ctx context.Context, claimer sdk.AccAddress, names []string) ([][]byte, error) {
	ids := make([][]byte, 0, len(names))
	seen := make(map[string]struct{}, len(names))
	for i, name := range names {
		id, err := devicetypes.ParseDeviceID(name)
		if err != nil {
			return nil, types.ErrInvalidDeviceName.Wrapf("device_ids[%d] %q: %s", i, name, err)
		}
		if _, twice := seen[string(id)]; twice {
			return nil, types.ErrDuplicateDevice.Wrapf("device_ids[%d] %s: name each device once", i, name)
		}
		seen[string(id)] = struct{}{}
		device, err := k.devices.GetDevice(ctx, id)
		if err != nil {
			return nil, err
		}
		payee, err := k.addresses.StringToBytes(device.Beneficiary)
		if err != nil {
			return nil, types.ErrInvalidAddress.Wrapf("beneficiary of %s: %s", name, err)
		}
		if !bytes.Equal(payee, claimer) {
			return nil, types.ErrNotBeneficiary.Wrapf("device_ids[%d] %s pays %s: only that account may claim for it", i, name, device.Beneficiary)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// devicePage is a page of the claimer's devices: those that pay the claimer, of up to limit that pay or belong to it.
// next is empty at the end.
func (k *Keeper) devicePage(ctx context.Context, claimer sdk.AccAddress, startAfter string, limit int) (ids [][]byte, next string, err error) {
	var after []byte
	if startAfter != "" {
		if after, err = devicetypes.ParseDeviceID(startAfter); err != nil {
			return nil, "", types.ErrInvalidDeviceName.Wrapf("start_after %q: %s", startAfter, err)
		}
	}
	for limit > 0 {
		looked := min(limit, types.MaxPageSize)
		devices, more, err := k.devices.DevicesByBeneficiary(ctx, claimer, after, looked)
		if err != nil {
			return nil, "", err
		}
		for _, d := range devices {
			ids = append(ids, d.Id)
		}
		if len(more) == 0 {
			return ids, "", nil
		}
		after, limit = more, limit-looked
	}
	return ids, devicetypes.FormatDeviceID(after), nil
}
