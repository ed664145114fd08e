package gpu

import (
	"math/rand/v2"
)

// maxTileWords is the largest number of int32 entries in a tile.
const maxTileWords = int(MaxB * MaxB)

// tileChunk is how many entries of each row and column the verifier expands at
// a time: 16 buffers of it stay in the first-level cache and on the stack.
const tileChunk = 512

// Tile recomputes the b×b tile of C_r = A_r·B_r whose tile coordinates are
// (row, col), row-major. It panics on coordinates outside the grid or invalid
// parameters, which only a caller's bug can cause.
func Tile(p Params, seed Seed, row, col uint32) []int32 {
	if p.validateFields() != nil || row >= p.Grid() || col >= p.Grid() {
		panic("gpu: tile coordinates outside the grid")
	}
	var words [maxTileWords]int32
	computeTile(&words, p, &seed, row, col)
	return append([]int32(nil), words[:p.B*p.B]...)
}

// computeTile expands only the b rows and b columns that the tile needs and
// multiplies them in 4×4 sub-tiles.
func computeTile(dst *[maxTileWords]int32, p Params, seed *Seed, row, col uint32) {
	var (
		rows, cols       [MaxB]rand.ChaCha8
		rowBuf, colBuf   [MaxB][tileChunk]byte
		sums             [maxTileWords / 2]int64
		n, b             = int(p.N), int(p.B)
		chunk            = min(n, tileChunk)
		subTiles, pairsB = b / 4, b / 2
	)
	for i := range b {
		rows[i].Seed(streamKey(&keyRow, seed, row*p.B+uint32(i)))
		cols[i].Seed(streamKey(&keyColumn, seed, col*p.B+uint32(i)))
	}
	for done := 0; done < n; done += chunk {
		for i := range b {
			rows[i].Read(rowBuf[i][:chunk]) //nolint:errcheck // always nil by its contract
			cols[i].Read(colBuf[i][:chunk]) //nolint:errcheck // always nil by its contract
		}
		for i := range subTiles {
			for j := range subTiles {
				var part [8]int64
				multiply4x4(&part, rowBuf[4*i:4*i+4], colBuf[4*j:4*j+4], chunk)
				for k := range part {
					sums[(4*i+k/2)*pairsB+2*j+k%2] += part[k]
				}
			}
		}
	}
	for i, sum := range sums[:b*pairsB] {
		low := int32(sum)
		dst[2*i], dst[2*i+1] = low, int32((sum-int64(low))>>32)
	}
}

// multiply4x4 adds four rows times four columns to sums: sums[2i] holds columns
// 0 and 1 of row i, sums[2i+1] columns 2 and 3. Two columns share one 64-bit
// product as low + high·2^32; both are exact, because |C| ≤ n·2^14 ≤ 2^30.
func multiply4x4(sums *[8]int64, a, b [][tileChunk]byte, chunk int) {
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
	*sums = [8]int64{s0, s1, s2, s3, s4, s5, s6, s7}
}
