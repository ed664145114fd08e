package apptest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	worktestutil "github.com/joulechain/joule/x/work/testutil"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// workGenesis has short epochs, many windows, tiny products and a baseline above what the fleet does, so that pay per
// unit is the same for everybody whoever else works.
func workGenesis(members ...*Member) func(*Genesis) {
	return func(g *Genesis) {
		quick(g)
		Edit(g, beacontypes.ModuleName, func(s *beacontypes.GenesisState) { s.Params.EpochBlocks = 20 })
		Edit(g, worktypes.ModuleName, func(s *worktypes.GenesisState) {
			s.Params = worktestutil.Params()
			s.Params.Gpu.WindowProbabilityPpm = 150_000
		})
		Edit(g, emissionstypes.ModuleName, func(s *emissionstypes.GenesisState) {
			for i := range s.Params.Classes {
				s.Params.Classes[i].BaselineUnits = math.NewInt(1_000_000)
			}
		})
		g.AddDevices(members...)
	}
}

func TestDevicesArePaid(t *testing.T) {
	owners := []Account{NewAccount("account", 0), NewAccount("account", 1)}
	members := []*Member{NewMember(1, owners[0], 3), NewMember(2, owners[0], 5), NewMember(3, owners[1], 2)}
	c := New(t, Options{Genesis: workGenesis(members...)})
	c.Work(130, members...)
	for _, m := range members {
		require.True(t, c.Earned(m).IsPositive(), "device %s earned nothing", m.Text())
	}
	c.RequireInvariants()

	before := c.App().BankKeeper.GetBalance(c.Ctx(), owners[0].Address, emissionstypes.Denom).Amount
	res := c.Block(c.Claim(owners[0]))
	require.Zero(t, res[len(res)-1].Code, res[len(res)-1].Log)
	after := c.App().BankKeeper.GetBalance(c.Ctx(), owners[0].Address, emissionstypes.Denom).Amount
	require.True(t, after.Sub(before).AddRaw(PaidGas*GasPrice).IsPositive())
	c.RequireInvariants()

	c.Replay()
	next := c.ExportImport(Variants[:2])
	next.Work(10, members...)
	next.RequireInvariants()
}

// A stranger cannot claim, and a refused claim leaves the state as it was.
func TestClaimByStranger(t *testing.T) {
	owner, stranger := NewAccount("account", 0), NewAccount("account", 1)
	m := NewMember(1, owner, 3)
	c := New(t, Options{Genesis: workGenesis(m), Variants: Variants[:1]})
	c.Work(100, m)
	earned := c.Earned(m)
	require.True(t, earned.IsPositive())
	tx := c.Pay(stranger, &emissionstypes.MsgClaim{Beneficiary: stranger.Address.String(), DeviceIds: []string{devicetypes.FormatDeviceID(m.ID())}})
	res := c.Block(tx)
	require.NotZero(t, res[0].Code)
	require.Contains(t, res[0].Log, owner.Address.String())
	require.True(t, c.Earned(m).GTE(earned))
	c.RequireInvariants()
}
