package radio

import "math/big"

// precision is that of the exact geometry which the integers are tested against, in bits.
const precision = 200

func decimal(text string) *big.Float {
	x, _, err := big.ParseFloat(text, 10, precision, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	return x
}

func integer(n int64) *big.Float     { return new(big.Float).SetPrec(precision).SetInt64(n) }
func sum(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(precision).Add(a, b) }
func sub(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(precision).Sub(a, b) }
func mul(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(precision).Mul(a, b) }
func quo(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(precision).Quo(a, b) }
func root(a *big.Float) *big.Float   { return new(big.Float).SetPrec(precision).Sqrt(a) }
func opposite(a *big.Float) *big.Float {
	return new(big.Float).SetPrec(precision).Neg(a)
}

// radians of an angle in 1e-7 degrees.
func radians(e7 int64) *big.Float {
	pi := decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899863")
	return quo(mul(pi, integer(e7)), integer(MaxLongitudeE7))
}

// bigSineCosine is exact to 190 bits within ±2π: Taylor's series.
func bigSineCosine(x *big.Float) (sine, cosine *big.Float) {
	sine, cosine = integer(0), integer(0)
	term := integer(1)
	for k := int64(1); k < 120; k++ {
		switch k & 3 {
		case 1:
			cosine = sum(cosine, term)
		case 2:
			sine = sum(sine, term)
		case 3:
			cosine = sub(cosine, term)
		case 0:
			sine = sub(sine, term)
		}
		term = quo(mul(term, x), integer(k))
	}
	return sine, cosine
}

// rounded is round(x·2^bits).
func rounded(x *big.Float, bits int) int64 {
	scaled := new(big.Float).SetMantExp(x, bits)
	if scaled.Signbit() {
		scaled = sub(scaled, decimal("0.5"))
	} else {
		scaled = sum(scaled, decimal("0.5"))
	}
	n, _ := scaled.Int64()
	return n
}

func float(x *big.Float) float64 { f, _ := x.Float64(); return f }

type bigVector [3]*big.Float

func (v bigVector) times(x *big.Float) bigVector {
	return bigVector{mul(v[0], x), mul(v[1], x), mul(v[2], x)}
}

func (v bigVector) plus(w bigVector) bigVector {
	return bigVector{sum(v[0], w[0]), sum(v[1], w[1]), sum(v[2], w[2])}
}

func (v bigVector) dot(w bigVector) *big.Float {
	return sum(mul(v[0], w[0]), sum(mul(v[1], w[1]), mul(v[2], w[2])))
}

func (v bigVector) cross(w bigVector) bigVector {
	part := func(a, b int) *big.Float { return sub(mul(v[a], w[b]), mul(v[b], w[a])) }
	return bigVector{part(1, 2), part(2, 0), part(0, 1)}
}

func (v bigVector) unit() bigVector { return v.times(quo(integer(1), root(v.dot(v)))) }

// mirrored is v reflected in the plane through the origin with a unit normal.
func (v bigVector) mirrored(normal bigVector) bigVector {
	return v.plus(normal.times(mul(integer(-2), v.dot(normal))))
}

// turned is v rotated counter-clockwise about a unit axis, the angle given by its sine and cosine.
func (v bigVector) turned(axis bigVector, sine, cosine *big.Float) bigVector {
	along := axis.times(mul(axis.dot(v), sub(integer(1), cosine)))
	return v.times(cosine).plus(axis.cross(v).times(sine)).plus(along)
}

// carried is v after the shortest rotation that takes unit vector a to b.
func (v bigVector) carried(a, b bigVector) bigVector {
	both := a.plus(b)
	return v.plus(both.times(quo(both.dot(v), opposite(sum(integer(1), a.dot(b)))))).plus(b.times(mul(integer(2), a.dot(v))))
}
