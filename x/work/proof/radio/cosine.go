package radio

const (
	// cosineBits is the precision of the cosine table: Q30.
	cosineBits = 30
	// cosineStep is the table's step in 1e-7 degrees: 1/16°.
	cosineStep = DegreeE7 / 16
	// cosineEntries covers 0..90° with both ends.
	cosineEntries = 90*16 + 1
)

// Cosine returns the cosine of a latitude in 1e-7 degrees times 2^30, within 160 units of 2^-30, interpolated between
// the entries of cosineTable. It is even, 2^30 at the equator and 0 at and beyond the poles.
func Cosine(latitudeE7 int64) uint64 {
	if latitudeE7 < 0 {
		latitudeE7 = -latitudeE7
	}
	// The smallest int64 stays negative: at and beyond a pole as well.
	if latitudeE7 < 0 || latitudeE7 >= 90*DegreeE7 {
		return 0
	}
	at, rest := latitudeE7/cosineStep, latitudeE7%cosineStep
	here, next := int64(cosineTable[at]), int64(cosineTable[at+1])
	return uint64(here - (here-next)*rest/cosineStep)
}
