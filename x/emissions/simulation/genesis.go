package simulation

import (
	"math/rand"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/joulechain/joule/x/emissions/types"
)

// RandomParams are valid parameters: a random split, speed, claim window and baselines.
func RandomParams(r *rand.Rand) types.Params {
	p := types.DefaultParams()
	left := uint32(types.BpsScale)
	take := func() uint32 {
		n := uint32(r.Intn(int(left) + 1))
		left -= n
		return n
	}
	for i := range p.Classes {
		p.Classes[i].ShareBps = take()
		p.Classes[i].BaselineUnits = math.NewInt(1 + r.Int63n(1_000_000))
		p.Classes[i].BaselineGrowthPpb = uint32(r.Intn(types.MaxGrowthPpb + 1))
	}
	p.ValidatorsBps = take()
	p.CommunityBps = left
	p.SpeedBps = uint32(r.Intn(types.BpsScale + 1))
	p.ClaimWindowEpochs = types.MinClaimWindowEpochs + uint64(r.Intn(100))
	p.TrailingEpochs = 1 + uint32(r.Intn(types.MaxTrailingEpochs))
	p.MaxClaimDevices = 1 + uint32(r.Intn(types.MaxClaimDevicesLimit))
	return p
}

// RandomizedGenState makes a new chain's genesis with random parameters.
func RandomizedGenState(state *module.SimulationState) {
	g := types.DefaultGenesis()
	g.Params = RandomParams(state.Rand)
	state.GenState[types.ModuleName] = state.Cdc.MustMarshalJSON(g)
}
