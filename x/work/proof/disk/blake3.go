package disk

import (
	"encoding/binary"
	"math/bits"
)

// The challenge is spread by BLAKE3 of exactly one 64-byte block, which is one
// compression. It is written out here so that nothing beyond the standard
// library is needed; a test compares it with an independent library.

// blakeFlags marks the only block of the only chunk as first, last and root.
const blakeFlags = 1<<0 | 1<<1 | 1<<3

var (
	blakeIV = [8]uint32{
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	}
	// blakeOrder says which message word stands in each place in the next round.
	blakeOrder = [16]uint8{2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8}
)

// blakeBlock is BLAKE3(left ‖ right) as eight little-endian words.
func blakeBlock(left, right *[8]uint32) [8]uint32 {
	var m [16]uint32
	copy(m[:8], left[:])
	copy(m[8:], right[:])
	iv := &blakeIV
	s0, s1, s2, s3, s4, s5, s6, s7 := iv[0], iv[1], iv[2], iv[3], iv[4], iv[5], iv[6], iv[7]
	s8, s9, s10, s11 := iv[0], iv[1], iv[2], iv[3]
	s12, s13, s14, s15 := uint32(0), uint32(0), uint32(64), uint32(blakeFlags)
	for round := 0; ; round++ {
		s0, s4, s8, s12 = quarter(s0, s4, s8, s12, m[0], m[1])
		s1, s5, s9, s13 = quarter(s1, s5, s9, s13, m[2], m[3])
		s2, s6, s10, s14 = quarter(s2, s6, s10, s14, m[4], m[5])
		s3, s7, s11, s15 = quarter(s3, s7, s11, s15, m[6], m[7])
		s0, s5, s10, s15 = quarter(s0, s5, s10, s15, m[8], m[9])
		s1, s6, s11, s12 = quarter(s1, s6, s11, s12, m[10], m[11])
		s2, s7, s8, s13 = quarter(s2, s7, s8, s13, m[12], m[13])
		s3, s4, s9, s14 = quarter(s3, s4, s9, s14, m[14], m[15])
		if round == 6 {
			break
		}
		last := m
		for i, from := range blakeOrder {
			m[i] = last[from&15]
		}
	}
	return [8]uint32{s0 ^ s8, s1 ^ s9, s2 ^ s10, s3 ^ s11, s4 ^ s12, s5 ^ s13, s6 ^ s14, s7 ^ s15}
}

func quarter(a, b, c, d, x, y uint32) (uint32, uint32, uint32, uint32) {
	a += b + x
	d = bits.RotateLeft32(d^a, -16)
	c += d
	b = bits.RotateLeft32(b^c, -12)
	a += b + y
	d = bits.RotateLeft32(d^a, -8)
	c += d
	b = bits.RotateLeft32(b^c, -7)
	return a, b, c, d
}

// words reads 32 bytes as eight little-endian words.
func words(b *[32]byte) (w [8]uint32) {
	for i := range w {
		w[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return w
}
