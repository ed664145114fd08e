package ante

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/app/ante/lane"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// LaneDecorator holds every transaction that carries evidence to the lane's shape, limits and gas, before anything
// expensive is done with it.
type LaneDecorator struct{ work WorkKeeper }

// NewLaneDecorator returns the decorator.
func NewLaneDecorator(work WorkKeeper) LaneDecorator { return LaneDecorator{work} }

// AnteHandle passes paying transactions on. For the others it returns lane.ErrShape, lane.ErrTxTooLarge, an error of
// worktypes.ValidateSubmitWork or lane.ErrWrongGas. In a simulation it sets the gas that the transaction must declare.
func (d LaneDecorator) AnteHandle(ctx sdk.Context, tx sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	if !lane.Carries(tx) {
		return next(ctx, tx, simulate)
	}
	params, err := d.work.GetParams(ctx)
	if err != nil {
		return ctx, err
	}
	// Size first: the later checks cost in proportion to it.
	if size, limit := uint64(len(ctx.TxBytes())), params.Lane.MaxTxBytes; size > limit {
		return ctx, lane.ErrTxTooLarge.Wrapf("%d bytes, at most %d: split the batch", size, limit)
	}
	if err := lane.CheckShape(tx, ctx.TxBytes()); err != nil {
		return ctx, err
	}
	msg, _ := lane.Message(tx)
	if err := worktypes.ValidateSubmitWork(msg, params); err != nil {
		return ctx, err
	}
	want, err := worktypes.LaneGas(msg, params)
	if err != nil {
		return ctx, err
	}
	if simulate {
		return next(ctx.WithGasMeter(newFixedGasMeter(want)), tx, simulate)
	}
	if got := ctx.GasMeter().Limit(); got != want {
		return ctx, lane.ErrWrongGas.Wrapf("gas limit is %d, must be exactly %d for this batch of %d items", got, want, len(msg.Evidence))
	}
	return next(ctx, tx, simulate)
}
