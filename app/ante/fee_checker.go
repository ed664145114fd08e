package ante

import (
	"math"

	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/joulechain/joule/app/ante/lane"
)

const (
	// FeeDenom is the only denomination that pays fees.
	FeeDenom = "ujoule"
	// GasPerUjoule is the consensus-level minimum gas price: one ujoule for every started GasPerUjoule gas, that is
	// 0.001 ujoule per gas. It is a constant because every node must refuse the same transactions in a proposal, so no
	// node's configuration may enter; a node's own minimum-gas-prices count on top of it, in CheckTx alone. An upgrade
	// can change it.
	GasPerUjoule = 1_000
	// priorityScale is the gas that a transaction's priority is the price of, in ujoule: prices below 1 ujoule per gas
	// differ too.
	priorityScale = 1_000_000
)

// MinFee is the smallest fee in ujoule that consensus accepts for a gas limit: ⌈gas / GasPerUjoule⌉.
func MinFee(gas uint64) sdkmath.Int {
	fee := gas / GasPerUjoule
	if gas%GasPerUjoule != 0 {
		fee++
	}
	return sdkmath.NewIntFromUint64(fee)
}

// CheckFee checks that a transaction's fee is enough and returns its priority, the ujoule paid for a million gas. A
// lane transaction's fee is exactly zero and exempt from every minimum; LaneDecorator has checked it. Genesis
// transactions are free. It returns ErrInsufficientFee otherwise.
func CheckFee(ctx sdk.Context, tx sdk.FeeTx) (int64, error) {
	if ctx.BlockHeight() == 0 || lane.Carries(tx) {
		return 0, nil
	}
	fee, gas := tx.GetFee(), tx.GetGas()
	for _, coin := range fee {
		if coin.Denom != FeeDenom {
			return 0, errorsmod.Wrapf(sdkerrors.ErrInsufficientFee, "fees are paid in %s, not in %s", FeeDenom, coin.Denom)
		}
	}
	if !fee.IsValid() {
		return 0, errorsmod.Wrapf(sdkerrors.ErrInsufficientFee, "invalid fee %s", fee)
	}
	paid := fee.AmountOf(FeeDenom)
	if minimum := MinFee(gas); paid.LT(minimum) {
		return 0, errorsmod.Wrapf(sdkerrors.ErrInsufficientFee, "fee is %s%s, at least %s%s for a gas limit of %d",
			paid, FeeDenom, minimum, FeeDenom, gas)
	}
	if err := checkLocalMinimum(ctx, paid, gas); err != nil {
		return 0, err
	}
	return priority(paid, gas), nil
}

// checkLocalMinimum holds a new transaction to the node's own minimum-gas-prices; no other phase asks for them.
func checkLocalMinimum(ctx sdk.Context, paid sdkmath.Int, gas uint64) error {
	if !ctx.IsCheckTx() {
		return nil
	}
	price := ctx.MinGasPrices().AmountOf(FeeDenom)
	if !price.IsPositive() {
		return nil
	}
	required := price.MulInt(sdkmath.NewIntFromUint64(gas)).Ceil().TruncateInt()
	if paid.LT(required) {
		return errorsmod.Wrapf(sdkerrors.ErrInsufficientFee, "fee is %s%s, this node asks for %s%s at a gas limit of %d",
			paid, FeeDenom, required, FeeDenom, gas)
	}
	return nil
}

func priority(paid sdkmath.Int, gas uint64) int64 {
	if gas == 0 {
		return 0
	}
	if !paid.IsInt64() {
		return math.MaxInt64
	}
	p := paid.MulRaw(priorityScale).Quo(sdkmath.NewIntFromUint64(gas))
	if !p.IsInt64() {
		return math.MaxInt64
	}
	return p.Int64()
}
