package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/x/emissions/types"
)

// A chain that goes on from its export has the same state as the chain itself.
func TestExportImport(t *testing.T) {
	f := newFixture(t, testParams(), 3, func(f *fixture) { f.fund(f.addr(1), 90); f.vest(f.addr(1), 90, 600) })
	id := f.device(f.addr(5))
	for range 22 {
		f.epoch(func() { f.works(id, 100) })
	}
	f.block(nil)
	g, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.NoError(t, g.Validate())
	require.Len(t, g.VestingAccounts, 1)
	require.Greater(t, g.NextCloseEpoch, uint64(1))
	require.NoError(t, f.k.Epochs.Clear(f.ctx, nil))
	require.NoError(t, f.k.Classes.Clear(f.ctx, nil))
	require.NoError(t, f.k.VestingAccounts.Clear(f.ctx, nil))
	require.NoError(t, f.k.InitGenesis(f.ctx, *g))
	again, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.Equal(t, g, again)
	f.holds()
	f.epoch(nil)
	f.holds()

	f.work.lost = 1
	g, err = f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.ErrorContains(t, f.k.InitGenesis(f.ctx, *g), "accrued: the counter says")
}

func TestInitGenesisRefuses(t *testing.T) {
	f := newFixture(t, testParams(), 3)
	g := *types.DefaultGenesis()
	g.Supply = types.NewSupply(math.NewInt(1))
	require.ErrorIs(t, f.k.InitGenesis(f.ctx, g), types.ErrSupplyMismatch)
	g.Supply = types.NewSupply(math.NewInt(hundredM))
	g.VestingAccounts = []string{"x"}
	require.ErrorContains(t, f.k.InitGenesis(f.ctx, g), "vesting_accounts")
	require.NoError(t, f.bank.SendCoinsFromAccountToModule(f.ctx, f.addr(0), types.EscrowName, ujoules(math.OneInt())))
	require.ErrorContains(t, f.k.InitGenesis(f.ctx, *types.DefaultGenesis()), "emissions_escrow account holds 1 ujoule")
	f = newFixture(t, testParams(), 3)
	f.fund(f.addr(1), types.MaxSupplyUjoule)
	require.ErrorContains(t, f.k.InitGenesis(f.ctx, *types.DefaultGenesis()), "at most 1000000000000000")
}

// A chain whose beacon starts at a later epoch than 1 has no account of the earlier ones, and goes on.
func TestStartAtLaterEpoch(t *testing.T) {
	f := newFixture(t, testParams(), 3, func(f *fixture) { f.clock.epoch.Number = 40 })
	id := f.device(f.addr(5))
	for f.clock.epoch.Number < 80 {
		f.epoch(func() { f.works(id, 100) })
		f.holds()
	}
	require.True(t, f.account(60).Frozen)
	require.True(t, f.account(42).Closed)
	require.True(t, f.claim(f.addr(5), id).IsPositive())
}
