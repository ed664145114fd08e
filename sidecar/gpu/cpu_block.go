package gpu

import (
	"math/bits"

	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// The product runs on unsigned entries u = a + 128 in 0..255, two rows of A and
// two columns of B to a word, so that one 64×64→128-bit multiplication yields
// four products in lanes of 28 bits:
//
//	(a0 + a1·2^28)·(b0 + b1·2^56) = a0b0 + a1b0·2^28 + a0b1·2^56 + a1b1·2^84
//
// A lane holds depthChunk products of 255² before it could overflow. The signed
// sum follows from Σ(a+128)(b+128) = Σab + 128·Σ(a+128) + 128·Σ(b+128) − 128²·n.
const (
	laneBits   = 28
	laneMask   = 1<<laneBits - 1
	depthChunk = 1024 // ≤ ⌊2^28/255²⌋ = 4128; this length keeps strips in L1
	signFlip   = 0x80 // int8 x as a byte, xor signFlip, is x + 128
)

// blockSide returns the side of the square blocks of C that become one tree node
// each: a power of two, at least two per side so that several cores have work.
func blockSide(n uint32) int {
	if n < 1024 {
		return 32
	}
	return 64
}

// packRows expands rows first and first+1 of A into one packed row pair.
func packRows(dst []uint64, sums []uint32, raw []byte, seed proofgpu.Seed, first uint32) {
	n := len(dst)
	proofgpu.ExpandRow(raw[:n], seed, first)
	proofgpu.ExpandRow(raw[n:2*n], seed, first+1)
	sums[0], sums[1] = pack(dst, raw[:n], raw[n:2*n], laneBits)
}

// pack merges two rows or columns into dst, the second one shifted, and returns
// the sums of their unsigned entries.
func pack(dst []uint64, first, second []byte, shift uint) (sum0, sum1 uint32) {
	first, second = first[:len(dst)], second[:len(dst)]
	for k := range dst {
		x, y := first[k]^signFlip, second[k]^signFlip
		dst[k] = uint64(x) | uint64(y)<<shift
		sum0 += uint32(x)
		sum1 += uint32(y)
	}
	return sum0, sum1
}

// blockWorker owns the buffers of one worker.
type blockWorker struct {
	n, b, side int
	raw        []byte
	packedB    []uint64        // side/2 column pairs of n words
	sumsB      []uint32        // per column of the strip
	block      []uint32        // side×side sums, row-major, modulo 2^32
	leaves     []proofgpu.Node // tile hashes of the block, Z-order
}

func newBlockWorker(p proofgpu.Params, side int) *blockWorker {
	n, b := int(p.N), int(p.B)
	return &blockWorker{
		n: n, b: b, side: side,
		raw:     make([]byte, 2*n),
		packedB: make([]uint64, side/2*n),
		sumsB:   make([]uint32, side),
		block:   make([]uint32, side*side),
		leaves:  make([]proofgpu.Node, side/b*(side/b)),
	}
}

// loadColumns expands and packs the strip of B that belongs to a column of blocks.
func (w *blockWorker) loadColumns(seed proofgpu.Seed, col int) {
	for pair := range w.side / 2 {
		index := uint32(col*w.side + 2*pair)
		proofgpu.ExpandColumn(w.raw[:w.n], seed, index)
		proofgpu.ExpandColumn(w.raw[w.n:], seed, index+1)
		w.sumsB[2*pair], w.sumsB[2*pair+1] = pack(w.packedB[pair*w.n:(pair+1)*w.n], w.raw[:w.n], w.raw[w.n:], 2*laneBits)
	}
}

// multiplyBlock fills block with the signed product of a row of blocks of A and
// the loaded strip of B.
func (w *blockWorker) multiplyBlock(packedA []uint64, sumsA []uint32, row int) {
	for i := range w.side {
		left := sumsA[row*w.side+i]
		for j := range w.side {
			w.block[i*w.side+j] = 16384*uint32(w.n) - 128*(left+w.sumsB[j])
		}
	}
	n, firstPair := w.n, row*w.side/2
	for from := 0; from < n; from += depthChunk {
		to := min(from+depthChunk, n)
		for i := 0; i < w.side/2; i += 2 {
			a := (firstPair + i) * n
			a0, a1 := packedA[a+from:a+to], packedA[a+n+from:a+n+to]
			for j := 0; j < w.side/2; j += 2 {
				b0, b1 := w.packedB[j*n+from:j*n+to], w.packedB[(j+1)*n+from:(j+1)*n+to]
				w.add4x4(i, j, a0, a1, b0, b1)
			}
		}
	}
}

// add4x4 adds the products of two row pairs and two column pairs to the block.
func (w *blockWorker) add4x4(i, j int, a0, a1, b0, b1 []uint64) {
	var l0, h0, l1, h1, l2, h2, l3, h3, carry uint64
	a0, a1, b1 = a0[:len(b0)], a1[:len(b0)], b1[:len(b0)]
	for k, p := range b0 {
		x := a0[k]
		hi, lo := bits.Mul64(x, p)
		l0, carry = bits.Add64(l0, lo, 0)
		h0, _ = bits.Add64(h0, hi, carry)
		q := b1[k]
		hi, lo = bits.Mul64(x, q)
		l1, carry = bits.Add64(l1, lo, 0)
		h1, _ = bits.Add64(h1, hi, carry)
		x = a1[k]
		hi, lo = bits.Mul64(x, p)
		l2, carry = bits.Add64(l2, lo, 0)
		h2, _ = bits.Add64(h2, hi, carry)
		hi, lo = bits.Mul64(x, q)
		l3, carry = bits.Add64(l3, lo, 0)
		h3, _ = bits.Add64(h3, hi, carry)
	}
	w.addLanes(i, j, l0, h0)
	w.addLanes(i, j+1, l1, h1)
	w.addLanes(i+1, j, l2, h2)
	w.addLanes(i+1, j+1, l3, h3)
}

// addLanes adds the four lanes of row pair i and column pair j.
func (w *blockWorker) addLanes(i, j int, lo, hi uint64) {
	top := w.block[2*i*w.side+2*j:]
	bottom := w.block[(2*i+1)*w.side+2*j:]
	top[0] += uint32(lo & laneMask)
	bottom[0] += uint32(lo >> laneBits & laneMask)
	top[1] += uint32((lo>>(2*laneBits) | hi<<(64-2*laneBits)) & laneMask)
	bottom[1] += uint32(hi >> (3*laneBits - 64))
}

// hashTiles hashes the block's tiles. The result is valid until the next call.
func (w *blockWorker) hashTiles() []proofgpu.Node {
	var tile [64]int32
	tiles := w.side / w.b
	for row := range tiles {
		for col := range tiles {
			for i := range w.b {
				line := w.block[(row*w.b+i)*w.side+col*w.b:]
				for j := range w.b {
					tile[i*w.b+j] = int32(line[j])
				}
			}
			w.leaves[proofgpu.LeafIndex(uint32(row), uint32(col))] = proofgpu.LeafHash(tile[:w.b*w.b])
		}
	}
	return w.leaves
}
