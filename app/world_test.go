package app_test

import (
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"

	"github.com/joulechain/joule/app"
	"github.com/joulechain/joule/app/apptest"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	worktestutil "github.com/joulechain/joule/x/work/testutil"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// voting is how long the tests' proposals are voted on: five blocks.
const voting = 5 * apptest.BlockTime

// worldGenesis is a chain on which much happens in few blocks: short epochs, frequent windows of tiny products, quick
// votes, cheap deposits, and the members' devices.
func worldGenesis(members ...*apptest.Member) func(*apptest.Genesis) {
	return func(g *apptest.Genesis) {
		apptest.Edit(g, beacontypes.ModuleName, func(s *beacontypes.GenesisState) { s.Params.EpochBlocks = 10 })
		apptest.Edit(g, worktypes.ModuleName, func(s *worktypes.GenesisState) {
			s.Params = worktestutil.Params()
			s.Params.Gpu.WindowProbabilityPpm = 150_000
		})
		apptest.Edit(g, emissionstypes.ModuleName, func(s *emissionstypes.GenesisState) {
			for i := range s.Params.Classes {
				s.Params.Classes[i].BaselineUnits = math.NewInt(10_000)
			}
		})
		apptest.Edit(g, govtypes.ModuleName, func(s *govv1.GenesisState) {
			period, expedited, deposit := voting, voting-apptest.BlockTime, voting
			s.Params.VotingPeriod, s.Params.ExpeditedVotingPeriod, s.Params.MaxDepositPeriod = &period, &expedited, &deposit
			s.Params.MinDeposit = sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, 1_000_000))
			s.Params.ExpeditedMinDeposit = sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, 2_000_000))
		})
		g.AddDevices(members...)
	}
}
