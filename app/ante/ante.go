// Package ante is the chain of checks that every transaction passes before its messages run: in CheckTx, in a
// proposal's preparation and processing, and in FinalizeBlock. ProcessProposal runs nothing else of a transaction, so
// evidence is verified here. What the chain decides depends on the transaction and the state alone, except in CheckTx,
// where a node's own settings may refuse more.
package ante

import (
	"errors"
	"time"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authante "github.com/cosmos/cosmos-sdk/x/auth/ante"
	txsigning "github.com/cosmos/cosmos-sdk/x/tx/signing"
)

// MaxUnorderedTimeout is how far in the future an unordered transaction may time out: so long the state keeps its
// nonce. app/abci bounds how many a block may add.
const MaxUnorderedTimeout = 10 * time.Minute

// Options are what the chain is built from. Offenders and Pool may be nil.
type Options struct {
	AccountKeeper  authante.AccountKeeper
	BankKeeper     BankKeeper
	FeegrantKeeper authante.FeegrantKeeper
	WorkKeeper     WorkKeeper
	Epochs         EpochSource
	// Prices are those of block space.
	Prices          PriceSource
	SignModeHandler *txsigning.HandlerMap
	// OutcomeStore is the object store named ObjectStoreKey.
	OutcomeStore storetypes.StoreKey
	// Offenders are the devices that this node ignores in CheckTx.
	Offenders Offenders
	// Pool is the node's mempool.
	Pool Pool
}

func (o Options) validate() error {
	switch {
	case o.AccountKeeper == nil, o.BankKeeper == nil, o.WorkKeeper == nil, o.Epochs == nil, o.Prices == nil:
		return errors.New("ante: account, bank and work keepers, the epoch source and the prices are required")
	case o.SignModeHandler == nil, o.OutcomeStore == nil:
		return errors.New("ante: the sign mode handler and the store of outcomes are required")
	}
	return nil
}

// NewBlockFees returns what charges a block's fees; the chain of the same options takes the outcomes over.
func NewBlockFees(o Options) (BlockFees, error) { return newBlockFees(o), o.validate() }

// New returns the chain. Its order is a contract; each step promises the next what stands beside it.
func New(o Options) (sdk.AnteHandler, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	return sdk.ChainAnteDecorators(
		// a gas meter is set and running out of gas is an error; lane transactions are charged their declared gas
		NewSetUpDecorator(),
		// no MsgReveal at any depth
		NewRejectRevealDecorator(),
		// no extension option that the chain would have to understand
		authante.NewExtensionOptionsDecorator(nil),
		// the transaction is well formed
		authante.NewValidateBasicDecorator(),
		// the transaction has not timed out
		authante.NewTxTimeoutHeightDecorator(),
		// the memo is bounded
		authante.NewValidateMemoDecorator(o.AccountKeeper),
		// a transaction with evidence is a lane transaction within its limits, with exactly the formula's gas
		NewLaneDecorator(o.WorkKeeper),
		// the node's mempool has room for new evidence
		NewAdmitDecorator(o.Pool),
		// the size is paid in gas
		authante.NewConsumeGasForTxSizeDecorator(o.AccountKeeper),
		// the gas limit keeps to its cap, the fee reaches the floor price and is collected; the lane pays none
		NewFeeDecorator(newBlockFees(o)),
		// signers' keys are known, few, paid in gas, and their signatures hold
		authante.NewSetPubKeyDecorator(o.AccountKeeper),
		authante.NewValidateSigCountDecorator(o.AccountKeeper),
		authante.NewSigGasConsumeDecorator(o.AccountKeeper, authante.DefaultSigVerificationGasConsumer),
		authante.NewSigVerificationDecorator(o.AccountKeeper, o.SignModeHandler, authante.WithMaxUnorderedTxTimeoutDuration(MaxUnorderedTimeout)),
		// the transaction cannot be replayed
		authante.NewIncrementSequenceDecorator(o.AccountKeeper),
		// at least one item is new and every new item's signature and proof hold
		NewEvidenceDecorator(o.WorkKeeper, o.Epochs, o.Offenders),
		// a transaction that survives a recheck is in the node's mempool
		NewRestoreDecorator(o.Pool),
	), nil
}
