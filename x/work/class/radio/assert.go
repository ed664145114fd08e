package radio

import (
	"context"
	"fmt"
	"math"

	"cosmossdk.io/collections"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// bondUnits are what a radio's bond has to cover where its class asks for a bond a unit: one beacon's full pay.
const bondUnits = 5 * proof.RewardUnit

// Assert takes the word of a radio's owner; it holds from two epochs later on.
func (c *Class) Assert(goCtx context.Context, msg *types.MsgAssertRadio) (*types.MsgAssertRadioResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	device, a, err := c.checkAssertion(ctx, msg)
	if err != nil {
		return nil, err
	}
	params, err := c.ledger.Params(ctx)
	if err != nil {
		return nil, err
	}
	epoch, err := c.ledger.CurrentEpoch(ctx)
	if err != nil {
		return nil, err
	}
	r, err := c.numbered(ctx, device.Id)
	if err != nil {
		return nil, err
	}
	judged, err := c.judgedEpochs(ctx)
	if err != nil {
		return nil, err
	}
	before, _ := r.Newest()
	a, moved := r.Assert(a, epoch.Number, device.Generation, judged, params.Radio)
	fee := sdkmath.ZeroInt()
	if moved && params.Radio.AssertFee.IsPositive() {
		fee = params.Radio.AssertFee
		if err := c.payAssertion(ctx, msg.Owner, fee); err != nil {
			return nil, err
		}
	}
	if err := c.place(ctx, &r, before.Cell, a.Cell); err != nil {
		return nil, err
	}
	if err := c.Radios.Set(ctx, r.DeviceId, r); err != nil {
		return nil, err
	}
	return &types.MsgAssertRadioResponse{Number: r.Number, FromEpoch: a.FromEpoch, CountsEpoch: a.CountsEpoch, Cell: a.Cell},
		ctx.EventManager().EmitTypedEvent(&types.EventRadioAsserted{
			DeviceId: msg.DeviceId, Number: r.Number, LatitudeE7: a.LatitudeE7, LongitudeE7: a.LongitudeE7, Cell: fmt.Sprintf("%x", a.Cell),
			FromEpoch: a.FromEpoch, CountsEpoch: a.CountsEpoch, Fee: fee.String(),
		})
}

// CheckAssertion tells why an assertion would not be taken now, its fee aside.
func (c *Class) CheckAssertion(ctx context.Context, msg *types.MsgAssertRadio) error {
	_, _, err := c.checkAssertion(sdk.UnwrapSDKContext(ctx), msg)
	return err
}

func (c *Class) checkAssertion(ctx sdk.Context, msg *types.MsgAssertRadio) (d devicetypes.Device, a types.RadioAssertion, err error) {
	if d, err = c.asserter(ctx, msg); err != nil {
		return d, a, err
	}
	params, err := c.ledger.Params(ctx)
	if err != nil {
		return d, a, err
	}
	epoch, err := c.ledger.CurrentEpoch(ctx)
	if err != nil {
		return d, a, err
	}
	if a, err = msg.ValidateAssertion(epoch.Number, params.Radio); err != nil {
		return d, a, err
	}
	cell, err := proof.CellOf(a.Position(), types.RadioDensityCell)
	if err != nil {
		return d, a, types.ErrInvalidAssertion.Wrap(err.Error())
	}
	a.Cell = uint64(cell)
	return d, a, c.checkBond(ctx, d)
}

// asserter is the device that the message names, if it is a radio that may assert and the signer is its owner.
func (c *Class) asserter(ctx sdk.Context, msg *types.MsgAssertRadio) (d devicetypes.Device, err error) {
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

func (c *Class) checkBond(ctx sdk.Context, d devicetypes.Device) error {
	allowed, err := c.ledger.BondAllowance(ctx, d)
	if err != nil {
		return types.ErrBondTooSmall.Wrap(err.Error())
	}
	if allowed < bondUnits {
		return types.ErrBondTooSmall.Wrapf("the bond of %s covers %d units; a radio's has to cover %d, the full pay of a beacon", d.Bond, allowed, uint64(bondUnits))
	}
	return nil
}

// numbered is a device's radio, with the next number at its first assertion.
func (c *Class) numbered(ctx sdk.Context, id []byte) (types.Radio, error) {
	r, found, err := c.radioOf(ctx, id)
	if err != nil || found {
		return r, err
	}
	last, err := class.OrZero(c.Count.Get(ctx))
	if err != nil {
		return r, err
	}
	if last == math.MaxUint32 {
		return r, types.ErrInvalidRequest.Wrap("every number of a radio is given away")
	}
	r.Number = last + 1
	if err := c.Count.Set(ctx, r.Number); err != nil {
		return r, err
	}
	return r, c.Numbers.Set(ctx, r.Number, id)
}

func (c *Class) payAssertion(ctx sdk.Context, owner string, fee sdkmath.Int) error {
	addr, err := c.ledger.Account(owner)
	if err != nil {
		return types.ErrInvalidRequest.Wrapf("owner: %s", err)
	}
	return c.ledger.FundCommunityPool(ctx, sdk.NewCoins(sdk.NewCoin(devicetypes.DefaultBondDenom, fee)), addr)
}

// place moves a radio in the index of places and in the density counts.
func (c *Class) place(ctx sdk.Context, r *types.Radio, before, now uint64) error {
	if before != 0 && before != now {
		if err := c.Places.Remove(ctx, collections.Join(before, r.Number)); err != nil {
			return err
		}
	}
	if err := c.Places.Set(ctx, collections.Join(now, r.Number)); err != nil {
		return err
	}
	if r.CountedCell == now {
		return nil
	}
	if err := c.uncount(ctx, r); err != nil {
		return err
	}
	r.CountedCell = now
	return c.count(ctx, now, true)
}

func (c *Class) uncount(ctx sdk.Context, r *types.Radio) error {
	if r.CountedCell == 0 {
		return nil
	}
	cell := r.CountedCell
	r.CountedCell = 0
	return c.count(ctx, cell, false)
}
