package ante

import (
	errorsmod "cosmossdk.io/errors"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/joulechain/joule/app/ante/lane"
)

// SetUpDecorator sets the gas meter and turns running out of gas into an error. It is the outermost decorator.
type SetUpDecorator struct{}

// NewSetUpDecorator returns the decorator.
func NewSetUpDecorator() SetUpDecorator { return SetUpDecorator{} }

// AnteHandle sets a meter with the transaction's gas limit, which must not exceed the block's. A transaction with
// evidence gets a meter that always shows its limit: its gas is a formula of its shape and must not tell whether a
// verdict was cached (protocol section 3). LaneDecorator checks that the limit is the formula's.
func (SetUpDecorator) AnteHandle(ctx sdk.Context, tx sdk.Tx, simulate bool, next sdk.AnteHandler) (newCtx sdk.Context, err error) {
	feeTx, ok := tx.(sdk.FeeTx)
	if !ok || !lane.HasFee(tx) {
		// Limit 0, so that nothing runs on an endless meter.
		return ctx.WithGasMeter(storetypes.NewGasMeter(0)), errorsmod.Wrap(sdkerrors.ErrTxDecode, "transaction has no fee and gas")
	}
	gas := feeTx.GetGas()
	newCtx = ctx.WithGasMeter(meterFor(ctx, tx, gas, simulate))
	if block := ctx.ConsensusParams().Block; block != nil && block.MaxGas > 0 && gas > uint64(block.MaxGas) {
		return newCtx, errorsmod.Wrapf(sdkerrors.ErrInvalidGasLimit, "gas limit %d exceeds the block's %d", gas, block.MaxGas)
	}
	defer func() {
		if r := recover(); r != nil {
			outOfGas, ok := r.(storetypes.ErrorOutOfGas)
			if !ok {
				panic(r)
			}
			err = errorsmod.Wrapf(sdkerrors.ErrOutOfGas, "out of gas in %s: gas limit %d, used %d",
				outOfGas.Descriptor, gas, newCtx.GasMeter().GasConsumed())
		}
	}()
	return next(newCtx, tx, simulate)
}

func meterFor(ctx sdk.Context, tx sdk.Tx, gas uint64, simulate bool) storetypes.GasMeter {
	switch {
	case lane.Carries(tx):
		return newFixedGasMeter(gas)
	case simulate || ctx.BlockHeight() == 0:
		return storetypes.NewInfiniteGasMeter()
	default:
		return storetypes.NewGasMeter(gas)
	}
}
