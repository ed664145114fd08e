package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Two modules' parameters must agree, and neither module may ask the other: their ranges do not overlap.
func TestABondOutlastsSettlement(t *testing.T) {
	require.Greater(t, devicetypes.MinUnbondingEpochs, worktypes.MaxSettlementDelay)
}
