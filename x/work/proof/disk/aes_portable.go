package disk

import "math/bits"

// State is one 128-bit AES state as four little-endian columns.
type State [4]uint32

// roundTables are SubBytes and MixColumns of a byte in row 0…3 in one look-up. Every
// input is public, so look-ups that depend on data give nothing away.
var roundTables = makeRoundTables()

// makeRoundTables derives the S-box from its definition (FIPS 197, 5.1.1): 3
// generates the field's units and 0xf6 is its inverse, so the pair (p, q) runs
// through all bytes and their inverses.
func makeRoundTables() (t [4][256]uint32) {
	fill := func(x, inverse byte) {
		s := inverse ^ bits.RotateLeft8(inverse, 1) ^ bits.RotateLeft8(inverse, 2) ^
			bits.RotateLeft8(inverse, 3) ^ bits.RotateLeft8(inverse, 4) ^ 0x63
		twice := double(s)
		column := uint32(twice) | uint32(s)<<8 | uint32(s)<<16 | uint32(twice^s)<<24
		for row := range t {
			t[row][x] = bits.RotateLeft32(column, 8*row)
		}
	}
	fill(0, 0)
	p, q := byte(1), byte(1)
	for range 255 {
		fill(p, q)
		p ^= double(p)
		q = timesF6(q)
	}
	return t
}

// double multiplies by x in AES's field.
func double(b byte) byte { return b<<1 ^ byte(int8(b)>>7)&0x1b }

// timesF6 multiplies by 0xf6, the inverse of 3.
func timesF6(b byte) byte {
	var product byte
	for bit := 7; bit >= 0; bit-- {
		product = double(product)
		if 0xf6>>bit&1 == 1 {
			product ^= b
		}
	}
	return product
}

// hashPortable applies `rounds` double rounds to every state: one AES round (ShiftRows,
// SubBytes, MixColumns, AddRoundKey) with keys[0], then one with keys[1]. It
// is what the assembly must agree with. The columns are variables of their own because
// the compiler keeps no array in registers.
func hashPortable(states []State, keys *[2]State, rounds int) {
	t := &roundTables
	for i := range states {
		a, b, c, d := states[i][0], states[i][1], states[i][2], states[i][3]
		for range rounds {
			for j := range keys {
				key := &keys[j]
				a, b, c, d = t[0][byte(a)]^t[1][byte(b>>8)]^t[2][byte(c>>16)]^t[3][d>>24]^key[0],
					t[0][byte(b)]^t[1][byte(c>>8)]^t[2][byte(d>>16)]^t[3][a>>24]^key[1],
					t[0][byte(c)]^t[1][byte(d>>8)]^t[2][byte(a>>16)]^t[3][b>>24]^key[2],
					t[0][byte(d)]^t[1][byte(a>>8)]^t[2][byte(b>>16)]^t[3][c>>24]^key[3]
			}
		}
		states[i] = State{a, b, c, d}
	}
}
