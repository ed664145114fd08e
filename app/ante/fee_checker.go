package ante

import (
	"math"

	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/joulechain/joule/app/ante/lane"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
)

const (
	// FeeDenom is the only denomination that pays fees.
	FeeDenom = emissionstypes.Denom
	// priorityScale is the gas that a transaction's priority is the price of, in ujoule: prices below 1 ujoule per gas
	// differ too.
	priorityScale = 1_000_000
)

// CheckFee checks that a transaction's gas limit is neither zero nor above the cap, that its fee is enough, and returns
// its priority, the ujoule paid for a million gas. The prices are parameters, because every node must refuse the same
// transactions in a proposal; a node's own minimum-gas-prices count on top of them, in CheckTx alone. A lane
// transaction's fee is exactly zero and its gas the formula's; LaneDecorator has checked both. Genesis transactions are
// free. It returns ErrInvalidGasLimit or ErrInsufficientFee otherwise.
func CheckFee(ctx sdk.Context, tx sdk.FeeTx, prices emissionstypes.FeeParams) (int64, error) {
	fee, gas := tx.GetFee(), tx.GetGas()
	if ctx.BlockHeight() == 0 {
		return 0, nil
	}
	if gas == 0 {
		return 0, errorsmod.Wrap(sdkerrors.ErrInvalidGasLimit, "gas limit is 0, must be positive")
	}
	if lane.Carries(tx) {
		return 0, nil
	}
	if gas > prices.MaxTxGas {
		return 0, errorsmod.Wrapf(sdkerrors.ErrInvalidGasLimit, "gas limit is %d, at most %d (fees.max_tx_gas)", gas, prices.MaxTxGas)
	}
	for _, coin := range fee {
		if coin.Denom != FeeDenom {
			return 0, errorsmod.Wrapf(sdkerrors.ErrInsufficientFee, "fees are paid in %s, not in %s", FeeDenom, coin.Denom)
		}
	}
	if !fee.IsValid() {
		return 0, errorsmod.Wrapf(sdkerrors.ErrInsufficientFee, "invalid fee %s", fee)
	}
	paid := fee.AmountOf(FeeDenom)
	if minimum := prices.MinFee(gas); paid.LT(minimum) {
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
	if !paid.IsInt64() {
		return math.MaxInt64
	}
	p := paid.MulRaw(priorityScale).Quo(sdkmath.NewIntFromUint64(gas))
	if !p.IsInt64() {
		return math.MaxInt64
	}
	return p.Int64()
}
