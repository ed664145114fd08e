package ante

import (
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkmempool "github.com/cosmos/cosmos-sdk/types/mempool"
)

// RestoreDecorator returns a transaction that passed a recheck to the node's mempool. FinalizeBlock takes transactions
// out of it, and an optimistic execution that is abandoned has taken out what no block has; the consensus engine
// still holds them and rechecks them after the next block.
type RestoreDecorator struct{ pool Restorer }

// NewRestoreDecorator returns the decorator; with a nil pool it does nothing.
func NewRestoreDecorator(pool Restorer) RestoreDecorator { return RestoreDecorator{pool} }

// AnteHandle never fails.
func (d RestoreDecorator) AnteHandle(ctx sdk.Context, tx sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	if d.pool != nil && ctx.IsReCheckTx() && !simulate {
		d.pool.Restore(ctx, tx, sdkmempool.InsertOption{GasWanted: ctx.GasMeter().Limit()})
	}
	return next(ctx, tx, simulate)
}
