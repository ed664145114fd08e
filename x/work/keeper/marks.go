package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/types"
)

// MarkPending remembers a batch's items in the proposal's transient state, so that a later transaction with nothing else is
// refused: evidence is free, and a proposer could otherwise fill blocks with copies. Nothing outside a proposal's preparation
// and processing reads or writes marks: FinalizeBlock goes by durable state alone, since a mark left by a transaction that
// fails later would erase a victim's evidence.
func (k *Keeper) MarkPending(goCtx context.Context, msg *types.MsgSubmitWork) error {
	ctx := sdk.UnwrapSDKContext(goCtx)
	store := ctx.TransientStore(k.marks)
	for _, e := range msg.Evidence {
		store.Set(e.ItemKey(), []byte{1})
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
