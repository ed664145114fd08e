package radio

import (
	"fmt"
	"math/bits"
)

// Cell is an H3 cell index: from bit 63 down, 1 reserved bit (0), 4 bits of mode (1, a cell), 3 reserved bits (0), 4
// bits of resolution, 7 bits of base cell and 15 digits of 3 bits, finest last. Digits 0..6 count down to the
// resolution, the unused ones are 7.
type Cell uint64

const (
	// MaxResolution is H3's finest resolution.
	MaxResolution = 15

	cellMode         = 1
	cellDigitBits    = 3
	cellDigitsBits   = MaxResolution * cellDigitBits // 45
	cellBaseShift    = cellDigitsBits
	cellResShift     = cellBaseShift + 7
	cellModeShift    = cellResShift + 7
	cellUnusedDigit  = 7
	cellDeletedDigit = 1
	baseCells        = 122
)

// pentagonBaseCells has a bit for each of the twelve base cells that are pentagons.
var pentagonBaseCells = [2]uint64{
	1<<4 | 1<<14 | 1<<24 | 1<<38 | 1<<49 | 1<<58 | 1<<63,
	1<<(72-64) | 1<<(83-64) | 1<<(97-64) | 1<<(107-64) | 1<<(117-64),
}

func pentagonBase(base int) bool { return pentagonBaseCells[base>>6]>>(base&63)&1 == 1 }

// Resolution returns the cell's resolution, 0..15. It does not check the cell.
func (c Cell) Resolution() int { return int(c >> cellResShift & 15) }

// BaseCell returns the cell's base cell, 0..121 in a valid cell. It does not check the cell.
func (c Cell) BaseCell() int { return int(c >> cellBaseShift & 127) }

// digit returns the digit of a resolution in 1..15.
func (c Cell) digit(resolution int) uint64 {
	return uint64(c) >> ((MaxResolution - resolution) * cellDigitBits) & 7
}

// Validate refuses a number that is no H3 cell. The errors wrap ErrCell and name what is wrong.
func (c Cell) Validate() error {
	resolution, base := c.Resolution(), c.BaseCell()
	switch {
	case c>>cellModeShift != cellMode || c>>(cellResShift+4)&7 != 0:
		return fmt.Errorf("%w: %x has wrong mode or reserved bits, a cell starts with 8", ErrCell, uint64(c))
	case base >= baseCells:
		return fmt.Errorf("%w: %x has base cell %d, must be below %d", ErrCell, uint64(c), base, baseCells)
	}
	for r := 1; r <= MaxResolution; r++ {
		if unused := r > resolution; unused != (c.digit(r) == cellUnusedDigit) {
			return fmt.Errorf("%w: %x has digit %d at resolution %d, must be 0..6 down to resolution %d and 7 beyond it",
				ErrCell, uint64(c), c.digit(r), r, resolution)
		}
	}
	if pentagonBase(base) && c.leadingDigit() == cellDeletedDigit {
		return fmt.Errorf("%w: %x lies in the subsequence that pentagon %d does not have: its first digit other than 0 is 1", ErrCell, uint64(c), base)
	}
	return nil
}

// leadingDigit is the first digit other than 0 down to the resolution, or 0.
func (c Cell) leadingDigit() uint64 {
	used := uint64(c) & (1<<cellDigitsBits - 1) >> c.unusedBits() << c.unusedBits()
	if used == 0 {
		return 0
	}
	top := bits.Len64(used) - 1
	return used >> (top - top%cellDigitBits) & 7
}

func (c Cell) unusedBits() int { return (MaxResolution - c.Resolution()) * cellDigitBits }

// Pentagon tells whether a valid cell is one of its resolution's twelve pentagons.
func (c Cell) Pentagon() bool { return pentagonBase(c.BaseCell()) && c.leadingDigit() == 0 }

// Parent returns the cell of a coarser or the same resolution that holds c. An invalid cell or a finer resolution is
// ErrCell.
func (c Cell) Parent(resolution int) (Cell, error) {
	if err := c.Validate(); err != nil {
		return 0, err
	}
	if resolution < 0 || resolution > c.Resolution() {
		return 0, fmt.Errorf("%w: %x has resolution %d and no parent at %d", ErrCell, uint64(c), c.Resolution(), resolution)
	}
	unused := uint64(1)<<((MaxResolution-resolution)*cellDigitBits) - 1
	return c&^(15<<cellResShift) | Cell(uint64(resolution)<<cellResShift|unused), nil
}

// Children returns the cells of the next finer resolution in a cell: seven, six in a pentagon. An invalid cell or one
// of resolution 15 is ErrCell.
func (c Cell) Children() ([]Cell, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	resolution := c.Resolution() + 1
	if resolution > MaxResolution {
		return nil, fmt.Errorf("%w: %x has resolution %d and no children", ErrCell, uint64(c), MaxResolution)
	}
	shift := (MaxResolution - resolution) * cellDigitBits
	base := uint64(c)&^(7<<shift) + 1<<cellResShift
	children := make([]Cell, 0, 7)
	for digit := uint64(0); digit < cellUnusedDigit; digit++ {
		if digit == cellDeletedDigit && c.Pentagon() {
			continue
		}
		children = append(children, Cell(base|digit<<shift))
	}
	return children, nil
}

// Range returns the smallest and the largest number among the cells of a finer or the same resolution that c holds:
// those cells, and no valid one beside them, lie between. An invalid cell or a coarser resolution is ErrCell.
func (c Cell) Range(resolution int) (first, last Cell, err error) {
	if err := c.Validate(); err != nil {
		return 0, 0, err
	}
	if resolution < c.Resolution() || resolution > MaxResolution {
		return 0, 0, fmt.Errorf("%w: %x has resolution %d and no cells of resolution %d", ErrCell, uint64(c), c.Resolution(), resolution)
	}
	first = c&^(15<<cellResShift) | Cell(resolution)<<cellResShift
	last = first
	for r := c.Resolution() + 1; r <= resolution; r++ {
		shift := (MaxResolution - r) * cellDigitBits
		first &^= 7 << shift
		last = last&^(7<<shift) | 6<<shift
	}
	return first, last, nil
}
