package keeper

import (
	"context"

	"cosmossdk.io/math"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/types"
)

type msgServer struct{ *Keeper }

// NewMsgServer returns the message server.
func NewMsgServer(k *Keeper) types.MsgServer { return msgServer{k} }

// SubmitWork takes a batch. The ante chain has verified a lane transaction's batch; a message that comes through authz or
// governance is verified here, so both ways are the same.
func (s msgServer) SubmitWork(goCtx context.Context, msg *types.MsgSubmitWork) (*types.MsgSubmitWorkResponse, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	if _, err := s.addresses.StringToBytes(msg.Relayer); err != nil {
		return nil, types.ErrInvalidRequest.Wrapf("relayer: %s", err)
	}
	params, err := s.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := types.ValidateSubmitWork(msg, params); err != nil {
		return nil, err
	}
	live, skipped, err := s.liveItems(ctx, msg)
	if err != nil {
		return nil, err
	}
	if err := s.verifyItems(ctx, live); err != nil {
		return nil, err
	}
	return s.applyBatch(ctx, msg, live, skipped, params)
}

// applyBatch applies the live items in order. An item that the batch's own earlier items made stale is skipped like any other.
func (k *Keeper) applyBatch(ctx sdk.Context, msg *types.MsgSubmitWork, live []*item, skipped map[int]error, params types.Params) (*types.MsgSubmitWorkResponse, error) {
	res := &types.MsgSubmitWorkResponse{Results: make([]types.ItemResult, len(msg.Evidence))}
	event := types.EventWorkSubmitted{Relayer: msg.Relayer}
	total := math.ZeroInt()
	next := 0
	for i, e := range msg.Evidence {
		result := types.ItemResult{DeviceId: devicetypes.FormatDeviceID(e.DeviceId), Window: e.Window, Phase: e.Phase}
		reason := skipped[i]
		if reason == nil {
			var err error
			it := live[next]
			next++
			result.Epoch = it.window.Epoch
			result.Units, err = k.applyItem(ctx, it, params)
			if err != nil && !types.IsStateError(err) {
				return nil, types.ItemError(i, err)
			}
			reason = err
		}
		if reason == nil {
			result.Accepted = true
			event.Accepted++
			total = total.Add(math.NewIntFromUint64(result.Units))
		} else {
			_, code, _ := errorsmod.ABCIInfo(reason, false)
			result.Code, result.Reason = code, reason.Error()
			event.Skipped++
		}
		res.Results[i] = result
	}
	event.Units = total.String()
	return res, ctx.EventManager().EmitTypedEvent(&event)
}

// applyItem judges an item against the state as it is now, touches the device's record and applies the item to it.
func (k *Keeper) applyItem(ctx sdk.Context, it *item, params types.Params) (uint64, error) {
	it, err := k.load(ctx, it.index, it.evidence)
	if err != nil {
		return 0, err
	}
	suspended, err := k.touch(ctx, it, params)
	if err != nil {
		return 0, err
	}
	if suspended {
		return 0, k.setRecordThen(ctx, it.record, types.ErrSuspended.Wrapf("device %s left %d commitments in a row unopened; it may be resumed in %d epochs",
			it.device.Text(), params.FaultLimit, params.SuspensionEpochs))
	}
	rules, err := k.classOf(it.evidence.WorkClass)
	if err != nil {
		return 0, err
	}
	units, err := rules.apply(ctx, it)
	if err != nil {
		return 0, err
	}
	if units > 0 {
		c := newContribution()
		c.units, c.evidence = math.NewIntFromUint64(units), 1
		k.contribute(ctx, it.evidence.WorkClass, it.window.Epoch, c)
	}
	return units, k.setRecord(ctx, it.record)
}

// setRecordThen stores the record and returns the state error, so that a fault is kept although the item is skipped.
func (k *Keeper) setRecordThen(ctx sdk.Context, d types.DeviceWork, reason error) error {
	if err := k.setRecord(ctx, d); err != nil {
		return err
	}
	return reason
}

// touch settles the record's frozen epochs and counts the commitments that were never opened. Repeated faults suspend; nothing is
// slashed, since a proposer could have censored the opening.
func (k *Keeper) touch(ctx sdk.Context, it *item, params types.Params) (suspended bool, err error) {
	if err := k.settle(ctx, &it.record); err != nil {
		return false, err
	}
	unopened := it.record.Expire(it.height)
	if unopened == 0 {
		return false, nil
	}
	it.record.Faults += unopened
	suspended = it.record.Faults >= params.FaultLimit && it.evidence.Phase == types.PHASE_COMMIT
	event := types.EventDeviceFaulted{DeviceId: it.device.Text(), Faults: it.record.Faults, Suspended: suspended}
	if suspended {
		it.record.Faults = 0
		epoch, err := k.beacon.CurrentEpoch(ctx)
		if err != nil {
			return false, err
		}
		if err := k.devices.SuspendForFaults(ctx, it.device.Id, epoch.Number+params.SuspensionEpochs); err != nil {
			return false, err
		}
	}
	return suspended, ctx.EventManager().EmitTypedEvent(&event)
}

// UpdateParams replaces the parameters; live windows keep those of their decision.
func (s msgServer) UpdateParams(ctx context.Context, msg *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if msg.Authority != s.authority {
		return nil, types.ErrInvalidAuthority.Wrapf("authority is %s; want %s", msg.Authority, s.authority)
	}
	if err := msg.Params.Validate(); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, s.Params.Set(ctx, msg.Params)
}
