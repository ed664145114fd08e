package disk

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/disk"
	"github.com/joulechain/joule/x/work/types"
)

// SetClaim takes a claim of a disk's owner; it holds from two epochs later on.
func (c *Class) SetClaim(goCtx context.Context, msg *types.MsgSetDiskClaim) (*types.MsgSetDiskClaimResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	if err := c.CheckClaim(ctx, msg); err != nil {
		return nil, err
	}
	id, err := devicetypes.ParseDeviceID(msg.DeviceId)
	if err != nil {
		return nil, types.ErrInvalidRequest.Wrapf("device_id: %s", err)
	}
	epoch, err := c.ledger.CurrentEpoch(ctx)
	if err != nil {
		return nil, err
	}
	record, _, err := c.ledger.Record(ctx, id)
	if err != nil {
		return nil, err
	}
	claim := record.SetClaim(types.DiskClaim{Plots: msg.Plots, K: msg.K, Strength: msg.Strength}, epoch.Number)
	if err := c.ledger.SetRecord(ctx, record); err != nil {
		return nil, err
	}
	return &types.MsgSetDiskClaimResponse{FromEpoch: claim.FromEpoch}, ctx.EventManager().EmitTypedEvent(&types.EventDiskClaimSet{
		DeviceId: msg.DeviceId, Plots: claim.Plots, K: claim.K, Strength: claim.Strength, FromEpoch: claim.FromEpoch,
	})
}

// CheckClaim tells why a claim would not be taken now.
func (c *Class) CheckClaim(goCtx context.Context, msg *types.MsgSetDiskClaim) error {
	ctx := sdk.UnwrapSDKContext(goCtx)
	device, err := c.claimant(ctx, msg)
	if err != nil {
		return err
	}
	params, err := c.ledger.Params(ctx)
	if err != nil {
		return err
	}
	claim := types.DiskClaim{Plots: msg.Plots, K: msg.K, Strength: msg.Strength}
	if err := claim.ValidateFor(params.Disk); err != nil {
		return err
	}
	// The end of a claim needs no bond, so it may end whatever the device's class asks for now.
	if claim.Plots == 0 {
		return nil
	}
	return c.checkBond(ctx, device, claim)
}

// claimant is the device that the message names, if it may claim and the signer is its owner.
func (c *Class) claimant(ctx sdk.Context, msg *types.MsgSetDiskClaim) (d devicetypes.Device, err error) {
	if _, err := c.ledger.Account(msg.Owner); err != nil {
		return d, types.ErrInvalidRequest.Wrapf("owner: %s", err)
	}
	id, err := devicetypes.ParseDeviceID(msg.DeviceId)
	if err != nil {
		return d, types.ErrInvalidRequest.Wrapf("device_id: %s", err)
	}
	d, known, err := c.ledger.Device(ctx, id)
	if err != nil {
		return d, err
	}
	switch {
	case !known:
		return d, types.ErrUnknownDevice.Wrapf("device %s was never registered; register the key first", msg.DeviceId)
	case d.Owner != msg.Owner:
		return d, types.ErrUnauthorized.Wrapf("device %s belongs to %s, only that account may set its claim", msg.DeviceId, d.Owner)
	case d.WorkClass != devicetypes.WORK_CLASS_DISK:
		return d, types.ErrWrongClass.Wrapf("device %s is registered for %s; only a disk claims plots", msg.DeviceId, d.WorkClass)
	case d.IsRetired():
		return d, types.ErrDeviceNotActive.Wrapf("device %s is retired; register it again to claim", msg.DeviceId)
	}
	return d, nil
}

// checkBond wants the bond to cover the claimed plots, when the claim is made and whenever its evidence is judged.
func (c *Class) checkBond(ctx sdk.Context, d devicetypes.Device, claim types.DiskClaim) error {
	allowed, err := c.ledger.BondAllowance(ctx, d)
	if err != nil {
		return types.ErrBondTooSmall.Wrap(err.Error())
	}
	if units := claim.Units(); units > allowed {
		return types.ErrBondTooSmall.Wrapf("%d plots of k = %d are %d units and the bond of %s covers %d, which are %d plots; claim fewer or add to the bond",
			claim.Plots, claim.K, units, d.Bond, allowed, allowed/proof.PlotUnits(uint8(claim.K)))
	}
	return nil
}
