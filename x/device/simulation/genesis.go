// Package simulation drives the device module with random messages.
package simulation

import (
	"math/rand"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

// RandomizedGenState writes a genesis with random parameters in the simulation's denomination and without devices: a
// device needs a bond in the bank's genesis. Bonds and times are small, so that whole lives fit into a run.
func RandomizedGenState(s *module.SimulationState) {
	params := randomParams(s.Rand)
	params.BondDenom = s.BondDenom
	s.GenState[types.ModuleName] = s.Cdc.MustMarshalJSON(&types.GenesisState{Params: params})
}

func randomParams(r *rand.Rand) types.Params {
	params := types.DefaultParams()
	params.Classes[0].MinBond = math.NewInt(1 + r.Int63n(1_000))
	params.Classes[0].BondPerUnit = math.NewInt(r.Int63n(10))
	params.Classes[1].MinBond = math.NewInt(1 + r.Int63n(1_000))
	params.Classes[1].BondPerUnit = math.NewInt(r.Int63n(10))
	params.Classes[2].MinBond = math.NewInt(1 + r.Int63n(1_000))
	params.UnbondingEpochs = uint64(types.MinUnbondingEpochs + r.Intn(3))
	params.MaxRegistrationBlocks = uint64(types.MinRegistrationBlocks + r.Intn(1_000))
	params.MaxBatch = uint32(1 + r.Intn(8))
	params.Evidence.NvidiaRoots = append(params.Evidence.NvidiaRoots, testutil.GPURoot())
	// A run is too short to wait for windows.
	params.Evidence.GpuWindowSeeds = false
	params.Evidence.AttestationEpochs = uint64(1 + r.Intn(4))
	params.Evidence.NvidiaTierPpm = uint32(types.BaseTierPpm + r.Intn(types.MaxTierPpm-types.BaseTierPpm+1))
	return params
}
