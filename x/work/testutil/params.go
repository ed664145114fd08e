// Package testutil makes real evidence of tiny matrices and of small plots, and stands in for the keepers that x/work
// reads. It imports no keeper, so that simulations and other modules' tests may use it too.
package testutil

import (
	"github.com/joulechain/joule/x/work/proof/disk"
	"github.com/joulechain/joule/x/work/proof/gpu"
	"github.com/joulechain/joule/x/work/types"
)

// UnitsPerRound are the units of one round under Params: 64³ / 2^10.
const UnitsPerRound = 256

// Params are parameters under which a test proves work in milliseconds: n = 64, two openings, GPU windows of three
// blocks; the smallest plots, four cohorts, disk windows of four blocks.
func Params() types.Params {
	p := types.DefaultParams()
	p.Gpu = types.GpuParams{
		Version: gpu.Version2, N: 64, B: 4, T: 2, MaxRounds: 1_000, MinRounds: 2, UnitShift: 10, TierRounds: 1_000,
		WindowProbabilityPpm: 500_000, WindowBlocks: 3, OpeningBlocks: 5,
	}
	p.Disk = types.DiskParams{
		Version: disk.EvidenceVersion1, MinK: disk.MinK, MinStrength: disk.BaseStrength, Lambda: 1, MaxProofs: 4,
		Cohorts: 4, WindowBlocks: 4, MinPlots: 1, MaxPlots: 1_000,
	}
	p.Radio.BlockMillis, p.Radio.MoveEpochs, p.Radio.IdleEpochs = 6_000, 4, 6
	return p
}
