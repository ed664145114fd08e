package gpu

import "math/rand/v2"

// maxTileWords is the largest number of int32 entries in a tile.
const maxTileWords = int(MaxB * MaxB)

// tileChunk is how many entries of each row and column the verifier expands at
// a time: 16 buffers of it stay in the first-level cache and on the stack.
const tileChunk = 512

// tileScratch holds the streams and buffers of a tile's rows and columns, so that
// a verification allocates them once.
type tileScratch struct {
	rows, cols     [MaxB]rand.ChaCha8
	rowBuf, colBuf [MaxB][tileChunk]byte
}

// Tile recomputes the b×b tile of C_r = A_r·B_r whose tile coordinates are
// (row, col), row-major. It panics on coordinates outside the grid or invalid
// parameters, which only a caller's bug can cause.
func Tile(p Params, seed Seed, row, col uint32) []int32 {
	if p.validateFields() != nil || row >= p.Grid() || col >= p.Grid() {
		panic("gpu: tile coordinates outside the grid")
	}
	var words [maxTileWords]int32
	new(tileScratch).compute(&words, p, &seed, row, col)
	return append([]int32(nil), words[:p.B*p.B]...)
}

// compute expands only the b rows and b columns that the tile needs and
// multiplies them in 4×4 sub-tiles.
func (s *tileScratch) compute(dst *[maxTileWords]int32, p Params, seed *Seed, row, col uint32) {
	var sums [maxTileWords / 2]int64 // two neighbouring columns in each
	n, b := int(p.N), int(p.B)
	for i := range b {
		s.rows[i].Seed(streamKey(&keyRow, seed, row*p.B+uint32(i)))
		s.cols[i].Seed(streamKey(&keyColumn, seed, col*p.B+uint32(i)))
	}
	chunk := min(n, tileChunk) // both are powers of two
	for done := 0; done < n; done += chunk {
		for i := range b {
			s.rows[i].Read(s.rowBuf[i][:chunk]) //nolint:errcheck // always nil by its contract
			s.cols[i].Read(s.colBuf[i][:chunk]) //nolint:errcheck // always nil by its contract
		}
		for i := 0; i < b; i += 4 {
			for j := 0; j < b; j += 4 {
				part := multiply4x4(s.rowBuf[i:i+4], s.colBuf[j:j+4], chunk)
				for k := range part {
					sums[(i+k/2)*b/2+j/2+k%2] += part[k]
				}
			}
		}
	}
	for i, sum := range sums[:b*b/2] {
		low := int32(sum)
		dst[2*i], dst[2*i+1] = low, int32((sum-int64(low))>>32)
	}
}

// multiply4x4 returns four rows times four columns: element 2i holds columns 0
// and 1 of row i, element 2i+1 columns 2 and 3. Two columns share one 64-bit
// product as low + high·2^32; both are exact, because |C| ≤ n·2^14 ≤ 2^30.
func multiply4x4(a, b [][tileChunk]byte, chunk int) [8]int64 {
	a0, a1, a2, a3 := a[0][:chunk], a[1][:chunk], a[2][:chunk], a[3][:chunk]
	b0, b1, b2, b3 := b[0][:chunk], b[1][:chunk], b[2][:chunk], b[3][:chunk]
	var s0, s1, s2, s3, s4, s5, s6, s7 int64
	for k := range a0 {
		left := int64(int8(b0[k])) + int64(int8(b1[k]))<<32
		right := int64(int8(b2[k])) + int64(int8(b3[k]))<<32
		x := int64(int8(a0[k]))
		s0, s1 = s0+x*left, s1+x*right
		x = int64(int8(a1[k]))
		s2, s3 = s2+x*left, s3+x*right
		x = int64(int8(a2[k]))
		s4, s5 = s4+x*left, s5+x*right
		x = int64(int8(a3[k]))
		s6, s7 = s6+x*left, s7+x*right
	}
	return [8]int64{s0, s1, s2, s3, s4, s5, s6, s7}
}
