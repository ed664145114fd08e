package radio

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/types"
)

// Release takes a retired or idle radio out of the counts, whoever asks.
func (c *Class) Release(goCtx context.Context, msg *types.MsgReleaseRadio) (*types.MsgReleaseRadioResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	r, err := c.releasable(ctx, msg)
	if err != nil {
		return nil, err
	}
	newest, _ := r.Newest()
	if err := c.uncount(ctx, &r); err != nil {
		return nil, err
	}
	if err := c.Places.Remove(ctx, collections.Join(newest.Cell, r.Number)); err != nil {
		return nil, err
	}
	r.Assertions = nil
	if err := c.Radios.Set(ctx, r.DeviceId, r); err != nil {
		return nil, err
	}
	return &types.MsgReleaseRadioResponse{}, ctx.EventManager().EmitTypedEvent(&types.EventRadioReleased{DeviceId: msg.DeviceId, Number: r.Number})
}

// CheckRelease tells why a radio would not be released now.
func (c *Class) CheckRelease(ctx context.Context, msg *types.MsgReleaseRadio) error {
	_, err := c.releasable(sdk.UnwrapSDKContext(ctx), msg)
	return err
}

func (c *Class) releasable(ctx sdk.Context, msg *types.MsgReleaseRadio) (r types.Radio, err error) {
	if _, err := c.ledger.Account(msg.Sender); err != nil {
		return r, types.ErrInvalidRequest.Wrapf("sender: %s", err)
	}
	id, err := devicetypes.ParseDeviceID(msg.DeviceId)
	if err != nil {
		return r, types.ErrInvalidRequest.Wrapf("device_id: %s", err)
	}
	r, found, err := c.radioOf(ctx, id)
	if err != nil {
		return r, err
	}
	if !found || len(r.Assertions) == 0 {
		return r, types.ErrNotAsserted.Wrapf("device %s asserts no position that could be released", msg.DeviceId)
	}
	record, _, err := c.ledger.Record(ctx, id)
	if err != nil {
		return r, err
	}
	judged, err := c.judgedEpochs(ctx)
	if err != nil {
		return r, err
	}
	worked := record.LastProvenEpoch
	if record.Radio != nil {
		worked = max(worked, record.Radio.ActiveEpoch)
	}
	if len(judged) > 0 && worked >= judged[0] {
		return r, types.ErrNotIdle.Wrapf("device %s has beacons or receipts of epoch %d, which is still judged; it may be released when that is settled", msg.DeviceId, worked)
	}
	device, _, err := c.ledger.Device(ctx, id)
	if err != nil || device.IsRetired() || device.Generation != r.Generation {
		return r, err
	}
	params, err := c.ledger.Params(ctx)
	if err != nil {
		return r, err
	}
	epoch, err := c.ledger.CurrentEpoch(ctx)
	if err != nil {
		return r, err
	}
	newest, _ := r.Newest()
	active := max(r.AssertedEpoch, newest.CountsEpoch)
	if record.Radio != nil {
		active = max(active, record.Radio.ActiveEpoch)
	}
	if active+params.Radio.IdleEpochs > epoch.Number {
		return r, types.ErrNotIdle.Wrapf("device %s was active or began in epoch %d; it may be released from epoch %d on, this is %d",
			msg.DeviceId, active, active+params.Radio.IdleEpochs, epoch.Number)
	}
	return r, nil
}
