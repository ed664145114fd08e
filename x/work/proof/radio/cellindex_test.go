package radio

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHexagonIsNearest compares with all grid points around, on a fine mesh and at both signs.
func TestHexagonIsNearest(t *testing.T) {
	const mesh = 97
	length := func(i, j int64) int64 { return i*i - i*j + j*j }
	for whole := int64(-2); whole <= 1; whole++ {
		for a := range int64(mesh) {
			for b := range int64(mesh) {
				const unit = 1 << gridBits / mesh
				i, j := hexagon(coordinate{whole, a * unit}, coordinate{-whole, b * unit})
				got := length(a-(i-whole)*mesh, b-(j+whole)*mesh)
				for n := range int64(16) {
					// unit·97 is a little less than one, so a tie may go either way.
					require.LessOrEqual(t, got, length(a-(n/4-1)*mesh, b-(n%4-1)*mesh), "%d %d", a, b)
				}
			}
		}
	}
}

// TestEveryGridPointHasADigit: each of the seven kinds of points has its own digit, and finer brings the centre child
// back.
func TestEveryGridPointHasADigit(t *testing.T) {
	for resolution := 1; resolution <= 2; resolution++ {
		seen := map[[3]int64]bool{}
		for i := int64(-30); i <= 30; i++ {
			for j := int64(-30); j <= 30; j++ {
				upI, upJ, digit := coarser(i, j, resolution)
				require.Less(t, digit, uint64(cellUnusedDigit), "%d %d", i, j)
				require.False(t, seen[[3]int64{upI, upJ, int64(digit)}], "two children with one digit")
				seen[[3]int64{upI, upJ, int64(digit)}] = true
				finer := finerOdd
				if resolution == 2 {
					finer = finerEven
				}
				centreI, centreJ := finer(i, j)
				upI, upJ, digit = coarser(centreI, centreJ, resolution)
				require.Equal(t, [3]int64{i, j, 0}, [3]int64{upI, upJ, int64(digit)})
			}
		}
	}
}

func TestTurned(t *testing.T) {
	const digits = 1<<cellDigitsBits - 1
	c := cell(t, "8f2834700000000")&^digits | 0o012345601234560
	require.Equal(t, Cell(0o053164205316420), c.turned(1)&digits)
	require.Equal(t, Cell(0o041526304152630), c.turned(2)&digits)
	require.Equal(t, c, c.turned(6))
	require.Equal(t, c, c.turned(1).turned(cellClockwise))
}

// TestParentIsTheCellOrBesideIt: hexagons do not nest, so the cell of a coarser resolution need not be the parent; on
// the face's plane it is the parent or one of the six around it.
func TestParentIsTheCellOrBesideIt(t *testing.T) {
	random := newRandom(4)
	beside, all := 0, 0
	for _, kind := range places {
		for range 500 {
			p := kind.draw(random)
			_, i, j := project(p)
			for r := 1; r <= MaxResolution; r++ {
				fineI, fineJ := hexagon(scale(i, j, r))
				upI, upJ, _ := coarser(fineI, fineJ, r)
				atI, atJ := hexagon(scale(i, j, r-1))
				di, dj := upI-atI, upJ-atJ
				require.LessOrEqual(t, di*di-di*dj+dj*dj, int64(1), "%v at %d", p, r)
				all++
				if di != 0 || dj != 0 {
					beside++
				}
			}
		}
	}
	t.Logf("%d of %d parents are the cell beside, %.1f %%", beside, all, float64(beside)*100/float64(all))
	require.Positive(t, beside)
}

// TestEveryBaseCellIsReached walks the globe: all 122 base cells, no grid point beyond the sixteen that points of a
// face can have, and every pentagon at every resolution.
func TestEveryBaseCellIsReached(t *testing.T) {
	seen := map[int]bool{}
	for lat := int64(-84); lat <= 84; lat += 2 {
		for lng := int64(-179); lng <= 180; lng += 2 {
			p := position(lat*DegreeE7, lng*DegreeE7)
			for _, r := range []int{0, 1, 2, 5, 12, 15} {
				c := mustCell(p, r)
				require.NoError(t, c.Validate())
				seen[c.BaseCell()] = true
				require.Less(t, farthest(p, r), 4, "%v at %d", p, r)
			}
		}
	}
	require.Len(t, seen, baseCells)
	vertices := map[Cell]bool{}
	for _, p := range planes() {
		at := closeTo(newRandom(5), p.centre.plus(p.towards(2, 0).times(spacing())), 0)
		for r := range MaxResolution { // 1e-7 degrees are too coarse for a pentagon of resolution 15
			c := mustCell(at, r)
			require.True(t, c.Pentagon(), "%v at %d: %x", at, r, uint64(c))
			vertices[c] = true
		}
	}
	require.Len(t, vertices, 12*MaxResolution)
}

// farthest is the sum of the coordinates of a position's base cell on its face.
func farthest(p Position, resolution int) int {
	_, i, j := project(p)
	i, j = hexagon(scale(i, j, resolution))
	for r := resolution; r > 0; r-- {
		i, j, _ = coarser(i, j, r)
	}
	return int(i + j - 3*min(i, j, 0))
}

// FuzzCellOf: no position panics; what is refused is invalid; what is not has a valid cell of the resolution whose
// border a position 200 bits precise is not beyond.
func FuzzCellOf(f *testing.F) {
	for _, p := range []Position{
		{0, 0},
		{MaxLatitudeE7, MaxLongitudeE7},
		{-MaxLatitudeE7, -MaxLongitudeE7 + 1},
		{749284344, 1453562623},
		{585_000_000, 112_500_000},
		{-2147483648, 2147483647},
		{900_000_000, 0},
	} {
		f.Add(p.LatitudeE7, p.LongitudeE7, int8(9))
	}
	f.Add(int32(1), int32(1), int8(-1))
	f.Add(int32(1), int32(1), int8(16))
	f.Fuzz(func(t *testing.T, lat, lng int32, resolution int8) {
		p := Position{lat, lng}
		c, err := CellOf(p, int(resolution))
		if err != nil {
			require.True(t, p.Validate() != nil || resolution < 0 || resolution > MaxResolution)
			return
		}
		require.NoError(t, c.Validate())
		require.Equal(t, int(resolution), c.Resolution())
		if want, border := exactCell(p, int(resolution)); border > 1e-9 {
			require.Equal(t, want, c)
		}
	})
}

func BenchmarkCellOf(b *testing.B) {
	at := Position{594_370_000, 247_540_000}
	for b.Loop() {
		if _, err := CellOf(at, 12); err != nil {
			b.Fatal(err)
		}
	}
}
