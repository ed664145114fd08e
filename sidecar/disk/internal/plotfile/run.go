package plotfile

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	proof "github.com/joulechain/joule/x/work/proof/disk"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// tableMark tells the checksums of tile tables from those of runs.
const tableMark = 1 << 63

// checksum is the CRC-32C of a piece together with the file's first plot id and the piece's number, so that a piece
// which a disk stored in the wrong place does not pass.
func checksum(id *proof.PlotID, number uint64, piece []byte) uint32 {
	crc := crc32.Update(0, castagnoli, id[:])
	crc = crc32.Update(crc, castagnoli, binary.LittleEndian.AppendUint64(nil, number))
	return crc32.Update(crc, castagnoli, piece)
}

// lowBits is the number of bits of a gap that are stored as they are.
func lowBits(k uint8) uint { return uint(k) - 1 }

// setRange is the number of fragments' values in a set, as a shift.
func setShift(k uint8) uint { return uint(k) + proof.SetBits }

// Cells are the fragments of a run: cell [set in run · plots + plot], each ascending.
type Cells [][]uint64

// appendRun appends an encoded run: the cells' sizes, the gaps, the checksum.
func (h *Header) appendRun(out []byte, run uint32, cells Cells) ([]byte, error) {
	begin := len(out)
	for _, cell := range cells {
		if len(cell) > 255 {
			return nil, fmt.Errorf("%w: a set of %d fragments, the format takes 255", ErrTooLarge, len(cell))
		}
		out = append(out, byte(len(cell)))
	}
	w := bitWriter{out: out}
	low, shift := lowBits(h.Params.K), setShift(h.Params.K)
	for i, cell := range cells {
		previous := uint64(run<<h.RunBits+uint32(i/h.Plots)) << shift
		for _, fragment := range cell {
			gap := fragment - previous
			q := gap >> low
			if q > 1<<(proof.SetBits+1) {
				return nil, fmt.Errorf("%w: fragment %x is not in its set or out of order", ErrFormat, fragment)
			}
			for ; q >= 48; q -= 48 {
				w.put(0, 48)
			}
			w.put(1<<q, uint(q)+1)
			w.put(gap&(1<<low-1), low)
			previous = fragment
		}
	}
	w.flush()
	return binary.LittleEndian.AppendUint32(w.out, checksum(&h.IDs[0], uint64(run), w.out[begin:])), nil
}

// Set decodes the fragments of plots from…to-1 in one set of a run whose bytes passed CheckRun: dst[i] gets plot
// from+i's, its memory being reused. The error wraps ErrDamaged.
func (h *Header) Set(dst [][]uint64, run uint32, data []byte, set uint32, from, to int) error {
	first := int(set&(1<<h.RunBits-1)) * h.Plots
	return h.decode(run, data, first+to, func(cell int) *[]uint64 {
		if cell < first+from {
			return nil
		}
		return &dst[cell-first-from]
	})
}

// DecodeRun decodes a whole run into cells, reusing their memory, and demands that nothing is left over.
func (h *Header) DecodeRun(cells Cells, run uint32, data []byte) (Cells, error) {
	if cap(cells) < h.cells() {
		cells = make(Cells, h.cells())
	}
	cells = cells[:h.cells()]
	return cells, h.decode(run, data, len(cells), func(cell int) *[]uint64 { return &cells[cell] })
}

// decode reads the first n cells of a run into what to returns for them; nil skips a cell.
func (h *Header) decode(run uint32, data []byte, n int, to func(cell int) *[]uint64) error {
	cells := h.cells()
	if len(data) < cells+4 {
		return fmt.Errorf("%w: run %d has %d bytes", ErrDamaged, run, len(data))
	}
	r := bitReader{in: data[cells : len(data)-4]}
	low, shift := lowBits(h.Params.K), setShift(h.Params.K)
	for cell := range n {
		start := uint64(run<<h.RunBits+uint32(cell/h.Plots)) << shift
		var out []uint64
		into := to(cell)
		if into != nil {
			out = (*into)[:0]
		}
		fragment := start
		for range data[cell] {
			q := r.zeros(1 << (proof.SetBits + 1))
			fragment += q<<low | r.take(low)
			if into != nil {
				out = append(out, fragment)
			}
		}
		// Fragments ascend, so the last one tells whether all are in their set.
		if r.over || (fragment-start)>>shift != 0 {
			return fmt.Errorf("%w: run %d holds no fragments of its sets", ErrDamaged, run)
		}
		if into != nil {
			*into = out
		}
	}
	if n == cells && !r.clean() {
		return fmt.Errorf("%w: run %d has bytes left over", ErrDamaged, run)
	}
	return nil
}

// CheckRun checks a run's checksum. The error wraps ErrDamaged.
func (h *Header) CheckRun(run uint32, data []byte) error {
	n := len(data) - 4
	if n < h.cells() || checksum(&h.IDs[0], uint64(run), data[:n]) != binary.LittleEndian.Uint32(data[n:]) {
		return fmt.Errorf("%w: the checksum of run %d is wrong", ErrDamaged, run)
	}
	return nil
}
