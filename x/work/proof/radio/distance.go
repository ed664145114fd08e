package radio

import "fmt"

const (
	// DegreeE7 is one degree in the unit of positions, 1e-7 degrees.
	DegreeE7 = 10_000_000
	// MaxLatitudeE7 is the largest latitude that a radio may assert, 85°: beyond it the distance formula's error passes
	// 0.2 % at 100 km.
	MaxLatitudeE7 = 85 * DegreeE7
	// MaxLongitudeE7 is the largest longitude, 180°; −180° is written as +180°, so that each place has one encoding.
	MaxLongitudeE7 = 180 * DegreeE7
	// millimetresQ24 is the length of 1e-7 degrees of a great circle in millimetres times 2^24: R = 6,371,008.8 m.
	millimetresQ24 = 186_554_388
	// Differences below 2^nearBits units (1.67°, 186 km) carry nearFraction more bits: 0.1 mm instead of 11 mm, and
	// squares stay below 2^63.
	nearBits, nearFraction = 24, 7
)

// Position is where an antenna stands, in 1e-7 degrees (WGS 84 latitude and longitude read as a sphere's).
type Position struct {
	LatitudeE7  int32 // north positive, ±850,000,000
	LongitudeE7 int32 // east positive, −1,799,999,999..1,800,000,000
}

// Validate refuses a position off the map, at a pole or in a second spelling of the antimeridian. Errors wrap
// ErrPosition.
func (p Position) Validate() error {
	if p.LatitudeE7 < -MaxLatitudeE7 || p.LatitudeE7 > MaxLatitudeE7 {
		return fmt.Errorf("%w: latitude is %de-7 degrees, must be within ±%d (85°)", ErrPosition, p.LatitudeE7, MaxLatitudeE7)
	}
	if p.LongitudeE7 <= -MaxLongitudeE7 || p.LongitudeE7 > MaxLongitudeE7 {
		return fmt.Errorf("%w: longitude is %de-7 degrees, must be above −%d and at most %d (write −180° as 180°)",
			ErrPosition, p.LongitudeE7, MaxLongitudeE7, MaxLongitudeE7)
	}
	return nil
}

// Distance returns the length between two positions in millimetres by the equirectangular formula: within 0.05 % of the
// great circle up to 100 km and latitude ±75°, within 0.2 % up to ±85° (SPEC.md 1). It is symmetric, takes the short
// way across the antimeridian and is defined for every int32: a longitude counts modulo 360°, a latitude beyond a pole
// as the pole. Far pairs give a length that is far, not exact.
func Distance(a, b Position) uint64 {
	latA, latB := clampLatitude(a.LatitudeE7), clampLatitude(b.LatitudeE7)
	dLat := difference(latA, latB)
	dLng := difference(int64(a.LongitudeE7), int64(b.LongitudeE7)) % (2 * MaxLongitudeE7)
	if dLng > MaxLongitudeE7 {
		dLng = 2*MaxLongitudeE7 - dLng
	}
	fraction := 0
	if max(dLat, dLng) < 1<<nearBits {
		fraction = nearFraction
	}
	north := uint64(dLat) << fraction
	east := uint64(dLng) * Cosine((latA+latB)/2) >> (cosineBits - fraction) // at most 1.8e9·2^30 before the shift
	return SquareRoot(north*north+east*east) * millimetresQ24 >> (24 + fraction)
}

func clampLatitude(e7 int32) int64 { return min(max(int64(e7), -90*DegreeE7), 90*DegreeE7) }

func difference(a, b int64) int64 {
	if a < b {
		return b - a
	}
	return a - b
}
