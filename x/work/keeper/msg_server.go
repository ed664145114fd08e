package keeper

import (
	"context"

	"cosmossdk.io/math"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

type msgServer struct{ *Keeper }

// NewMsgServer returns the message server.
func NewMsgServer(k *Keeper) types.MsgServer { return msgServer{k} }

// SubmitWork takes a batch. The ante chain has verified a lane transaction's batch; a message that comes through authz
// or governance is verified here, so both ways are the same.
func (s msgServer) SubmitWork(goCtx context.Context, msg *types.MsgSubmitWork) (*types.MsgSubmitWorkResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	if _, err := s.addresses.StringToBytes(msg.Relayer); err != nil {
		return nil, types.ErrInvalidRequest.Wrapf("relayer: %s", err)
	}
	params, err := s.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.rules.ValidateSubmitWork(msg, params); err != nil {
		return nil, err
	}
	gas, err := s.rules.LaneGas(msg, params)
	if err != nil {
		return nil, err
	}
	// A lane transaction's meter shows this figure whatever runs; elsewhere it pays for the verification below.
	ctx.GasMeter().ConsumeGas(gas, "evidence")
	items, err := s.newItems(ctx, msg)
	if err != nil {
		return nil, err
	}
	if err := s.verifyItems(ctx, items); err != nil {
		return nil, err
	}
	return s.applyBatch(ctx, msg, items, params)
}

// applyBatch applies the live items in order. An item that the batch's own earlier items made stale is skipped like any
// other.
func (k *Keeper) applyBatch(ctx sdk.Context, msg *types.MsgSubmitWork, items []*class.Item, params types.Params) (*types.MsgSubmitWorkResponse, error) {
	res := &types.MsgSubmitWorkResponse{Results: make([]types.ItemResult, len(items))}
	event := types.EventWorkSubmitted{Relayer: msg.Relayer}
	total := math.ZeroInt()
	for i, it := range items {
		units, reason, err := k.applyItem(ctx, it, params)
		if err != nil {
			return nil, types.ItemError(i, err)
		}
		res.Results[i] = result(it, units, reason)
		if reason == nil {
			event.Accepted++
			total = total.Add(math.NewIntFromUint64(units))
		} else {
			event.Skipped++
		}
	}
	event.Units = total.String()
	return res, ctx.EventManager().EmitTypedEvent(&event)
}

func result(it *class.Item, units uint64, reason error) types.ItemResult {
	e := it.Evidence
	r := types.ItemResult{DeviceId: devicetypes.FormatDeviceID(e.DeviceId), Window: e.Window, Phase: e.Phase}
	if reason != nil {
		_, r.Code, _ = errorsmod.ABCIInfo(reason, false)
		r.Reason = reason.Error()
		return r
	}
	r.Accepted, r.Epoch, r.Units = true, it.Window.Epoch, units
	return r
}

// applyItem judges an item against the state as it is now, touches the device's record and applies the item to it. The
// reason is why the item was skipped; the touch is kept all the same.
func (k *Keeper) applyItem(ctx sdk.Context, verified *class.Item, params types.Params) (units uint64, reason, err error) {
	if verified.Stale != nil {
		return 0, verified.Stale, nil
	}
	it, err := k.load(ctx, verified.Index, verified.Evidence)
	if err != nil || it.Stale != nil {
		return 0, stale(it), err
	}
	suspended, err := k.touch(ctx, it, params)
	if err != nil {
		return 0, nil, err
	}
	if suspended {
		return 0, suspendedFor(it, params), k.setRecord(ctx, it.Record)
	}
	rules, err := k.classOf(it.Evidence.WorkClass)
	if err != nil {
		return 0, nil, err
	}
	units, err = rules.Apply(ctx, it)
	if types.IsStateError(err) {
		return 0, err, k.setRecord(ctx, it.Record)
	}
	if err != nil {
		return 0, nil, err
	}
	if units > 0 {
		c := newContribution()
		c.units, c.evidence = math.NewIntFromUint64(units), 1
		k.contribute(ctx, it.Evidence.WorkClass, it.Window.Epoch, c)
	}
	return units, nil, k.setRecord(ctx, it.Record)
}

func stale(it *class.Item) error {
	if it == nil {
		return nil
	}
	return it.Stale
}

func suspendedFor(it *class.Item, params types.Params) error {
	return types.ErrSuspended.Wrapf("device %s left %d commitments in a row unopened; it may be resumed in %d epochs",
		it.Device.Text(), params.FaultLimit, params.SuspensionEpochs)
}

// touch settles the record's frozen epochs and counts the commitments that were never opened. Repeated faults suspend;
// nothing is slashed, since a proposer could have censored the opening.
func (k *Keeper) touch(ctx sdk.Context, it *class.Item, params types.Params) (suspended bool, err error) {
	if err := k.settle(ctx, &it.Record); err != nil {
		return false, err
	}
	unopened := it.Record.Expire(it.Height)
	if unopened == 0 {
		return false, nil
	}
	it.Record.Faults += unopened
	suspended = it.Record.Faults >= params.FaultLimit && it.Evidence.Phase == types.PHASE_COMMIT
	event := types.EventDeviceFaulted{DeviceId: it.Device.Text(), Faults: it.Record.Faults, Suspended: suspended}
	if suspended {
		it.Record.Faults = 0
		epoch, err := k.beacon.CurrentEpoch(ctx)
		if err != nil {
			return false, err
		}
		if err := k.devices.SuspendForFaults(ctx, it.Device.Id, epoch.Number+params.SuspensionEpochs); err != nil {
			return false, err
		}
	}
	return suspended, ctx.EventManager().EmitTypedEvent(&event)
}

// UpdateParams replaces the parameters; live windows keep those of their decision. What would change the worth of a
// unit is refused: README.md, "Changes by governance".
func (s msgServer) UpdateParams(ctx context.Context, msg *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if msg.Authority != s.authority {
		return nil, types.ErrInvalidAuthority.Wrapf("authority is %s; want %s", msg.Authority, s.authority)
	}
	if err := msg.Params.Validate(); err != nil {
		return nil, err
	}
	before, err := s.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := before.Gpu.CheckUpdate(msg.Params.Gpu); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, s.Params.Set(ctx, msg.Params)
}
