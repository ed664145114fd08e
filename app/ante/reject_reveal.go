package ante

import (
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
)

// RejectRevealDecorator refuses MsgReveal wherever it hides: among the messages, in authz's or in governance's. Only a
// proposer places one, as transaction 0, which never reaches the ante chain.
type RejectRevealDecorator struct{}

// NewRejectRevealDecorator returns the decorator.
func NewRejectRevealDecorator() RejectRevealDecorator { return RejectRevealDecorator{} }

// AnteHandle returns ErrUnauthorized if the transaction holds a MsgReveal, or nests messages too deep to tell.
func (RejectRevealDecorator) AnteHandle(ctx sdk.Context, tx sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	if beacontypes.ContainsReveal(tx.GetMsgs()) {
		return ctx, errorsmod.Wrap(sdkerrors.ErrUnauthorized, "only a block's proposer places a MsgReveal, as transaction 0")
	}
	return next(ctx, tx, simulate)
}
