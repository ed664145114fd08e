package radio

import (
	"math"
	"math/big"
	"math/rand/v2"
	"sync"
)

var planes = sync.OnceValue(icosahedron)

// exactPosition is the unit vector of a position in 200 bits.
func exactPosition(p Position) bigVector {
	sinLat, cosLat := bigSineCosine(radians(int64(p.LatitudeE7)))
	sinLng, cosLng := bigSineCosine(radians(int64(p.LongitudeE7)))
	return bigVector{mul(cosLat, cosLng), mul(cosLat, sinLng), sinLat}
}

// exactGrid returns the nearest face and the coordinates there at resolution 0, in 200 bits.
func exactGrid(p Position) (f int, i, j *big.Float) {
	at, nearest := exactPosition(p), integer(0)
	for n, face := range planes() {
		if depth := face.centre.dot(at); depth.Cmp(nearest) > 0 {
			f, nearest = n, depth
		}
	}
	iAxis, jAxis := planes()[f].axes()
	return f, quo(iAxis.dot(at), nearest), quo(jAxis.dot(at), nearest)
}

// exactCell returns the cell in 200 bits and the position's distance to its border in metres, measured on the face's
// plane, where lengths are up to 1.6 times those on the ground.
func exactCell(p Position, resolution int) (c Cell, border float64) {
	f, i, j := exactGrid(p)
	if resolution&1 == 1 {
		i, j = sum(mul(integer(2), i), j), sub(mul(integer(3), j), i)
	}
	factor := integer(int64(math.Pow(7, float64(resolution/2))))
	i, j = mul(i, factor), mul(j, factor)
	best := 9.0
	var cellI, cellJ int64
	var a, b float64
	for _, near := range [][2]int64{{0, 0}, {0, 1}, {1, 0}, {1, 1}} {
		atI, atJ := floor(i)+near[0], floor(j)+near[1]
		x, y := float(sub(i, integer(atI))), float(sub(j, integer(atJ)))
		if length := x*x - x*y + y*y; length < best {
			best, cellI, cellJ, a, b = length, atI, atJ, x, y
		}
	}
	return index(f, cellI, cellJ, resolution), borderDistance(a, b, resolution)
}

// borderDistance is how far in metres a point (a, b) from a cell's centre, in units of a cell, lies within the cell's
// border.
func borderDistance(a, b float64, resolution int) float64 {
	// Twice the lengths along the six directions to the neighbours: 1 on the border.
	furthest := max(math.Abs(2*a-b), math.Abs(2*b-a), math.Abs(a+b))
	cell := float(spacing()) * earthRadius / math.Pow(7, float64(resolution)/2)
	return (1 - furthest) / 2 * cell
}

func floor(x *big.Float) int64 {
	n, _ := x.Int64()
	if x.Signbit() && !x.IsInt() {
		n--
	}
	return n
}

// closeTo is the valid position closest to a vector, its coordinates moved by up to spread units each.
func closeTo(random *rand.Rand, v bigVector, spread int64) Position {
	x, y, z := float(v[0]), float(v[1]), float(v[2])
	lat := int64(math.Round(math.Atan2(z, math.Hypot(x, y)) * 180 / math.Pi * DegreeE7))
	lng := int64(math.Round(math.Atan2(y, x) * 180 / math.Pi * DegreeE7))
	return position(lat+random.Int64N(2*spread+1)-spread, lng+random.Int64N(2*spread+1)-spread)
}

// position wraps a longitude and clamps a latitude.
func position(lat, lng int64) Position {
	lat = min(max(lat, -MaxLatitudeE7), MaxLatitudeE7)
	lng = (lng%(2*MaxLongitudeE7) + 3*MaxLongitudeE7 - 1) % (2 * MaxLongitudeE7)
	return Position{LatitudeE7: int32(lat), LongitudeE7: int32(lng - MaxLongitudeE7 + 1)}
}

// anywhere is a position drawn evenly by area within the package's latitudes.
func anywhere(random *rand.Rand) Position {
	top := math.Sin(85 * math.Pi / 180)
	lat := math.Asin(top * (2*random.Float64() - 1))
	return position(int64(lat*180/math.Pi*DegreeE7), random.Int64N(2*MaxLongitudeE7))
}

// places draws positions of one kind.
var places = []struct {
	name string
	draw func(*rand.Rand) Position
}{
	{"anywhere", anywhere},
	{"pentagons", func(random *rand.Rand) Position {
		p := planes()[random.IntN(faces)]
		return closeTo(random, p.centre.plus(p.towards(2, 0).times(spacing())), spread(random))
	}},
	{"face edges", func(random *rand.Rand) Position {
		p, along := planes()[random.IntN(faces)], integer(random.Int64N(1<<40))
		along = new(big.Float).SetMantExp(along, -40)
		from, to := p.towards(2, 0), p.towards(0, 2)
		at := from.times(along).plus(to.times(sub(integer(1), along)))
		return closeTo(random, p.centre.plus(at.times(spacing())), spread(random))
	}},
	{"face centres", func(random *rand.Rand) Position {
		return closeTo(random, planes()[random.IntN(faces)].centre, spread(random))
	}},
	{"antimeridian", func(random *rand.Rand) Position {
		return position(int64(anywhere(random).LatitudeE7), MaxLongitudeE7+random.Int64N(5)-2)
	}},
	{"highest latitudes", func(random *rand.Rand) Position {
		return position((2*random.Int64N(2)-1)*(MaxLatitudeE7-random.Int64N(3)), random.Int64N(2*MaxLongitudeE7))
	}},
}

// spread is between nothing and a tenth of a degree, small ones as likely as large.
func spread(random *rand.Rand) int64 {
	return int64(math.Pow(10, 6*random.Float64())) - 1
}

// borderOn moves east from a position to the last position whose cell is the same, within a thousandth of a degree, by
// halving.
func borderOn(p Position, resolution int) (Position, bool) {
	lat, from, to := int64(p.LatitudeE7), int64(p.LongitudeE7), int64(p.LongitudeE7)+10_000
	here := mustCell(p, resolution)
	if mustCell(position(lat, to), resolution) == here {
		return p, false
	}
	for to-from > 1 {
		if middle := (from + to) / 2; mustCell(position(lat, middle), resolution) == here {
			from = middle
		} else {
			to = middle
		}
	}
	return position(lat, from), true
}

func mustCell(p Position, resolution int) Cell {
	c, err := CellOf(p, resolution)
	if err != nil {
		panic(err)
	}
	return c
}

// eastOf is the next position to the east.
func eastOf(p Position) Position { return position(int64(p.LatitudeE7), int64(p.LongitudeE7)+1) }
