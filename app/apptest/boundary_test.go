package apptest

import (
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	worktestutil "github.com/joulechain/joule/x/work/testutil"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// The last block of an epoch settles and freezes without a look at the devices: what it reads and writes, counted in
// gas, is the same to the unit with three devices and with three thousand.
func TestEpochBoundaryDoesNotGrowWithDevices(t *testing.T) {
	const units = 1_000_000
	few, many := boundaryGas(t, 3, units), boundaryGas(t, 3_000, units)
	require.Equal(t, few, many)
	// The measure notices what a boundary does: an epoch with work costs more than one without.
	require.Greater(t, few, boundaryGas(t, 3, 0))
}

// boundaryGas runs the module blockers of an epoch's last block over n devices, with the units that a settled epoch
// holds.
func boundaryGas(t *testing.T, n int, units int) uint64 {
	t.Helper()
	c := New(t, Options{Validators: 1, Variants: Variants[:1], Genesis: func(g *Genesis) {
		Edit(g, beacontypes.ModuleName, func(s *beacontypes.GenesisState) { s.Params.EpochBlocks = 4 })
		Edit(g, worktypes.ModuleName, func(s *worktypes.GenesisState) {
			s.Params = worktestutil.Params()
			s.Params.Gpu.WindowProbabilityPpm = 1
		})
	}})
	c.populate(n, c.writeDevice)
	// Enough epochs that one is frozen at the next boundary.
	for range 3 {
		c.BlocksUntil(10, c.lastOfEpoch)
		if units > 0 {
			c.creditEpoch(units)
		}
		c.Blocks(1)
	}
	c.BlocksUntil(10, c.lastOfEpoch)
	ctx := c.Ctx().WithBlockHeight(c.height + 1).WithBlockTime(c.timeAt(c.height + 1)).WithGasMeter(storetypes.NewInfiniteGasMeter())
	proposer := c.proposerAt(c.height + 1).ConsAddress()
	require.NoError(t, c.App().BeaconKeeper.PreBlock(ctx, c.Propose(), proposer))
	_, err := c.App().ModuleManager.BeginBlock(ctx)
	require.NoError(t, err)
	_, err = c.App().ModuleManager.EndBlock(ctx)
	require.NoError(t, err)
	return ctx.GasMeter().GasConsumed()
}
