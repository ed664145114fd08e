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

// checksum is the CRC-32C of a piece together with the file's first plot id and the piece's number, so that a piece which a disk
// stored in the wrong place does not pass.
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

// Cell decodes, appending to dst, the fragments of one plot in one set of a run whose bytes passed CheckRun. The error wraps ErrDamaged.
func (h *Header) Cell(dst []uint64, run uint32, data []byte, set uint32, plot int) ([]uint64, error) {
	cell := int(set&(1<<h.RunBits-1))*h.Plots + plot
	err := h.decode(run, data, cell+1, func(i int, fragment uint64) {
		if i == cell {
			dst = append(dst, fragment)
		}
	})
	return dst, err
}

// decode calls each for the fragments of the first n cells of a run, in order.
func (h *Header) decode(run uint32, data []byte, n int, each func(cell int, fragment uint64)) error {
	cells := h.cells()
	if len(data) < cells+4 {
		return fmt.Errorf("%w: run %d has %d bytes", ErrDamaged, run, len(data))
	}
	sizes := data[:cells]
	r := bitReader{in: data[cells : len(data)-4]}
	low, shift := lowBits(h.Params.K), setShift(h.Params.K)
	for i := range n {
		start := uint64(run<<h.RunBits+uint32(i/h.Plots)) << shift
		last := start + (1<<shift - 1)
		fragment := start
		for range sizes[i] {
			q := r.zeros(1 << (proof.SetBits + 1))
			fragment += q<<low | r.take(low)
			if r.over || fragment > last {
				return fmt.Errorf("%w: run %d holds no fragments of its sets", ErrDamaged, run)
			}
			each(i, fragment)
		}
	}
	if n == cells && !r.clean() {
		return fmt.Errorf("%w: run %d has bytes left over", ErrDamaged, run)
	}
	return nil
}

// DecodeRun decodes a whole run into cells, reusing their memory, and demands that nothing is left over.
func (h *Header) DecodeRun(cells Cells, run uint32, data []byte) (Cells, error) {
	if cap(cells) < h.cells() {
		cells = make(Cells, h.cells())
	}
	cells = cells[:h.cells()]
	for i := range cells {
		cells[i] = cells[i][:0]
	}
	err := h.decode(run, data, len(cells), func(i int, fragment uint64) { cells[i] = append(cells[i], fragment) })
	return cells, err
}

// CheckRun checks a run's checksum. The error wraps ErrDamaged.
func (h *Header) CheckRun(run uint32, data []byte) error {
	n := len(data) - 4
	if n < h.cells() || checksum(&h.IDs[0], uint64(run), data[:n]) != binary.LittleEndian.Uint32(data[n:]) {
		return fmt.Errorf("%w: the checksum of run %d is wrong", ErrDamaged, run)
	}
	return nil
}
