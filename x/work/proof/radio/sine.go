package radio

import "math/bits"

const (
	// vectorBits is the precision of unit vectors: Q62.
	vectorBits = 62
	vectorOne  = 1 << vectorBits
	// arcUnit is 1e-7 degrees in radians times 2^91: π/1.8e9·2^91.
	arcUnit     = 4_321_225_925_559_567_452
	arcUnitBits = 91
	// Taylor's series of sine and cosine up to π/4 end below 2^-63 after nine terms.
	taylorTerms = 9
)

// sineCosine returns sine and cosine of an angle in 1e-7 degrees, within ±360°, times 2^62 and within 4 units of 2^-62.
func sineCosine(e7 int64) (sine, cosine int64) {
	const quarter = 90 * DegreeE7
	turns := (e7 + 4*quarter + quarter/2) / quarter // four more than the nearest quarter turn, so that the division floors
	rest := e7 + 4*quarter - turns*quarter          // ±45°
	s, c := octant(uint64(max(rest, -rest)))
	sine, cosine = int64(s), int64(c)
	if rest < 0 {
		sine = -sine
	}
	switch turns & 3 {
	case 1:
		return cosine, -sine
	case 2:
		return -sine, -cosine
	case 3:
		return -cosine, sine
	}
	return sine, cosine
}

// octant returns sine and cosine of an angle in 1e-7 degrees, 0..45°, times 2^62.
func octant(e7 uint64) (sine, cosine uint64) {
	high, low := bits.Mul64(e7, arcUnit)
	x := high<<(64-arcUnitBits+vectorBits) | low>>(arcUnitBits-vectorBits)
	square := fraction(x, x)
	sine, cosine = vectorOne, vectorOne
	for k := uint64(taylorTerms); k > 0; k-- {
		sine = vectorOne - fraction(square, sine)/(2*k*(2*k+1))
		cosine = vectorOne - fraction(square, cosine)/(2*k*(2*k-1))
	}
	return fraction(x, sine), cosine
}

// fraction is a·b/2^62 for a, b ≤ 2^62.
func fraction(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high<<(64-vectorBits) | low>>vectorBits
}

// wide is a signed number of 128 bits in two's complement.
type wide struct {
	high int64
	low  uint64
}

// plus returns w + a·b.
func (w wide) plus(a, b int64) wide {
	high, low := bits.Mul64(uint64(a), uint64(b))
	// Unsigned multiplication took a negative factor for itself + 2^64.
	high -= uint64(a>>63&b) + uint64(b>>63&a)
	low, carry := bits.Add64(w.low, low, 0)
	high, _ = bits.Add64(uint64(w.high), high, carry)
	return wide{int64(high), low}
}

// vector returns ⌊w/2^62⌋ of a number below 2^125.
func (w wide) vector() int64 { return w.high<<(64-vectorBits) | int64(w.low>>vectorBits) }

// over returns w/divisor, towards zero, where |w| < divisor·2^63 and divisor > 0.
func (w wide) over(divisor int64) int64 {
	high, low := uint64(w.high), w.low
	if w.high < 0 {
		var borrow uint64
		low, borrow = bits.Sub64(0, low, 0)
		high, _ = bits.Sub64(0, high, borrow)
	}
	quotient, _ := bits.Div64(high, low, uint64(divisor))
	if w.high < 0 {
		return -int64(quotient)
	}
	return int64(quotient)
}
