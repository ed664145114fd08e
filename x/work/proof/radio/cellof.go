package radio

import "fmt"

const (
	faces = 20
	// gridBits is the precision of coordinates on a face's plane: Q60, room for ±8 cells of resolution 0.
	gridBits = 60
	half     = gridBits / 2
)

// face is one of the icosahedron's faces as three vectors of space: its centre in Q62, and, in Q61, the two vectors
// whose products with a position, over the centre's product with it, are the position's hexagonal coordinates on the
// face's plane at resolution 0.
type face struct{ centre, i, j [3]int64 }

// CellOf returns the H3 cell of a resolution, 0..15, that holds a position. SPEC.md 2 defines it in integers: every
// machine gets the same cell, which is the cell of Uber's floating point except within SPEC.md's distance of a border.
// The cell of a coarser resolution is not in general the parent of a finer one's, because H3's hexagons do not nest.
// Errors wrap ErrPosition, or ErrCell for the resolution.
func CellOf(p Position, resolution int) (Cell, error) {
	if err := p.Validate(); err != nil {
		return 0, err
	}
	if resolution < 0 || resolution > MaxResolution {
		return 0, fmt.Errorf("%w: resolution is %d, must be within 0..%d", ErrCell, resolution, MaxResolution)
	}
	f, i, j := project(p)
	i, j = hexagon(scale(i, j, resolution))
	return index(f, i, j, resolution), nil
}

// project returns the face that a valid position lies on, the first of equally near ones, and its coordinates there at
// resolution 0 in Q60: a gnomonic projection, i along the face's first axis and j 120° further, one unit from cell to
// cell. No point of a face is further than 2 units from its centre, so |i|, |j| ≤ 4/√3.
func project(p Position) (f int, i, j int64) {
	sinLat, cosLat := sineCosine(int64(p.LatitudeE7))
	sinLng, cosLng := sineCosine(int64(p.LongitudeE7))
	at := [3]int64{wide{}.plus(cosLat, cosLng).vector(), wide{}.plus(cosLat, sinLng).vector(), sinLat}
	var nearest int64
	for n := range faceTable {
		if depth := dot(at, faceTable[n].centre).vector(); depth > nearest {
			f, nearest = n, depth
		}
	}
	// The nearest centre is within 37.4°, so the divisor is at least 0.79 in Q62; dividends are below 1.84 in Q123,
	// quotients in Q61.
	return f, dot(at, faceTable[f].i).over(nearest) >> 1, dot(at, faceTable[f].j).over(nearest) >> 1
}

func dot(a, b [3]int64) wide {
	return wide{}.plus(a[0], b[0]).plus(a[1], b[1]).plus(a[2], b[2])
}

// coordinate is a real number on a grid: a whole part and a fraction of one in Q60.
type coordinate struct{ whole, fraction int64 }

// scale takes coordinates in Q60 at resolution 0 to a resolution: each step divides a cell into seven. Two steps are a
// factor of 7; an odd resolution's grid is turned by asin(√(3/28)) and √7 finer, together a matrix of integers.
func scale(i, j int64, resolution int) (coordinate, coordinate) {
	if resolution&1 == 1 {
		i, j = finerOdd(i, j)
	}
	factor := int64(1)
	for range resolution / 2 {
		factor *= 7
	}
	return times(i, factor), times(j, factor)
}

// times multiplies a number in Q60 by a factor below 2^20: in two halves, because the product can have 83 bits.
func times(x, factor int64) coordinate {
	const mask = 1<<half - 1
	low := x & mask * factor
	high := x>>half*factor + low>>half
	return coordinate{high >> half, high&mask<<half | low&mask}
}

// hexagon returns the grid point next to a pair of coordinates. Squared lengths are i² − ij + j²; the bounds below are
// the perpendicular bisectors between the four grid points around the pair. On a bisector the further one counts, as in
// the reference.
func hexagon(i, j coordinate) (int64, int64) {
	const one = 1 << gridBits
	a, b := i.fraction, j.fraction
	switch {
	case a+b >= one && a > 2*b:
		return i.whole + 1, j.whole
	case a+b >= one && b > 2*a:
		return i.whole, j.whole + 1
	case a+b >= one:
		return i.whole + 1, j.whole + 1
	case 2*a-b >= one:
		return i.whole + 1, j.whole
	case 2*b-a >= one:
		return i.whole, j.whole + 1
	}
	return i.whole, j.whole
}

// finerOdd and finerEven give the coordinates of a point on the next finer grid, turned by asin(√(3/28)) to an odd
// resolution and back to an even one. coarserOdd and coarserEven give the point of the coarser grid next to a point of
// such a grid.
func finerOdd(i, j int64) (int64, int64)    { return 2*i + j, 3*j - i }
func finerEven(i, j int64) (int64, int64)   { return 3*i - j, i + 2*j }
func coarserOdd(i, j int64) (int64, int64)  { return seventh(3*i - j), seventh(i + 2*j) }
func coarserEven(i, j int64) (int64, int64) { return seventh(2*i + j), seventh(3*j - i) }

// seventh is n/7 rounded to the nearest integer: a seventh is never half way.
func seventh(n int64) int64 {
	n += 3
	quotient := n / 7
	if n%7 < 0 {
		quotient--
	}
	return quotient
}
