package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

// lived is a fixture with a device in every state.
func lived(t *testing.T) *fixture {
	f := newFixture(t)
	f.registered(account(0), testutil.NumberedKey(1), testutil.WithBeneficiary(account(3)))
	require.NoError(t, f.suspend(account(0), f.registered(account(0), testutil.NumberedKey(2))))
	f.registered(account(1), testutil.NumberedKey(3))
	require.NoError(t, f.k.SuspendForFaults(f.ctx, testutil.NumberedKey(3).ID(), 99))
	require.NoError(t, f.offer(account(1), testutil.NumberedKey(3).Text(), account(0)))
	gone := f.registered(account(2), testutil.NumberedKey(4))
	f.retired(account(2), gone)
	f.withdrawn(gone)
	require.NoError(t, f.retire(account(2), f.registered(account(2), testutil.NumberedKey(5), testutil.WithBond(minBond+7))))
	f.holds()
	return f
}

func TestExportThenImport(t *testing.T) {
	f := lived(t)
	exported := f.export()
	require.Len(t, exported.Devices, 5)
	require.NoError(t, exported.Validate())
	for i := 1; i < len(exported.Devices); i++ {
		require.Less(t, string(exported.Devices[i-1].Id), string(exported.Devices[i].Id))
	}

	g := newEmptyFixture(t)
	g.bank.InitGenesis(g.ctx, f.bank.ExportGenesis(f.ctx))
	require.NoError(t, g.k.InitGenesis(g.ctx, *exported))
	require.Equal(t, exported, g.export())
	require.Equal(t, f.bonds(), g.bonds())
	g.holds()

	// The imported chain goes on where the exported one stopped.
	g.epochs.number = f.epochs.number + types.DefaultUnbondingEpochs
	g.withdrawn(testutil.NumberedKey(5).Text())
	g.registered(account(2), testutil.NumberedKey(4), testutil.WithGeneration(2))
	g.holds()
}

func TestInitGenesisWantsTheBonds(t *testing.T) {
	f := lived(t)
	exported, bank := f.export(), f.bank.ExportGenesis(f.ctx)
	for name, extra := range map[string]int64{"too little": 0, "too much": f.bonds() + 1} {
		t.Run(name, func(t *testing.T) {
			g := newEmptyFixture(t)
			if extra > 0 {
				require.NoError(t, g.bank.MintCoins(g.ctx, faucet, sdk.NewCoins(sdk.NewInt64Coin(denom, extra))))
				require.NoError(t, g.bank.SendCoinsFromModuleToModule(g.ctx, faucet, types.ModuleName, sdk.NewCoins(sdk.NewInt64Coin(denom, extra))))
			}
			err := g.k.InitGenesis(g.ctx, *exported)
			require.ErrorIs(t, err, types.ErrInvalidGenesis)
			require.ErrorContains(t, err, "the bonds of 5 devices are 40000007ujoule")
		})
	}
	g := newEmptyFixture(t)
	g.bank.InitGenesis(g.ctx, bank)
	require.NoError(t, g.k.InitGenesis(g.ctx, *exported))
}

func TestInitGenesisChecksAddresses(t *testing.T) {
	for field, set := range map[string]func(*types.Device){
		"owner":         func(d *types.Device) { d.Owner = "x" },
		"beneficiary":   func(d *types.Device) { d.Beneficiary = "cosmos1fl48vsnmsdzcv85q5d2q4z5ajdha8yu34mf0eh" },
		"bond_payer":    func(d *types.Device) { d.BondPayer = "joule1" },
		"pending_owner": func(d *types.Device) { d.PendingOwner = "x" },
	} {
		f := newFixture(t)
		f.registered(account(0), testutil.NumberedKey(1))
		g := f.export()
		set(&g.Devices[0])
		require.NoError(t, g.Validate())
		empty := newEmptyFixture(t)
		err := empty.k.InitGenesis(empty.ctx, *g)
		require.ErrorIs(t, err, types.ErrInvalidGenesis)
		require.ErrorContains(t, err, "devices[0]")
		require.ErrorContains(t, err, field)
	}
}

// A genesis names nobody whom the bank would not pay: a bond, or what a device earned, would be stuck.
func TestInitGenesisRefusesBlockedAddresses(t *testing.T) {
	for field, set := range map[string]func(*types.Device){
		"owner":         func(d *types.Device) { d.Owner = blocked() },
		"beneficiary":   func(d *types.Device) { d.Beneficiary = blocked() },
		"bond_payer":    func(d *types.Device) { d.BondPayer = blocked() },
		"pending_owner": func(d *types.Device) { d.PendingOwner = blocked() },
	} {
		f := newFixture(t)
		f.registered(account(0), testutil.NumberedKey(1))
		g := f.export()
		set(&g.Devices[0])
		empty := newEmptyFixture(t)
		err := empty.k.InitGenesis(empty.ctx, *g)
		require.ErrorIs(t, err, types.ErrInvalidGenesis)
		require.ErrorContains(t, err, "devices[0]: "+field)
	}
}

func TestInvariantsTell(t *testing.T) {
	f := lived(t)
	d := f.device(testutil.NumberedKey(1))
	d.Bond.Amount = d.Bond.Amount.Add(math.OneInt())
	require.NoError(t, f.k.Devices.Set(f.ctx, d.Id, d))
	broken, err := f.k.CheckInvariants(f.ctx)
	require.NoError(t, err)
	require.Len(t, broken, 1)
	require.Contains(t, broken[0], "module account holds 40000007, bonds are 40000008")

	d.Bond.Amount, d.UnbondingEpoch = d.Bond.Amount.Sub(math.OneInt()), 3
	require.NoError(t, f.k.Devices.Set(f.ctx, d.Id, d))
	broken, err = f.k.CheckInvariants(f.ctx)
	require.NoError(t, err)
	require.Len(t, broken, 1)
	require.Contains(t, broken[0], d.Text())
}
