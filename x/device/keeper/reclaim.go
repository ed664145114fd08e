package keeper

import (
	"context"

	"github.com/joulechain/joule/x/device/types"
)

// reclaim is a sponsor's way to its bond when the owner is gone. Sent first, it gives the owner notice; sent again from
// reclaim_epoch on, it retires the device, as the owner could have. The sponsor never holds a right of the owner's but
// this one, and none over what the device earned.
func (k *Keeper) reclaim(ctx context.Context, payer, deviceID string) (*types.MsgReclaimBondResponse, error) {
	if _, err := k.address("bond_payer", payer); err != nil {
		return nil, err
	}
	d, err := k.deviceByText(ctx, deviceID)
	if err != nil {
		return nil, err
	}
	switch {
	case d.BondPayer != payer:
		return nil, types.ErrUnauthorized.Wrapf("the bond of %s was paid by %s, only that account may reclaim it", deviceID, d.BondPayer)
	case d.Owner == payer:
		return nil, types.ErrUnchanged.Wrapf("device %s is your own: retire it", deviceID)
	case d.IsRetired():
		return nil, types.ErrDeviceRetired.Wrapf("device %s: withdraw its bond from epoch %d", deviceID, d.UnbondingEpoch)
	case d.ReclaimEpoch == 0:
		return k.giveNotice(ctx, d)
	}
	epoch, err := k.beacon.EpochNumber(ctx)
	if err != nil {
		return nil, err
	}
	if epoch < d.ReclaimEpoch {
		return nil, types.ErrNotice.Wrapf("the owner of %s may answer until epoch %d, it is epoch %d", deviceID, d.ReclaimEpoch-1, epoch)
	}
	unbonding, err := k.setRetired(ctx, d)
	return &types.MsgReclaimBondResponse{UnbondingEpoch: unbonding}, err
}

func (k *Keeper) giveNotice(ctx context.Context, d types.Device) (*types.MsgReclaimBondResponse, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if d.ReclaimEpoch, err = k.epochIn(ctx, "reclaim_epochs", params.ReclaimEpochs); err != nil {
		return nil, err
	}
	if err := k.setDevice(ctx, d); err != nil {
		return nil, err
	}
	return &types.MsgReclaimBondResponse{ReclaimEpoch: d.ReclaimEpoch}, emit(ctx, &types.EventReclaimNoticed{
		DeviceId: d.Text(), Owner: d.Owner, BondPayer: d.BondPayer, ReclaimEpoch: d.ReclaimEpoch,
	})
}

// keep answers a notice, which lapsed as the owner's message was read.
func (k *Keeper) keep(ctx context.Context, owner, deviceID string) error {
	d, err := k.deviceByText(ctx, deviceID)
	if err != nil {
		return err
	}
	if d.ReclaimEpoch == 0 {
		return types.ErrNotice.Wrapf("device %s: no sponsor's notice waits for an answer", deviceID)
	}
	_, err = k.deviceOf(ctx, owner, deviceID)
	return err
}
