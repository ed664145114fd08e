package ante

import (
	"encoding/binary"
	"fmt"

	errorsmod "cosmossdk.io/errors"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authante "github.com/cosmos/cosmos-sdk/x/auth/ante"

	"github.com/joulechain/joule/app/ante/lane"
)

// ObjectStoreKey is the name of the store that holds the outcomes of a block's fees, one value per transaction. It
// lives as long as the block's state: an execution that is abandoned leaves nothing.
const ObjectStoreKey = "object:ante"

// BlockFees charges the fees of a block's transactions, in the block's order, before the first message of the block
// runs. No message can then take away what a later transaction of the block pays with, whoever's coins those are: what
// a block reserves is paid for.
//
// ProcessProposal runs the whole ante chain of every transaction in the same order and no message. What BlockFees does
// is a part of that on the same state, so that it charges every transaction of a block that validators accepted.
// Full nodes do not trust validators to have done so: BlockFees charges nobody whose signature does not hold.
type BlockFees struct {
	charger
	store storetypes.StoreKey
	// authorise and follow run on a branch of the state that is dropped: they check who signed a paying transaction,
	// and keep up with the keys and sequences that evidence uses.
	authorise, follow sdk.AnteHandler
}

// outcome is what became of a transaction's fee.
type outcome struct {
	err    error
	events sdk.Events
}

func newBlockFees(o Options) BlockFees {
	keys, sequences := authante.NewSetPubKeyDecorator(o.AccountKeeper), authante.NewIncrementSequenceDecorator(o.AccountKeeper)
	return BlockFees{
		charger: charger{accounts: o.AccountKeeper, bank: o.BankKeeper, grants: o.FeegrantKeeper, prices: o.Prices},
		store:   o.OutcomeStore,
		authorise: sdk.ChainAnteDecorators(authante.NewValidateBasicDecorator(), keys, authante.NewValidateSigCountDecorator(o.AccountKeeper),
			authante.NewSigVerificationDecorator(o.AccountKeeper, o.SignModeHandler), sequences),
		follow: sdk.ChainAnteDecorators(keys, sequences),
	}
}

// Collect charges the fees of a block. txs are the block's transactions by their index; nil stands for those without a
// fee, the reveal and what does not decode.
func (b BlockFees) Collect(ctx sdk.Context, txs []sdk.Tx) {
	branch, _ := ctx.CacheContext()
	branch = branch.WithGasMeter(storetypes.NewInfiniteGasMeter()).WithIsSigverifyTx(true)
	outcomes := ctx.ObjectStore(b.store)
	for i, tx := range txs {
		switch {
		case tx == nil || !lane.HasFee(tx):
		case lane.Carries(tx):
			_ = quietly(func() error { _, err := b.follow(branch, tx, false); return err })
		default:
			outcomes.Set(outcomeKey(i), b.collectOne(ctx.WithTxIndex(i), branch, tx))
		}
	}
}

// collectOne writes to the state only if it succeeds.
func (b BlockFees) collectOne(ctx, branch sdk.Context, tx sdk.Tx) *outcome {
	events := sdk.NewEventManager()
	err := quietly(func() error {
		feeTx, ok := tx.(sdk.FeeTx)
		if !ok {
			return errorsmod.Wrap(sdkerrors.ErrTxDecode, "transaction has no fee")
		}
		if _, err := b.authorise(branch, tx, false); err != nil {
			return err
		}
		attempt, write := ctx.WithEventManager(sdk.NewEventManager()).CacheContext()
		if _, err := b.charge(attempt.WithEventManager(events), feeTx, false); err != nil {
			return err
		}
		write()
		return nil
	})
	if err != nil {
		return &outcome{err: err}
	}
	return &outcome{events: events.Events()}
}

// takeOver makes the outcome of the transaction's fee that of its ante chain.
func (b BlockFees) takeOver(ctx sdk.Context) error {
	o, ok := ctx.WithGasMeter(storetypes.NewInfiniteGasMeter()).ObjectStore(b.store).Get(outcomeKey(ctx.TxIndex())).(*outcome)
	if !ok {
		return sdkerrors.ErrLogic.Wrapf("the fee of transaction %d was not charged before the block's messages", ctx.TxIndex())
	}
	if o.err != nil {
		return o.err
	}
	ctx.EventManager().EmitEvents(o.events)
	return nil
}

func outcomeKey(index int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(index)) }

// quietly turns a panic into an error: a transaction may not stop the block.
func quietly(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = sdkerrors.ErrPanic.Wrap(fmt.Sprint(r))
		}
	}()
	return f()
}
