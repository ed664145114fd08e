package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/types"
)

// MarkPending remembers a verified batch's live items in the proposal's transient state, so that a later transaction
// with nothing else is refused: evidence is free, and a proposer could otherwise fill blocks with copies. Stale items
// are not marked: nobody has verified more than their signature, and an old statement of a device must not keep its new
// one out of the block. Nothing outside a proposal's preparation and processing reads or writes marks: FinalizeBlock
// goes by durable state alone, since a mark left by a transaction that fails later would erase a victim's evidence.
func (k *Keeper) MarkPending(goCtx context.Context, msg *types.MsgSubmitWork) error {
	ctx := sdk.UnwrapSDKContext(goCtx)
	items, _, err := k.classify(ctx, msg)
	if err != nil {
		return err
	}
	store := ctx.TransientStore(k.marks)
	for _, it := range items {
		if it.Stale == nil {
			store.Set(it.Evidence.ItemKey(), []byte{1})
		}
	}
	return nil
}

func (k *Keeper) isMarked(ctx sdk.Context, e types.Evidence) bool {
	switch ctx.ExecMode() {
	case sdk.ExecModePrepareProposal, sdk.ExecModeProcessProposal:
		return ctx.TransientStore(k.marks).Has(e.ItemKey())
	}
	return false
}
