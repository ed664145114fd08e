package abci_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	txtypes "github.com/cosmos/cosmos-sdk/types/tx"

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

// gasOf is an encoded transaction's gas limit.
func gasOf(t *testing.T, bz []byte) uint64 {
	t.Helper()
	var tx txtypes.Tx
	require.NoError(t, tx.Unmarshal(bz))
	return tx.AuthInfo.Fee.GasLimit
}
