package radio

import (
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func newRandom(seed byte) *rand.Rand { return rand.New(rand.NewChaCha8([32]byte{seed})) }

// TestCellOfOfTheReference compares with testdata/h3_positions.csv, which Uber's h3-go v4.1.0 wrote (JOULE_H3=1 go test
// -run TestAgainstReference -update).
func TestCellOfOfTheReference(t *testing.T) {
	file, err := os.Open("testdata/h3_positions.csv")
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.Greater(t, len(rows), 300)
	for _, row := range rows[1:] {
		lat, err := strconv.ParseInt(row[0], 10, 32)
		require.NoError(t, err)
		lng, err := strconv.ParseInt(row[1], 10, 32)
		require.NoError(t, err)
		resolution, err := strconv.Atoi(row[2])
		require.NoError(t, err)
		got, err := CellOf(Position{int32(lat), int32(lng)}, resolution)
		require.NoError(t, err, row)
		require.Equal(t, cell(t, row[3]), got, "%v: got %x", row, uint64(got))
	}
}

// TestCellOfIsExact compares with the same geometry in 200 bits: further than a thousandth of a millionth of a metre
// from a border, the integers are never wrong.
func TestCellOfIsExact(t *testing.T) {
	const tolerance = 1e-9
	random, tight := newRandom(1), 0
	for _, kind := range places {
		for range 60 {
			at := kind.draw(random)
			for r := range MaxResolution + 1 {
				ends := []Position{at}
				if near, ok := borderOn(at, r); ok {
					ends = append(ends, near, eastOf(near))
				}
				for _, p := range ends {
					want, border := exactCell(p, r)
					if border < tolerance {
						tight++
						continue
					}
					require.Equal(t, want, mustCell(p, r), "%s: %v at %d", kind.name, p, r)
				}
			}
		}
	}
	require.Less(t, tight, 10, "the comparison must not pass by leaving out what is near a border")
}

// TestGridError measures coordinates on a face against 200 bits. Above 2^-57 SPEC.md's border distance would not hold.
func TestGridError(t *testing.T) {
	random, worst := newRandom(2), 0.0
	for _, kind := range places {
		for range 300 {
			p := kind.draw(random)
			f, i, j := project(p)
			exactFace, exactI, exactJ := exactGrid(p)
			if f != exactFace {
				continue // at an edge, where both faces are right
			}
			for _, pair := range []float64{
				float(sub(exactI, quo(integer(i), integer(1<<gridBits)))),
				float(sub(exactJ, quo(integer(j), integer(1<<gridBits)))),
			} {
				worst = max(worst, math.Abs(pair)*(1<<gridBits))
			}
		}
	}
	t.Logf("worst error %.1f of 2^-60", worst)
	require.LessOrEqual(t, worst, 8.0)
}

func TestSineCosine(t *testing.T) {
	worst := 0.0
	check := func(e7 int64) {
		sine, cosine := sineCosine(e7)
		exactSine, exactCosine := bigSineCosine(radians(e7))
		for _, pair := range []float64{
			float(sub(mul(exactSine, integer(vectorOne)), integer(sine))), float(sub(mul(exactCosine, integer(vectorOne)), integer(cosine))),
		} {
			worst = max(worst, math.Abs(pair))
		}
		minusSine, same := sineCosine(-e7)
		require.InDelta(t, cosine, same, 2, e7) // an odd 45° is in another octant than its negative
		require.InDelta(t, -sine, minusSine, 2, e7)
	}
	for e7 := int64(0); e7 <= 2*MaxLongitudeE7; e7 += 1_234_567 {
		check(e7)
	}
	for quarter := int64(0); quarter <= 8; quarter++ {
		for offset := int64(-2); offset <= 2; offset++ {
			check(min(max(quarter*45*DegreeE7+offset, 0), 2*MaxLongitudeE7))
		}
	}
	t.Logf("worst error %.2f of 2^-62", worst)
	require.LessOrEqual(t, worst, 4.0)
	for quarter, want := range [][2]int64{{0, vectorOne}, {vectorOne, 0}, {0, -vectorOne}, {-vectorOne, 0}} {
		sine, cosine := sineCosine(int64(quarter) * 90 * DegreeE7)
		require.Equal(t, want, [2]int64{sine, cosine})
	}
}

func TestCellOfRefuses(t *testing.T) {
	for name, p := range map[string]Position{
		"beyond 85° north":           {MaxLatitudeE7 + 1, 0},
		"beyond 85° south":           {-MaxLatitudeE7 - 1, 0},
		"the north pole":             {90 * DegreeE7, 0},
		"the south pole":             {-90 * DegreeE7, 0},
		"−180°, spelled 180° here":   {0, -MaxLongitudeE7},
		"beyond 180°":                {0, MaxLongitudeE7 + 1},
		"largest and smallest int32": {math.MaxInt32, math.MinInt32},
	} {
		_, err := CellOf(p, 9)
		require.ErrorIs(t, err, ErrPosition, name)
	}
	for _, resolution := range []int{-1, 16, math.MinInt, math.MaxInt} {
		_, err := CellOf(Position{}, resolution)
		require.ErrorIs(t, err, ErrCell, resolution)
	}
}

// TestAcrossTheAntimeridian: positions on both sides are neighbours, not the width of a map apart.
func TestAcrossTheAntimeridian(t *testing.T) {
	random, same := newRandom(3), 0
	for range 1000 {
		lat := anywhere(random).LatitudeE7
		west, east := Position{lat, MaxLongitudeE7}, Position{lat, -MaxLongitudeE7 + 1}
		if mustCell(west, 9) == mustCell(east, 9) {
			same++
		}
		require.LessOrEqual(t, math.Abs(planeDistance(west, east)), 1e-8)
	}
	require.Greater(t, same, 990, "1e-7 degrees rarely cross a border")
}

// planeDistance is the length between two positions' vectors on the unit sphere.
func planeDistance(a, b Position) float64 {
	v, w := exactPosition(a), exactPosition(b)
	d := v.plus(w.times(integer(-1)))
	return math.Sqrt(float(d.dot(d)))
}
