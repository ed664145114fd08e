package radio

import "fmt"

// ScaleBits is the precision of density scales: Q30, 1<<ScaleBits is full pay.
const ScaleBits = 30

// Bounds of a density table.
const (
	// MaxDensityLimit bounds every count of a table.
	MaxDensityLimit = 1 << 20
	// MaxOccupied is the largest count of occupied cells around a cell: itself and six neighbours, or seven siblings.
	MaxOccupied = 7
)

// DensityLevel is the rule for cells of one H3 resolution (HIP-104): a cell has room for Target radios, for Target more
// with each occupied neighbour from the Neighbours-th on, and for Max at most.
type DensityLevel struct {
	Resolution int
	Neighbours uint32 // N, 1..MaxOccupied
	Target     uint32 // 1..Max
	Max        uint32 // up to MaxDensityLimit
}

// HIP104 is the table as Helium ran it, coarse to fine.
func HIP104() []DensityLevel {
	return []DensityLevel{
		{4, 2, 500, 1000}, {5, 4, 100, 200}, {6, 4, 25, 50}, {7, 4, 5, 10}, {8, 2, 1, 1}, {9, 2, 1, 1}, {10, 2, 1, 1},
	}
}

// ValidateDensity checks a table: resolutions ascending, every bound. The errors wrap ErrParams and name the level and
// field.
func ValidateDensity(table []DensityLevel) error {
	for i, l := range table {
		switch {
		case l.Resolution < 0 || l.Resolution > MaxResolution:
			return fmt.Errorf("%w: density level %d has resolution %d, must be in 0..%d", ErrParams, i, l.Resolution, MaxResolution)
		case i > 0 && l.Resolution <= table[i-1].Resolution:
			return fmt.Errorf("%w: density level %d has resolution %d after %d, must ascend", ErrParams, i, l.Resolution, table[i-1].Resolution)
		case l.Neighbours < 1 || l.Neighbours > MaxOccupied:
			return fmt.Errorf("%w: density level %d has neighbours %d, must be in 1..%d", ErrParams, i, l.Neighbours, MaxOccupied)
		case l.Max < 1 || l.Max > MaxDensityLimit:
			return fmt.Errorf("%w: density level %d has max %d, must be in 1..%d", ErrParams, i, l.Max, MaxDensityLimit)
		case l.Target < 1 || l.Target > l.Max:
			return fmt.Errorf("%w: density level %d has target %d, must be in 1..max = %d", ErrParams, i, l.Target, l.Max)
		}
	}
	return nil
}

// Limit is how many radios a cell of this level pays in full: min(max, target·max(occupied − N + 1, 1)). occupied
// counts the cells around it, itself included, that hold at least Target radios.
func (l DensityLevel) Limit(occupied uint32) uint32 {
	occupied = min(occupied, MaxOccupied)
	factor := uint32(1)
	if occupied > l.Neighbours {
		factor = occupied - l.Neighbours + 1
	}
	return min(l.Max, l.Target*factor)
}

// Crowd is what the chain counts in one cell: radios after clipping at the finer levels, and occupied cells around it.
type Crowd struct {
	Unclipped uint32
	Occupied  uint32
}

// Clipped is the count that a cell hands to its parent's level: at most its limit.
func (l DensityLevel) Clipped(c Crowd) uint32 { return min(c.Unclipped, l.Limit(c.Occupied)) }

// Scale is the share of full pay of a radio in Q30: the product of clipped/unclipped over the table's levels, each
// factor floored. crowds holds the counts of the radio's cell at each level, in the table's order; an empty cell counts
// as one radio, for the radio itself is in it. A table and crowds of different lengths are ErrParams.
func Scale(table []DensityLevel, crowds []Crowd) (uint64, error) {
	if len(table) != len(crowds) {
		return 0, fmt.Errorf("%w: %d crowds for a density table of %d levels", ErrParams, len(crowds), len(table))
	}
	scale := uint64(1) << ScaleBits
	for i, l := range table {
		c := crowds[i]
		c.Unclipped = max(c.Unclipped, 1)
		scale = scale * uint64(l.Clipped(c)) / uint64(c.Unclipped) // below 2^30·2^20 before the division
	}
	return scale, nil
}

// ScaleUnits is ⌊units·scale/2^30⌋ for a scale of at most full pay; a larger one counts as full.
func ScaleUnits(units, scale uint64) uint64 {
	return scaled(units, min(scale, 1<<ScaleBits), 1<<ScaleBits)
}
