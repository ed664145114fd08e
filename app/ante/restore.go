package ante

import (
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkmempool "github.com/cosmos/cosmos-sdk/types/mempool"
)

// AdmitDecorator refuses new evidence for which the node's mempool has no room, before its signatures and its
// arithmetic cost anything: a flood meets it first.
type AdmitDecorator struct{ pool Pool }

// NewAdmitDecorator returns the decorator; with a nil pool it does nothing.
func NewAdmitDecorator(pool Pool) AdmitDecorator { return AdmitDecorator{pool} }

// AnteHandle returns the pool's error. It passes everything outside of CheckTx.
func (d AdmitDecorator) AnteHandle(ctx sdk.Context, tx sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	if d.pool != nil && ctx.IsCheckTx() && !ctx.IsReCheckTx() && !simulate {
		if err := d.pool.Admit(ctx, tx); err != nil {
			return ctx, err
		}
	}
	return next(ctx, tx, simulate)
}

// RestoreDecorator returns a transaction that passed a recheck to the node's mempool. FinalizeBlock takes transactions
// out of it, and an optimistic execution that is abandoned has taken out what no block has; the consensus engine
// still holds them and rechecks them after the next block.
type RestoreDecorator struct{ pool Pool }

// NewRestoreDecorator returns the decorator; with a nil pool it does nothing.
func NewRestoreDecorator(pool Pool) RestoreDecorator { return RestoreDecorator{pool} }

// AnteHandle fails where the transaction has lost its place, so that the engine forgets it as well.
func (d RestoreDecorator) AnteHandle(ctx sdk.Context, tx sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	if d.pool != nil && ctx.IsReCheckTx() && !simulate {
		if err := d.pool.Restore(ctx, tx, sdkmempool.InsertOption{GasWanted: ctx.GasMeter().Limit()}); err != nil {
			return ctx, err
		}
	}
	return next(ctx, tx, simulate)
}
