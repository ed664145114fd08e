// Package simulation drives the work module with random messages: real evidence of tiny matrices and of small plots.
package simulation

import (
	"math/rand"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// RandomizedGenState writes a genesis with random parameters and nothing proven. Windows are frequent and short, so
// that whole lives of commitments fit into a run.
func RandomizedGenState(s *module.SimulationState) {
	g := types.DefaultGenesis()
	g.Params = randomParams(s.Rand)
	s.GenState[types.ModuleName] = s.Cdc.MustMarshalJSON(g)
}

func randomParams(r *rand.Rand) types.Params {
	p := testutil.Params()
	p.Gpu.T = 2 + uint32(r.Intn(3))
	p.Gpu.MinRounds = 1 + uint64(r.Intn(2))
	p.Gpu.MaxRounds = 4 + uint64(r.Intn(60))
	p.Gpu.WindowProbabilityPpm = 50_000 + uint32(r.Intn(300_000))
	p.Gpu.WindowBlocks = 2 + uint32(r.Intn(6))
	p.Gpu.OpeningBlocks = 5 + uint32(r.Intn(20))
	p.Disk.Lambda = 1 + uint32(r.Intn(maxPlots))
	p.Disk.MinPlots = p.Disk.Lambda
	p.Disk.MaxProofs = p.Disk.Lambda + uint32(r.Intn(4))
	p.Disk.Cohorts = 1 + uint32(r.Intn(4))
	p.Disk.WindowBlocks = 4 + uint32(r.Intn(8))
	// Simulated accounts spend what they have on fees, so that assertions are free.
	p.Radio.AssertFee = math.ZeroInt()
	p.Radio.OpenPercent = 30 + uint32(r.Intn(50))
	p.Radio.EdgeEpochs = 1 + uint32(r.Intn(20))
	p.Radio.MoveEpochs = 2 + uint64(r.Intn(4))
	p.Radio.IdleEpochs = 2 + uint64(r.Intn(6))
	p.Lane.MaxEvidencePerTx = 1 + uint32(r.Intn(types.MaxEvidencePerTx))
	p.SettlementDelayEpochs = 1 + uint32(r.Intn(3))
	p.MaxLiveWindows = 1 + uint32(r.Intn(types.MaxLiveWindows))
	p.FaultLimit = 1 + uint32(r.Intn(4))
	p.SuspensionEpochs = 1 + uint64(r.Intn(3))
	return p
}
