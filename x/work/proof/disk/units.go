package disk

import "math/bits"

const (
	// UnitBytes is the size of one unit of the disk class in nominal bytes: 64 KiB.
	UnitBytes = 1 << 16
	// MaxEvidenceK is the largest k that evidence may have: no plot of k = 32 can be compared with the
	// reference (SPEC.md 1).
	MaxEvidenceK = 30
)

// PlotUnits is a plot's nominal size in units of UnitBytes: ⌊2^k·(k+2)/8 / 65,536⌋, since a sorted fragment takes
// about k+2 bits. 10 at k = 18, 15,360 (960 MiB) at k = 28. Strength does not enter: a stronger plot takes no
// more space. 0 for a k that Params.Validate refuses.
func PlotUnits(k uint8) uint64 {
	if (Params{K: k, Strength: BaseStrength}).Validate() != nil {
		return 0
	}
	return uint64(1) << k * (uint64(k) + 2) / 8 / UnitBytes
}

// Units is what an epoch's accepted proofs earn under a claim of plots: ⌊proofs · plots · PlotUnits(k) / lambda⌋. A
// device that stores what it claims has lambda proofs on average, which is its plots' size. lambda 0 gives 0, and
// what exceeds 64 bits the largest number; within this package's bounds results are below 2^53.
func Units(k uint8, plots, proofs, lambda uint32) uint64 {
	if lambda == 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(plots)*uint64(proofs), PlotUnits(k))
	if high >= uint64(lambda) {
		return 1<<64 - 1
	}
	units, _ := bits.Div64(high, low, uint64(lambda))
	return units
}
