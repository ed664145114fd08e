package abci_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/app/ante/lane"
	"github.com/joulechain/joule/app/internal/minapp"
	worktypes "github.com/joulechain/joule/x/work/types"
)

func verifyCost(t *testing.T, a *minapp.App, bz []byte) uint64 {
	t.Helper()
	tx, err := a.TxConfig.TxDecoder()(bz)
	require.NoError(t, err)
	msg, ok := lane.Message(tx)
	require.True(t, ok)
	params, err := a.Work.GetParams(a.Ctx())
	require.NoError(t, err)
	cost, err := worktypes.VerifyCost(msg, params)
	require.NoError(t, err)
	return cost
}
