package radio

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

const earthRadius = 6_371_008.8

func haversine(a, b Position) float64 {
	rad := func(e7 int32) float64 { return float64(e7) / DegreeE7 * math.Pi / 180 }
	latA, latB := rad(a.LatitudeE7), rad(b.LatitudeE7)
	s, u := math.Sin((latB-latA)/2), math.Sin((rad(b.LongitudeE7)-rad(a.LongitudeE7))/2)
	return 2 * earthRadius * math.Asin(math.Sqrt(s*s+math.Cos(latA)*math.Cos(latB)*u*u))
}

// nearby is a place about metres away in a random direction.
func nearby(r *rand.Rand, from Position, metres float64) Position {
	angle := r.Float64() * 2 * math.Pi
	degree := earthRadius * math.Pi / 180 / DegreeE7
	lat := float64(from.LatitudeE7) + metres*math.Cos(angle)/degree
	lng := float64(from.LongitudeE7) + metres*math.Sin(angle)/degree/math.Cos(float64(from.LatitudeE7)/DegreeE7*math.Pi/180)
	if lng > MaxLongitudeE7 {
		lng -= 2 * MaxLongitudeE7
	}
	if lng <= -MaxLongitudeE7 {
		lng += 2 * MaxLongitudeE7
	}
	return Position{int32(lat), int32(lng)}
}

func TestDistanceError(t *testing.T) {
	r := rand.New(rand.NewChaCha8([32]byte{1}))
	for _, band := range []struct {
		latitude float64 // largest, degrees
		bound    float64 // relative
	}{{75, 0.0005}, {80, 0.001}, {85, 0.002}} {
		worst := 0.0
		for range 20_000 {
			from := Position{int32((2*r.Float64() - 1) * (band.latitude - 0.95) * DegreeE7), int32((2*r.Float64() - 1) * (MaxLongitudeE7 - 1))}
			to := nearby(r, from, 100*math.Pow(990, r.Float64()))
			exact := haversine(from, to)
			worst = max(worst, math.Abs(float64(Distance(from, to))/1000-exact)/exact)
			require.Equal(t, Distance(from, to), Distance(to, from))
		}
		t.Logf("latitude ±%v°: worst error %.4f %%", band.latitude, worst*100)
		require.LessOrEqual(t, worst, band.bound)
	}
}

func TestDistanceEdges(t *testing.T) {
	for name, c := range map[string]struct {
		a, b   Position
		metres float64
	}{
		"same place":            {Position{1, 2}, Position{1, 2}, 0},
		"smallest step":         {Position{0, 0}, Position{1, 0}, 0.011},
		"one degree north":      {Position{0, 0}, Position{DegreeE7, 0}, 111_195.08},
		"one degree east":       {Position{0, 0}, Position{0, DegreeE7}, 111_195.08},
		"over the antimeridian": {Position{0, 1_799_995_000}, Position{0, -1_799_995_000}, 111.195},
		"two spellings of 180°": {Position{0, MaxLongitudeE7}, Position{0, -MaxLongitudeE7}, 0},
		"half round":            {Position{0, 0}, Position{0, MaxLongitudeE7}, 20_015_114.35},
		"pole to pole":          {Position{-90 * DegreeE7, 0}, Position{90 * DegreeE7, 0}, 20_015_114.35},
		"round a pole":          {Position{90 * DegreeE7, 0}, Position{90 * DegreeE7, 900_000_000}, 0},
		"beyond the pole":       {Position{math.MaxInt32, 0}, Position{90 * DegreeE7, 0}, 0},
		"longitude wraps":       {Position{0, math.MaxInt32}, Position{0, math.MaxInt32 - 2*MaxLongitudeE7}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			require.InDelta(t, c.metres, float64(Distance(c.a, c.b))/1000, max(0.001, c.metres*1e-6))
			require.Equal(t, Distance(c.a, c.b), Distance(c.b, c.a))
		})
	}
}

func TestPositionValidate(t *testing.T) {
	for _, ok := range []Position{{}, {MaxLatitudeE7, MaxLongitudeE7}, {-MaxLatitudeE7, -MaxLongitudeE7 + 1}} {
		require.NoError(t, ok.Validate(), ok)
	}
	for _, bad := range []Position{
		{MaxLatitudeE7 + 1, 0},
		{-MaxLatitudeE7 - 1, 0},
		{90 * DegreeE7, 0},
		{math.MinInt32, 0},
		{math.MaxInt32, 0},
		{0, -MaxLongitudeE7},
		{0, MaxLongitudeE7 + 1},
		{0, math.MinInt32},
		{0, math.MaxInt32},
	} {
		require.ErrorIs(t, bad.Validate(), ErrPosition, bad)
	}
}

// FuzzDistance holds for any two positions: symmetric, at most half round the globe and a little, zero for equal
// places.
func FuzzDistance(f *testing.F) {
	f.Add(int32(0), int32(0), int32(1), int32(1))
	f.Add(int32(math.MaxInt32), int32(math.MinInt32), int32(math.MinInt32), int32(math.MaxInt32))
	f.Add(int32(100_000_000), int32(1_799_999_999), int32(100_000_001), int32(-1_799_999_999))
	f.Fuzz(func(t *testing.T, latA, lngA, latB, lngB int32) {
		a, b := Position{latA, lngA}, Position{latB, lngB}
		require.Equal(t, Distance(a, b), Distance(b, a))
		require.Zero(t, Distance(a, a))
		require.LessOrEqual(t, Distance(a, b), uint64(28_400_000_000))
	})
}
