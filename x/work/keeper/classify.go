package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/types"
)

// load reads the state that judges an item and applies every rule that costs no arithmetic. A state error (types.IsStateError)
// skips the item; anything else is a fault of the node or the batch.
func (k *Keeper) load(ctx sdk.Context, index int, e types.Evidence) (*item, error) {
	known, err := k.devices.HasDevice(ctx, e.DeviceId)
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, types.ErrUnknownDevice.Wrapf("device %X is not registered", e.DeviceId)
	}
	it := &item{index: index, evidence: e, height: executionHeight(ctx)}
	if it.device, err = k.devices.GetDevice(ctx, e.DeviceId); err != nil {
		return nil, err
	}
	if it.device.WorkClass != e.WorkClass {
		return nil, types.ErrWrongClass.Wrapf("device %s is registered for %s, the evidence is of %s", it.device.Text(), it.device.WorkClass, e.WorkClass)
	}
	if it.window, err = k.Windows.Get(ctx, e.Window); err != nil {
		if errors.Is(err, collections.ErrNotFound) {
			return nil, types.ErrUnknownWindow.Wrapf("window %d is not live: it never opened, or its openings are over", e.Window)
		}
		return nil, err
	}
	if it.window.WorkClass != e.WorkClass {
		return nil, types.ErrWrongClass.Wrapf("window %d is of %s, the evidence of %s", e.Window, it.window.WorkClass, e.WorkClass)
	}
	if it.record, _, err = k.record(ctx, e.WorkClass, e.DeviceId); err != nil {
		return nil, err
	}
	rules, err := k.classOf(e.WorkClass)
	if err != nil {
		return nil, err
	}
	return it, rules.check(ctx, it)
}

// classify splits a batch into its live items and the reasons of those to skip, by index. While a proposal is prepared or
// processed, items that an earlier transaction of it carries are skipped as well.
func (k *Keeper) classify(ctx sdk.Context, msg *types.MsgSubmitWork) (live []*item, skipped map[int]error, err error) {
	skipped = map[int]error{}
	for i, e := range msg.Evidence {
		it, err := k.load(ctx, i, e)
		if err == nil && k.isMarked(ctx, e) {
			err = types.ErrAlreadyInProposal.Wrap("an earlier transaction of the proposal carries it")
		}
		switch {
		case err == nil:
			live = append(live, it)
		case types.IsStateError(err):
			skipped[i] = err
		default:
			return nil, nil, types.ItemError(i, err)
		}
	}
	return live, skipped, nil
}

// liveItems is classify, with an error when nothing is left.
func (k *Keeper) liveItems(ctx sdk.Context, msg *types.MsgSubmitWork) ([]*item, map[int]error, error) {
	live, skipped, err := k.classify(ctx, msg)
	if err != nil {
		return nil, nil, err
	}
	if len(live) == 0 {
		return nil, nil, nothingNew(skipped)
	}
	return live, skipped, nil
}

// nothingNew gives the first item's reason, which for a batch of one is the reason.
func nothingNew(skipped map[int]error) error {
	if err := skipped[0]; err != nil {
		return types.ErrNothingNew.Wrapf("none of %d items changes the state; item 0: %s", len(skipped), err)
	}
	return types.ErrNothingNew.Wrap("the batch is empty")
}

// CheckLive returns an error unless at least one item is new against the state.
func (k *Keeper) CheckLive(goCtx context.Context, msg *types.MsgSubmitWork) error {
	_, _, err := k.liveItems(sdk.UnwrapSDKContext(goCtx), msg)
	return err
}
