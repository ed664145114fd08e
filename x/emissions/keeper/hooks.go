package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/emissions/types"
)

var _ devicetypes.DeviceHooks = DeviceHooks{}

// DeviceHooks are what x/device calls before it changes whom a device pays.
type DeviceHooks struct{ k *Keeper }

// DeviceHooks returns the module's hooks for x/device.
func (k *Keeper) DeviceHooks() DeviceHooks { return DeviceHooks{k} }

// BeforePayeeChanged pays what the device has accrued to the beneficiary that it still has. If that account may not
// receive coins (a module's account, named by mistake), the rewards stay with the device and the new beneficiary can
// claim them: nothing is lost either way.
func (h DeviceHooks) BeforePayeeChanged(ctx context.Context, device devicetypes.Device) error {
	payee, err := h.k.addresses.StringToBytes(device.Beneficiary)
	if err != nil {
		return types.ErrInvalidAddress.Wrapf("beneficiary of %s: %s", devicetypes.FormatDeviceID(device.Id), err)
	}
	if h.k.bank.BlockedAddr(sdk.AccAddress(payee)) {
		return nil
	}
	_, err = h.k.payDevices(ctx, payee, [][]byte{device.Id})
	return err
}
