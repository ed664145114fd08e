package abci_test

import (
	"testing"
	"time"

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

// timeoutStep keeps the timeouts of unordered transactions apart, which are unique per sender.
func timeoutStep(n int) time.Duration { return time.Duration(n) * time.Microsecond }
