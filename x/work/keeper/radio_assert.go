package keeper

import (
	"context"
	"fmt"
	"math"

	"cosmossdk.io/collections"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// radioBondUnits are what a radio's bond has to cover where its class asks for a bond a unit: one beacon's full pay.
const radioBondUnits = 5 * radio.RewardUnit

// AssertRadio takes the word of a radio's owner; it holds from two epochs later on.
func (s msgServer) AssertRadio(goCtx context.Context, msg *types.MsgAssertRadio) (*types.MsgAssertRadioResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	device, a, err := s.checkAssertion(ctx, msg)
	if err != nil {
		return nil, err
	}
	params, err := s.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	epoch, err := s.beacon.CurrentEpoch(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.numbered(ctx, device.Id)
	if err != nil {
		return nil, err
	}
	judged, err := s.judgedEpochs(ctx)
	if err != nil {
		return nil, err
	}
	before, _ := r.Newest()
	a, moved := r.Assert(a, epoch.Number, device.Generation, judged, params.Radio)
	fee := sdkmath.ZeroInt()
	if moved && params.Radio.AssertFee.IsPositive() {
		fee = params.Radio.AssertFee
		if err := s.payAssertion(ctx, msg.Owner, fee); err != nil {
			return nil, err
		}
	}
	if err := s.place(ctx, &r, before.Cell, a.Cell); err != nil {
		return nil, err
	}
	if err := s.Radios.Set(ctx, r.DeviceId, r); err != nil {
		return nil, err
	}
	return &types.MsgAssertRadioResponse{Number: r.Number, FromEpoch: a.FromEpoch, CountsEpoch: a.CountsEpoch, Cell: a.Cell},
		ctx.EventManager().EmitTypedEvent(&types.EventRadioAsserted{
			DeviceId: msg.DeviceId, Number: r.Number, LatitudeE7: a.LatitudeE7, LongitudeE7: a.LongitudeE7, Cell: fmt.Sprintf("%x", a.Cell),
			FromEpoch: a.FromEpoch, CountsEpoch: a.CountsEpoch, Fee: fee.String(),
		})
}

// CheckAssertion tells why an assertion would not be taken now, its fee aside.
func (k *Keeper) CheckAssertion(ctx context.Context, msg *types.MsgAssertRadio) error {
	_, _, err := k.checkAssertion(sdk.UnwrapSDKContext(ctx), msg)
	return err
}

func (k *Keeper) checkAssertion(ctx sdk.Context, msg *types.MsgAssertRadio) (d devicetypes.Device, a types.RadioAssertion, err error) {
	if d, err = k.asserter(ctx, msg); err != nil {
		return d, a, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return d, a, err
	}
	epoch, err := k.beacon.CurrentEpoch(ctx)
	if err != nil {
		return d, a, err
	}
	if a, err = msg.ValidateAssertion(epoch.Number, params.Radio); err != nil {
		return d, a, err
	}
	cell, err := radio.CellOf(a.Position(), types.RadioDensityCell)
	if err != nil {
		return d, a, types.ErrInvalidAssertion.Wrap(err.Error())
	}
	a.Cell = uint64(cell)
	return d, a, k.checkRadioBond(ctx, d)
}

// asserter is the device that the message names, if it is a radio that may assert and the signer is its owner.
func (k *Keeper) asserter(ctx sdk.Context, msg *types.MsgAssertRadio) (d devicetypes.Device, err error) {
	if _, err := k.addresses.StringToBytes(msg.Owner); err != nil {
		return d, types.ErrInvalidRequest.Wrapf("owner: %s", err)
	}
	id, err := devicetypes.ParseDeviceID(msg.DeviceId)
	if err != nil {
		return d, types.ErrInvalidRequest.Wrapf("device_id: %s", err)
	}
	d, known, err := k.Device(ctx, id)
	if err != nil {
		return d, err
	}
	switch {
	case !known:
		return d, types.ErrUnknownDevice.Wrapf("device %s was never registered; register the key first", msg.DeviceId)
	case d.Owner != msg.Owner:
		return d, types.ErrUnauthorized.Wrapf("device %s belongs to %s, only that account may assert it", msg.DeviceId, d.Owner)
	case d.WorkClass != devicetypes.WORK_CLASS_RADIO:
		return d, types.ErrWrongClass.Wrapf("device %s is registered for %s; only a radio has an antenna", msg.DeviceId, d.WorkClass)
	case d.IsRetired():
		return d, types.ErrDeviceNotActive.Wrapf("device %s is retired; register it again to assert", msg.DeviceId)
	case d.PublicKey.Type != devicetypes.KEY_TYPE_ED25519 && d.PublicKey.Type != devicetypes.KEY_TYPE_SECP256R1:
		return d, types.ErrInvalidAssertion.Wrapf("device %s has a key of type %s; radios sign with ed25519 or secp256r1", msg.DeviceId, d.PublicKey.Type)
	}
	return d, nil
}

func (k *Keeper) checkRadioBond(ctx sdk.Context, d devicetypes.Device) error {
	allowed, err := k.devices.BondAllowance(ctx, d)
	if err != nil {
		return types.ErrBondTooSmall.Wrap(err.Error())
	}
	if allowed < radioBondUnits {
		return types.ErrBondTooSmall.Wrapf("the bond of %s covers %d units; a radio's has to cover %d, the full pay of a beacon", d.Bond, allowed, uint64(radioBondUnits))
	}
	return nil
}

// numbered is a device's radio, with the next number at its first assertion.
func (k *Keeper) numbered(ctx sdk.Context, id []byte) (types.Radio, error) {
	r, found, err := k.radioOf(ctx, id)
	if err != nil || found {
		return r, err
	}
	last, err := optional(k.RadioCount.Get(ctx))
	if err != nil {
		return r, err
	}
	if last == math.MaxUint32 {
		return r, types.ErrInvalidRequest.Wrap("every number of a radio is given away")
	}
	r.Number = last + 1
	if err := k.RadioCount.Set(ctx, r.Number); err != nil {
		return r, err
	}
	return r, k.RadioNumbers.Set(ctx, r.Number, id)
}

func (k *Keeper) payAssertion(ctx sdk.Context, owner string, fee sdkmath.Int) error {
	addr, err := k.addresses.StringToBytes(owner)
	if err != nil {
		return types.ErrInvalidRequest.Wrapf("owner: %s", err)
	}
	return k.community.FundCommunityPool(ctx, sdk.NewCoins(sdk.NewCoin(devicetypes.DefaultBondDenom, fee)), addr)
}

// place moves a radio in the index of places and in the density counts.
func (k *Keeper) place(ctx sdk.Context, r *types.Radio, before, now uint64) error {
	if before != 0 && before != now {
		if err := k.RadioPlaces.Remove(ctx, collections.Join(before, r.Number)); err != nil {
			return err
		}
	}
	if err := k.RadioPlaces.Set(ctx, collections.Join(now, r.Number)); err != nil {
		return err
	}
	if r.CountedCell == now {
		return nil
	}
	if err := k.uncount(ctx, r); err != nil {
		return err
	}
	r.CountedCell = now
	return k.countRadio(ctx, now, true)
}

func (k *Keeper) uncount(ctx sdk.Context, r *types.Radio) error {
	if r.CountedCell == 0 {
		return nil
	}
	cell := r.CountedCell
	r.CountedCell = 0
	return k.countRadio(ctx, cell, false)
}

// ReleaseRadio takes a retired or idle radio out of the counts, whoever asks.
func (s msgServer) ReleaseRadio(goCtx context.Context, msg *types.MsgReleaseRadio) (*types.MsgReleaseRadioResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	r, err := s.releasable(ctx, msg)
	if err != nil {
		return nil, err
	}
	newest, _ := r.Newest()
	if err := s.uncount(ctx, &r); err != nil {
		return nil, err
	}
	if err := s.RadioPlaces.Remove(ctx, collections.Join(newest.Cell, r.Number)); err != nil {
		return nil, err
	}
	r.Assertions = nil
	if err := s.Radios.Set(ctx, r.DeviceId, r); err != nil {
		return nil, err
	}
	return &types.MsgReleaseRadioResponse{}, ctx.EventManager().EmitTypedEvent(&types.EventRadioReleased{DeviceId: msg.DeviceId, Number: r.Number})
}

// CheckRelease tells why a radio would not be released now.
func (k *Keeper) CheckRelease(ctx context.Context, msg *types.MsgReleaseRadio) error {
	_, err := k.releasable(sdk.UnwrapSDKContext(ctx), msg)
	return err
}

func (k *Keeper) releasable(ctx sdk.Context, msg *types.MsgReleaseRadio) (r types.Radio, err error) {
	if _, err := k.addresses.StringToBytes(msg.Sender); err != nil {
		return r, types.ErrInvalidRequest.Wrapf("sender: %s", err)
	}
	id, err := devicetypes.ParseDeviceID(msg.DeviceId)
	if err != nil {
		return r, types.ErrInvalidRequest.Wrapf("device_id: %s", err)
	}
	r, found, err := k.radioOf(ctx, id)
	if err != nil {
		return r, err
	}
	if !found || len(r.Assertions) == 0 {
		return r, types.ErrNotAsserted.Wrapf("device %s asserts no position that could be released", msg.DeviceId)
	}
	record, _, err := k.record(ctx, devicetypes.WORK_CLASS_RADIO, id)
	if err != nil {
		return r, err
	}
	judged, err := k.judgedEpochs(ctx)
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
	device, _, err := k.Device(ctx, id)
	if err != nil || device.IsRetired() || device.Generation != r.Generation {
		return r, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return r, err
	}
	epoch, err := k.beacon.CurrentEpoch(ctx)
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
