package ante

import (
	"bytes"

	errorsmod "cosmossdk.io/errors"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authante "github.com/cosmos/cosmos-sdk/x/auth/ante"

	"github.com/joulechain/joule/app/ante/lane"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
)

const (
	// FeeGas is what collecting a fee costs, in gas, whatever the balances look like: the fee is collected before the
	// block's messages run, so that a meter would show other balances than a proposal's.
	FeeGas = 12_000
	// GrantGas is what using a fee grant costs on top, in gas. It bounds the work as well: an allowance that takes more
	// to read and write (one that lists hundreds of messages) is refused.
	GrantGas = 50_000
)

// charger checks and collects fees into the fee account's virtual balance, which x/bank credits in EndBlock: paying
// transactions of one block share no record.
type charger struct {
	accounts authante.AccountKeeper
	bank     BankKeeper
	grants   authante.FeegrantKeeper
	prices   PriceSource
}

// charge checks the fee by CheckFee, collects it from the payer or from the granter that allows it, and emits the
// events of x/auth's fee decorator. It uses none of the context's gas. It returns the transaction's priority. A
// simulation collects what the transaction offers without asking whether it is enough.
func (c charger) charge(ctx sdk.Context, tx sdk.FeeTx, simulate bool) (priority int64, err error) {
	ctx = ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
	if !simulate && ctx.BlockHeight() > 0 {
		prices, err := c.prices.FeeParams(ctx)
		if err != nil {
			return 0, err
		}
		if priority, err = CheckFee(ctx, tx, prices); err != nil {
			return 0, err
		}
	}
	return priority, c.collect(ctx, tx)
}

func (c charger) collect(ctx sdk.Context, tx sdk.FeeTx) error {
	payer, fee := sdk.AccAddress(tx.FeePayer()), tx.GetFee()
	if granter := tx.FeeGranter(); granter != nil {
		if c.grants == nil {
			return sdkerrors.ErrInvalidRequest.Wrap("fee grants are not enabled")
		}
		if usesGrant(tx) {
			if err := c.useGrant(ctx, granter, payer, tx); err != nil {
				return err
			}
		}
		payer = granter
	}
	if c.accounts.GetAccount(ctx, payer) == nil {
		return sdkerrors.ErrUnknownAddress.Wrapf("fee payer %s does not exist", payer)
	}
	if !fee.IsZero() {
		if !fee.IsValid() {
			return errorsmod.Wrapf(sdkerrors.ErrInsufficientFee, "invalid fee %s", fee)
		}
		if err := c.bank.SendCoinsFromAccountToModuleVirtual(ctx, payer, emissionstypes.FeesName, fee); err != nil {
			return errorsmod.Wrap(sdkerrors.ErrInsufficientFunds, err.Error())
		}
	}
	ctx.EventManager().EmitEvent(sdk.NewEvent(sdk.EventTypeTx,
		sdk.NewAttribute(sdk.AttributeKeyFee, fee.String()),
		sdk.NewAttribute(sdk.AttributeKeyFeePayer, payer.String()),
	))
	return nil
}

// useGrant takes the fee out of the payer's allowance, within GrantGas.
func (c charger) useGrant(ctx sdk.Context, granter, payer sdk.AccAddress, tx sdk.FeeTx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(storetypes.ErrorOutOfGas); !ok {
				panic(r)
			}
			err = errorsmod.Wrapf(sdkerrors.ErrOutOfGas, "the allowance from %s to %s takes more than %d gas to use: grant a shorter one",
				granter, payer, GrantGas)
		}
	}()
	if err := c.grants.UseGrantedFees(ctx.WithGasMeter(storetypes.NewGasMeter(GrantGas)), granter, payer, tx.GetFee(), tx.GetMsgs()); err != nil {
		return errorsmod.Wrapf(err, "%s does not allow to pay fees for %s", granter, payer)
	}
	return nil
}

// usesGrant tells whether somebody else's allowance pays.
func usesGrant(tx sdk.FeeTx) bool {
	granter := tx.FeeGranter()
	return granter != nil && !bytes.Equal(granter, tx.FeePayer())
}

// feeGas is what the transaction pays in gas for the collection of its fee.
func feeGas(tx sdk.FeeTx) storetypes.Gas {
	if usesGrant(tx) {
		return FeeGas + GrantGas
	}
	return FeeGas
}

// FeeDecorator charges the fee. In a block's execution BlockFees has charged it before the first message ran; the
// decorator then takes over the outcome.
type FeeDecorator struct {
	charger
	block BlockFees
}

// NewFeeDecorator returns the decorator.
func NewFeeDecorator(block BlockFees) FeeDecorator {
	return FeeDecorator{charger: block.charger, block: block}
}

// AnteHandle charges the fee, emits its events and sets the transaction's priority. The gas is the same in all phases.
func (d FeeDecorator) AnteHandle(ctx sdk.Context, tx sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	feeTx, ok := tx.(sdk.FeeTx)
	if !ok {
		return ctx, errorsmod.Wrap(sdkerrors.ErrTxDecode, "transaction has no fee")
	}
	ctx.GasMeter().ConsumeGas(feeGas(feeTx), "fee")
	if executesBlock(ctx) && !lane.Carries(tx) {
		if err := d.block.takeOver(ctx); err != nil {
			return ctx, err
		}
		// BlockFees has verified the signatures; the sequences are checked again.
		return next(ctx.WithIsSigverifyTx(false), tx, simulate)
	}
	priority, err := d.charge(ctx, feeTx, simulate)
	if err != nil {
		return ctx, err
	}
	return next(ctx.WithPriority(priority), tx, simulate)
}

// executesBlock tells the execution of a block from every other phase, genesis included.
func executesBlock(ctx sdk.Context) bool {
	return ctx.ExecMode() == sdk.ExecModeFinalize && ctx.BlockHeight() > 0
}
