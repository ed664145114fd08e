package plotfile

import (
	"encoding/binary"
	"math/bits"
)

// bitWriter appends bits, lowest first.
type bitWriter struct {
	out  []byte
	acc  uint64
	held uint // below 8 between calls
}

// put appends the low n bits of v, n at most 56; higher bits of v are 0.
func (w *bitWriter) put(v uint64, n uint) {
	w.acc |= v << w.held
	w.held += n
	for w.held >= 8 {
		w.out = append(w.out, byte(w.acc))
		w.acc >>= 8
		w.held -= 8
	}
}

// flush fills the last byte with zeros.
func (w *bitWriter) flush() {
	if w.held > 0 {
		w.out = append(w.out, byte(w.acc))
	}
	w.acc, w.held = 0, 0
}

// bitReader reads bits, lowest first. Past the end it reads zeros and remembers it.
type bitReader struct {
	in   []byte
	at   int    // next byte to load
	acc  uint64 // held bits, higher ones are 0
	held uint
	over bool
}

// fill loads bytes until at least 56 bits are held or the input ends.
func (r *bitReader) fill() {
	if r.at+8 <= len(r.in) {
		r.acc |= binary.LittleEndian.Uint64(r.in[r.at:]) << r.held
		n := (63 - r.held) / 8
		r.at += int(n)
		r.held += 8 * n
		r.acc &= 1<<r.held - 1
		return
	}
	for r.held <= 56 && r.at < len(r.in) {
		r.acc |= uint64(r.in[r.at]) << r.held
		r.at++
		r.held += 8
	}
}

// zeros reads zeros up to a one, and the one, and returns the number of zeros, at most limit.
func (r *bitReader) zeros(limit uint64) uint64 {
	var n uint64
	for {
		if r.acc == 0 {
			n += uint64(r.held)
			r.held = 0
			r.fill()
			if r.held == 0 || n > limit {
				r.over = true
				return 0
			}
			if r.acc == 0 {
				continue
			}
		}
		z := uint(bits.TrailingZeros64(r.acc))
		r.acc >>= z + 1
		r.held -= z + 1
		return n + uint64(z)
	}
}

// take reads n bits, at most 56.
func (r *bitReader) take(n uint) uint64 {
	if r.held < n {
		r.fill()
		if r.held < n {
			r.over = true
			return 0
		}
	}
	v := r.acc & (1<<n - 1)
	r.acc >>= n
	r.held -= n
	return v
}

// clean says whether exactly the whole input was read, but for zero bits in its last byte.
func (r *bitReader) clean() bool {
	return !r.over && r.at == len(r.in) && r.held < 8 && r.acc == 0
}
