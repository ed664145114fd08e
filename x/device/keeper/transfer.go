package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/types"
)

// setBeneficiary names who is paid from now on; the old beneficiary is paid out first. Retired devices may change it
// too: they stay claimable.
func (k *Keeper) setBeneficiary(ctx context.Context, owner, deviceID, beneficiary string) error {
	d, err := k.deviceOf(ctx, owner, deviceID)
	if err != nil {
		return err
	}
	if _, err := k.receiver("beneficiary", beneficiary); err != nil {
		return err
	}
	if d.Beneficiary == beneficiary {
		return types.ErrUnchanged.Wrapf("beneficiary of %s is already %s", deviceID, beneficiary)
	}
	if d, err = k.beforePayeeChanged(ctx, d); err != nil {
		return err
	}
	d.Beneficiary = beneficiary
	if err := k.setDevice(ctx, d); err != nil {
		return err
	}
	return emit(ctx, &types.EventBeneficiaryChanged{DeviceId: deviceID, Beneficiary: beneficiary})
}

// offer offers a device to an account, which alone may accept; an empty new owner takes the offer back, another one
// replaces it.
func (k *Keeper) offer(ctx context.Context, owner, deviceID, newOwner string) error {
	d, err := k.deviceOf(ctx, owner, deviceID)
	if err != nil {
		return err
	}
	if d.IsRetired() {
		return types.ErrDeviceRetired.Wrapf("device %s can no longer be offered", deviceID)
	}
	if newOwner == "" {
		if d.PendingOwner == "" {
			return types.ErrNoOffer.Wrapf("device %s: there is no offer to take back", deviceID)
		}
	} else {
		if _, err := k.receiver("new_owner", newOwner); err != nil {
			return err
		}
		if newOwner == owner {
			return types.ErrInvalidOffer.Wrapf("new_owner %s is the owner; leave it empty to take an offer back", newOwner)
		}
	}
	d.PendingOwner = newOwner
	if err := k.setDevice(ctx, d); err != nil {
		return err
	}
	return emit(ctx, &types.EventDeviceOffered{DeviceId: deviceID, Owner: owner, NewOwner: newOwner})
}

// accept makes the account that a device was offered to its owner. The old beneficiary is paid out first.
func (k *Keeper) accept(ctx context.Context, msg *types.MsgAcceptDevice) error {
	newOwner, err := k.receiver("new_owner", msg.NewOwner)
	if err != nil {
		return err
	}
	d, err := k.deviceByText(ctx, msg.DeviceId)
	if err != nil {
		return err
	}
	if d.PendingOwner == "" {
		return types.ErrNoOffer.Wrapf("device %s: ask its owner %s for an offer", msg.DeviceId, d.Owner)
	}
	if d.PendingOwner != msg.NewOwner {
		return types.ErrUnauthorized.Wrapf("device %s is offered to %s, not to %s", msg.DeviceId, d.PendingOwner, msg.NewOwner)
	}
	beneficiary := msg.Beneficiary
	if beneficiary == "" {
		beneficiary = msg.NewOwner
	}
	if _, err := k.receiver("beneficiary", beneficiary); err != nil {
		return err
	}
	if d, err = k.beforePayeeChanged(ctx, d); err != nil {
		return err
	}
	if msg.ReplaceBond {
		if err := k.replaceBond(ctx, &d, newOwner, msg.NewOwner); err != nil {
			return err
		}
	}
	oldOwner := d.Owner
	// A sponsor's notice was for the old owner.
	d.Owner, d.Beneficiary, d.PendingOwner, d.ReclaimEpoch = msg.NewOwner, beneficiary, "", 0
	if err := k.setDevice(ctx, d); err != nil {
		return err
	}
	// The chip answered a nonce with the old owner in it.
	if err := k.endAttestation(ctx, d.Id, "transferred"); err != nil {
		return err
	}
	if err := emit(ctx, &types.EventDeviceTransferred{DeviceId: msg.DeviceId, OldOwner: oldOwner, NewOwner: d.Owner}); err != nil {
		return err
	}
	return emit(ctx, &types.EventBeneficiaryChanged{DeviceId: msg.DeviceId, Beneficiary: beneficiary})
}

// replaceBond lets the new owner stand in with the same bond, so that a seller's or a sponsor's is not locked for as
// long as the new owner likes.
func (k *Keeper) replaceBond(ctx context.Context, d *types.Device, from sdk.AccAddress, payer string) error {
	if d.BondPayer == payer {
		return types.ErrUnchanged.Wrapf("the bond of %s was already paid by %s", d.Text(), payer)
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, from, types.ModuleName, sdk.Coins{d.Bond}); err != nil {
		return errorsmod.Wrapf(err, "bond of %s from %s", d.Bond, payer)
	}
	if err := k.returnBond(ctx, d.BondPayer, d.Bond); err != nil {
		return err
	}
	event := &types.EventBondReplaced{DeviceId: d.Text(), OldPayer: d.BondPayer, NewPayer: payer, Amount: d.Bond.String()}
	d.BondPayer = payer
	return emit(ctx, event)
}
