package app_test

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"
)

// requireOK fails unless every transaction succeeded, and there is one.
func requireOK(t *testing.T, results []*abci.ExecTxResult) {
	t.Helper()
	require.NotEmpty(t, results)
	for _, r := range results {
		require.Zero(t, r.Code, r.Log)
	}
}
