package radio

import "math/bits"

// fractionBits is the precision of logarithms and decibels in fixed point: Q16.
const fractionBits = 16

// Path loss in Q16 decibels: 20·log10(4π·d·f/c) = decibelsPerOctave·(log2 d + log2 f) + pathLossConstant for d in
// metres, f in kHz and c = 2.998e8 m/s, the value that the reference vectors use (SPEC.md 1).
const (
	decibelsPerOctave = 394_566    // 20·log10(2)·2^16
	pathLossConstant  = -5_737_836 // 20·log10(4π·1000/2.998e8)·2^16
)

// Log2 returns ⌊log2(x)·2^16⌋ within 2 units of 2^-16; 0 for x = 0 and x = 1. The mantissa is squared 16 times in 31
// bits: no table, no float.
func Log2(x uint64) uint32 {
	if x <= 1 {
		return 0
	}
	whole := bits.Len64(x) - 1
	// m in [2^31, 2^32) is the mantissa in [1, 2).
	m := x << (63 - whole) >> 32
	result := uint32(whole)
	for range fractionBits {
		m = m * m >> 31
		result <<= 1
		if m >= 1<<32 {
			result |= 1
			m >>= 1
		}
	}
	return result
}

// PathLoss returns the free-space path loss in thousandths of a decibel for a frequency in kHz and a distance in
// metres, within 0.02 dB of the exact value. Zero counts as one for both. Very short distances give negative values;
// the formula is the far field's.
func PathLoss(frequencyKHz uint32, metres uint64) int64 {
	octaves := int64(Log2(uint64(frequencyKHz))) + int64(Log2(metres)) // at most 96·2^16
	q16 := octaves*decibelsPerOctave>>fractionBits + pathLossConstant
	return (q16*1000 + 1<<(fractionBits-1)) >> fractionBits
}

// SquareRoot returns ⌊√x⌋, digit by digit in base 4: at most 32 steps, no float seed.
func SquareRoot(x uint64) uint64 {
	var root uint64
	bit := uint64(1) << 62
	for bit > x {
		bit >>= 2
	}
	for ; bit != 0; bit >>= 2 {
		if x >= root+bit {
			x -= root + bit
			root = root>>1 + bit
		} else {
			root >>= 1
		}
	}
	return root
}
