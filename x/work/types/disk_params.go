package types

import (
	"math"

	"github.com/joulechain/joule/x/work/proof/disk"
)

// Bounds of the disk class's parameters; the proto's comments give the reasons.
const (
	MaxDiskLambda  = disk.MaxEvidenceProofs
	MaxDiskCohorts = 4_096
	MaxDiskPlots   = math.MaxUint32
)

// DefaultDiskParams are mainnet's.
func DefaultDiskParams() DiskParams {
	return DiskParams{
		Version: disk.EvidenceVersion1, MinK: 28, MinStrength: disk.BaseStrength + 2, Lambda: 1, MaxProofs: 4,
		Cohorts: 144, WindowBlocks: 4, MinPlots: 8, MaxPlots: 1 << 15,
	}
}

// Validate names the first field that is out of range.
func (p DiskParams) Validate() error {
	if p.MinK%2 != 0 {
		return ErrInvalidParams.Wrapf("disk.min_k is %d; want an even number", p.MinK)
	}
	return firstError(
		inRange("disk.version", uint64(p.Version), disk.EvidenceVersion1, disk.EvidenceVersion1),
		inRange("disk.min_k", uint64(p.MinK), disk.MinK, disk.MaxEvidenceK),
		inRange("disk.min_strength", uint64(p.MinStrength), disk.BaseStrength, disk.MaxStrength),
		inRange("disk.lambda", uint64(p.Lambda), 1, MaxDiskLambda),
		inRange("disk.max_proofs", uint64(p.MaxProofs), uint64(p.Lambda), disk.MaxEvidenceProofs),
		inRange("disk.cohorts", uint64(p.Cohorts), 1, MaxDiskCohorts),
		inRange("disk.window_blocks", uint64(p.WindowBlocks), 1, MaxWindowBlocks),
		inRange("disk.max_plots", uint64(p.MaxPlots), 1, MaxDiskPlots),
		inRange("disk.min_plots", uint64(p.MinPlots), uint64(p.Lambda), uint64(p.MaxPlots)),
	)
}
