package ante

import (
	"bytes"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authante "github.com/cosmos/cosmos-sdk/x/auth/ante"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
)

// FeeDecorator collects the fee from the payer, or from the granter that allows it, into the fee collector's virtual
// balance, which x/bank credits in EndBlock: paying transactions of one block share no record. The lane pays nothing.
type FeeDecorator struct {
	accounts authante.AccountKeeper
	bank     BankKeeper
	grants   authante.FeegrantKeeper
}

// NewFeeDecorator returns the decorator; a nil feegrant keeper means that fee grants are refused.
func NewFeeDecorator(ak authante.AccountKeeper, bk BankKeeper, fk authante.FeegrantKeeper) FeeDecorator {
	return FeeDecorator{accounts: ak, bank: bk, grants: fk}
}

// AnteHandle checks the fee by CheckFee, collects it, emits the events of x/auth's fee decorator, and sets the
// transaction's priority. A simulation collects what the transaction offers without asking whether it is enough.
func (d FeeDecorator) AnteHandle(ctx sdk.Context, tx sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	feeTx, ok := tx.(sdk.FeeTx)
	if !ok {
		return ctx, errorsmod.Wrap(sdkerrors.ErrTxDecode, "transaction has no fee")
	}
	if !simulate && ctx.BlockHeight() > 0 && feeTx.GetGas() == 0 {
		return ctx, errorsmod.Wrap(sdkerrors.ErrInvalidGasLimit, "gas limit is 0, must be positive")
	}
	var priority int64
	fee := feeTx.GetFee()
	if !simulate {
		var err error
		if priority, err = CheckFee(ctx, feeTx); err != nil {
			return ctx, err
		}
	}
	if err := d.collect(ctx, feeTx, fee); err != nil {
		return ctx, err
	}
	return next(ctx.WithPriority(priority), tx, simulate)
}

func (d FeeDecorator) collect(ctx sdk.Context, tx sdk.FeeTx, fee sdk.Coins) error {
	payer := sdk.AccAddress(tx.FeePayer())
	if granter := tx.FeeGranter(); granter != nil {
		if d.grants == nil {
			return sdkerrors.ErrInvalidRequest.Wrap("fee grants are not enabled")
		}
		if !bytes.Equal(granter, payer) {
			if err := d.grants.UseGrantedFees(ctx, granter, payer, fee, tx.GetMsgs()); err != nil {
				return errorsmod.Wrapf(err, "%s does not allow to pay fees for %s", sdk.AccAddress(granter), payer)
			}
		}
		payer = granter
	}
	if d.accounts.GetAccount(ctx, payer) == nil {
		return sdkerrors.ErrUnknownAddress.Wrapf("fee payer %s does not exist", payer)
	}
	if !fee.IsZero() {
		if !fee.IsValid() {
			return errorsmod.Wrapf(sdkerrors.ErrInsufficientFee, "invalid fee %s", fee)
		}
		if err := d.bank.SendCoinsFromAccountToModuleVirtual(ctx, payer, authtypes.FeeCollectorName, fee); err != nil {
			return errorsmod.Wrap(sdkerrors.ErrInsufficientFunds, err.Error())
		}
	}
	ctx.EventManager().EmitEvent(sdk.NewEvent(sdk.EventTypeTx,
		sdk.NewAttribute(sdk.AttributeKeyFee, fee.String()),
		sdk.NewAttribute(sdk.AttributeKeyFeePayer, payer.String()),
	))
	return nil
}
