package apptest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/core/appmodule"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/joulechain/joule/app/abci"
)

// However many nonces of unordered transactions time out at once, a block removes a bounded number, more than it can
// add, and none that its transaction could still be replayed with.
func TestExpiredNoncesAreRemovedInParts(t *testing.T) {
	c := New(t, Options{Variants: Variants[:1]})
	ctx := c.Ctx()
	accounts := c.App().AccountKeeper
	const most = 2 * abci.MaxUnorderedNonces
	for i := range most + 10 {
		require.NoError(t, accounts.TryAddUnorderedNonce(ctx, seed("sender", i)[:20], ctx.BlockTime().Add(-time.Second)))
	}
	require.NoError(t, accounts.TryAddUnorderedNonce(ctx, seed("later", 0)[:20], ctx.BlockTime().Add(time.Second)))
	count := func() (n int) {
		it, err := accounts.UnorderedNonces.Iterate(ctx, nil)
		require.NoError(t, err)
		keys, err := it.Keys()
		require.NoError(t, err)
		return len(keys)
	}
	auth := c.App().ModuleManager.Modules[authtypes.ModuleName].(appmodule.HasPreBlocker)
	for _, left := range []int{11, 1, 1} {
		res, err := auth.PreBlock(ctx)
		require.NoError(t, err)
		require.False(t, res.(*sdk.ResponsePreBlock).IsConsensusParamsChanged())
		require.Equal(t, left, count())
	}
}
