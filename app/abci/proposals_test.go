package abci_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/app/ante"
	"github.com/joulechain/joule/app/internal/minapp"
	"github.com/joulechain/joule/x/beacon/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
)

const blockBytes = 1 << 20

func requireChecked(t *testing.T, a *minapp.App, tx []byte) {
	t.Helper()
	res := a.Check(tx)
	require.Zero(t, res.Code, res.Log)
}

// A block goes from CheckTx to Commit: transaction 0, evidence, then paying transactions.
func TestBlockLifeCycle(t *testing.T) {
	a := minapp.New(t, minapp.Options{})
	item := minapp.Item(1, 7, true, true)
	lane := a.Sign(1, a.Submit(1, 0, item))
	pay := a.Sign(0, a.Send(0, 0, 1))
	requireChecked(t, a, lane)
	requireChecked(t, a, pay)
	require.Equal(t, 2, a.Pool.CountTx())

	txs := a.Prepare(blockBytes)
	require.Equal(t, [][]byte{a.Reveals.At(a.Height() + 1), lane, pay}, txs)
	require.True(t, types.IsRevealTx(txs[0]))
	require.True(t, a.Process(txs))
	results := a.Commit(txs)
	for i, res := range results {
		require.Zero(t, res.Code, "transaction %d: %s", i, res.Log)
	}
	require.True(t, a.Work.Proven(a.Ctx(), item))
	require.Zero(t, a.Pool.CountTx())
	fees := a.Bank.GetBalance(a.Ctx(), a.AuthKeeper.GetModuleAddress(emissionstypes.FeesName), ante.FeeDenom)
	require.Equal(t, sdk.NewInt64Coin(ante.FeeDenom, 200), fees)
	require.EqualValues(t, 1, a.Work.Proofs.Load(), "the verdict is computed once for check, proposal and block")

	// Replay: nothing is new any more.
	res := a.Check(a.Sign(1, a.Submit(1, 1, item)))
	require.NotZero(t, res.Code)
	require.Contains(t, res.Log, "nothing new")
}
