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
func blakeBlock(left, right *[8]uint32) (out [8]uint32) {
	var m [16]uint32
	copy(m[:8], left[:])
	copy(m[8:], right[:])
	s := [16]uint32{12: 0, 14: 64, 15: blakeFlags}
	copy(s[:8], blakeIV[:])
	copy(s[8:12], blakeIV[:4])
	for round := 0; ; round++ {
		mix(&s, 0, 4, 8, 12, m[0], m[1])
		mix(&s, 1, 5, 9, 13, m[2], m[3])
		mix(&s, 2, 6, 10, 14, m[4], m[5])
		mix(&s, 3, 7, 11, 15, m[6], m[7])
		mix(&s, 0, 5, 10, 15, m[8], m[9])
		mix(&s, 1, 6, 11, 12, m[10], m[11])
		mix(&s, 2, 7, 8, 13, m[12], m[13])
		mix(&s, 3, 4, 9, 14, m[14], m[15])
		if round == 6 {
			break
		}
		last := m
		for i, from := range blakeOrder {
			m[i] = last[from]
		}
	}
	for i := range out {
		out[i] = s[i] ^ s[i+8]
	}
	return out
}

func mix(s *[16]uint32, a, b, c, d int, x, y uint32) {
	s[a] += s[b] + x
	s[d] = bits.RotateLeft32(s[d]^s[a], -16)
	s[c] += s[d]
	s[b] = bits.RotateLeft32(s[b]^s[c], -12)
	s[a] += s[b] + y
	s[d] = bits.RotateLeft32(s[d]^s[a], -8)
	s[c] += s[d]
	s[b] = bits.RotateLeft32(s[b]^s[c], -7)
}

// words reads 32 bytes as eight little-endian words.
func words(b *[32]byte) (w [8]uint32) {
	for i := range w {
		w[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return w
}
