package radio

const (
	// baseEntries is how many coordinates (i, j, k), each 0..2, base cells have on a face.
	baseEntries = 27
	// A base table's entry is the base cell times 8 and the turns of 60° from the face's orientation to the base
	// cell's.
	baseTurnBits = 3
	// cellClockwise is one turn clockwise as turns counter-clockwise.
	cellClockwise = 5
)

// stepDigits holds the digit of each step (di, dj) from a cell's centre child at 3·(di+1) + dj+1. The two steps of
// length √3 have none.
var stepDigits = [9]uint64{1, 3, cellUnusedDigit, 5, 0, 2, cellUnusedDigit, 4, 6}

// turnedDigits is each digit after a turn of 60° counter-clockwise.
var turnedDigits = [8]uint64{0, 5, 3, 1, 6, 4, 2, cellUnusedDigit}

// index returns the cell of a resolution at a point of a face's grid: digits from the finest up, then the base cell,
// then all digits turned to the base cell's orientation.
func index(f int, i, j int64, resolution int) Cell {
	digits := uint64(1)<<cellDigitsBits - 1
	for r := resolution; r > 0; r-- {
		var digit uint64
		i, j, digit = coarser(i, j, r)
		digits ^= (cellUnusedDigit ^ digit) << ((MaxResolution - r) * cellDigitBits)
	}
	// Base cells have no negative coordinates: (1, 1, 1) is zero. Each step up moves a point by at most one cell's
	// width, together with the way to the nearest point of the finest grid at most 1/(√7 − 1) = 0.61 of a base cell, so
	// no coordinate exceeds 2.
	k := -min(i, j, 0)
	entry := baseTable[f][(i+k)*9+(j+k)*3+k]
	base, turns := uint64(entry)>>baseTurnBits, int(entry)&(1<<baseTurnBits-1)
	c := Cell(cellMode<<cellModeShift | uint64(resolution)<<cellResShift | base<<cellBaseShift | digits)
	if !pentagonBase(int(base)) {
		return c.turned(turns)
	}
	// A pentagon lacks the sixth part under digit 1: a face's points that fall there belong to the part beside it. Seen
	// from the faces whose second axis leads to the pentagon that is the part clockwise.
	if c.leadingDigit() == cellDeletedDigit {
		if j+k == 2 {
			c = c.turned(cellClockwise)
		} else {
			c = c.turned(1)
		}
	}
	for range turns {
		if c = c.turned(1); c.leadingDigit() == cellDeletedDigit {
			c = c.turned(1)
		}
	}
	return c
}

// coarser returns the parent of a grid point of a resolution and its digit there.
func coarser(i, j int64, resolution int) (int64, int64, uint64) {
	var upI, upJ, centreI, centreJ int64
	if resolution&1 == 1 {
		upI, upJ = coarserOdd(i, j)
		centreI, centreJ = finerOdd(upI, upJ)
	} else {
		upI, upJ = coarserEven(i, j)
		centreI, centreJ = finerEven(upI, upJ)
	}
	return upI, upJ, stepDigits[(i-centreI+1)*3+j-centreJ+1]
}

// turned returns the cell with every digit turned by 60° counter-clockwise, some times.
func (c Cell) turned(times int) Cell {
	for r := 1; r <= c.Resolution(); r++ {
		digit := c.digit(r)
		for range times {
			digit = turnedDigits[digit]
		}
		c ^= Cell(c.digit(r)^digit) << ((MaxResolution - r) * cellDigitBits)
	}
	return c
}
