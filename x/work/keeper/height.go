package keeper

import sdk "github.com/cosmos/cosmos-sdk/types"

// executionHeight is the height at which a transaction that is checked now would execute: CheckTx and simulation see
// the last committed height, everything else the height of the block itself.
func executionHeight(ctx sdk.Context) int64 {
	switch ctx.ExecMode() {
	case sdk.ExecModeCheck, sdk.ExecModeReCheck, sdk.ExecModeSimulate:
		return ctx.BlockHeight() + 1
	}
	return ctx.BlockHeight()
}
