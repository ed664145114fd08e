package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/types"
)

// load reads the state that judges an item and applies every rule that costs no arithmetic. What skips the item is left
// in its stale field; an error is a fault of the batch or of the node.
func (k *Keeper) load(ctx sdk.Context, index int, e types.Evidence) (*class.Item, error) {
	device, known, err := k.Device(ctx, e.DeviceId)
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, types.ErrUnknownDevice.Wrapf("no device with id %X was ever registered; register the key first", e.DeviceId)
	}
	it := &class.Item{Index: index, Evidence: e, Device: device, Height: executionHeight(ctx)}
	if err := k.judge(ctx, it); types.IsStateError(err) {
		it.Stale = err
	} else if err != nil {
		return nil, err
	}
	return it, nil
}

// judge reads the rest of an item's state and applies its class's rules.
func (k *Keeper) judge(ctx sdk.Context, it *class.Item) (err error) {
	e := it.Evidence
	if it.Device.WorkClass != e.WorkClass {
		return types.ErrWrongClass.Wrapf("device %s is registered for %s, the evidence is of %s", it.Device.Text(), it.Device.WorkClass, e.WorkClass)
	}
	if it.Record, _, err = k.record(ctx, e.WorkClass, e.DeviceId); err != nil {
		return err
	}
	rules, err := k.classOf(e.WorkClass)
	if err != nil {
		return err
	}
	it.Window, err = k.Windows.Get(ctx, collections.Join(int32(e.WorkClass), e.Window))
	if errors.Is(err, collections.ErrNotFound) {
		return rules.NotLive(ctx, it)
	}
	if err != nil {
		return err
	}
	return rules.Check(ctx, it)
}

// classify judges a batch's items by the state. While a proposal is prepared or processed, items that an earlier
// transaction of it carries are stale as well. Its errors name the item.
func (k *Keeper) classify(ctx sdk.Context, msg *types.MsgSubmitWork) (items []*class.Item, live int, err error) {
	items = make([]*class.Item, len(msg.Evidence))
	for i, e := range msg.Evidence {
		it, err := k.load(ctx, i, e)
		if err != nil {
			return nil, 0, types.ItemError(i, err)
		}
		if it.Stale == nil && k.isMarked(ctx, e) {
			it.Stale = types.ErrAlreadyInProposal.Wrap("an earlier transaction of the proposal carries it")
		}
		if it.Stale == nil {
			live++
		}
		items[i] = it
	}
	return items, live, nil
}

// newItems is classify, with an error when no item is live.
func (k *Keeper) newItems(ctx sdk.Context, msg *types.MsgSubmitWork) ([]*class.Item, error) {
	items, live, err := k.classify(ctx, msg)
	if err != nil {
		return nil, err
	}
	if live == 0 && len(items) > 0 {
		return nil, types.ErrNothingNew.Wrapf("none of %d items changes the state; item 0: %s", len(items), items[0].Stale)
	}
	if live == 0 {
		return nil, types.ErrNothingNew.Wrap("the batch is empty")
	}
	return items, nil
}

// Classify returns for every item of a batch why the state skips it, nil for a live one.
func (k *Keeper) Classify(goCtx context.Context, msg *types.MsgSubmitWork) ([]error, error) {
	items, _, err := k.classify(sdk.UnwrapSDKContext(goCtx), msg)
	if err != nil {
		return nil, err
	}
	reasons := make([]error, len(items))
	for i, it := range items {
		reasons[i] = it.Stale
	}
	return reasons, nil
}

// CheckLive returns an error unless at least one item is new against the state and few are not.
func (k *Keeper) CheckLive(goCtx context.Context, msg *types.MsgSubmitWork) error {
	_, err := k.worthwhile(sdk.UnwrapSDKContext(goCtx), msg)
	return err
}

// worthwhile is newItems, with an error for a batch that is padded with stale items. FinalizeBlock lets those pass: an
// earlier transaction of the block may have landed them since.
func (k *Keeper) worthwhile(ctx sdk.Context, msg *types.MsgSubmitWork) ([]*class.Item, error) {
	items, err := k.newItems(ctx, msg)
	if err != nil || ctx.ExecMode() == sdk.ExecModeFinalize {
		return items, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	reasons := make([]error, len(items))
	for i, it := range items {
		reasons[i] = it.Stale
	}
	return items, types.CheckStale(msg, params, reasons)
}
