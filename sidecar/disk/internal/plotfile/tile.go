package plotfile

import (
	"encoding/binary"
	"fmt"
)

// Source gives the fragments that a tile is made of.
type Source interface {
	// Cells fills the cells of a run, [set in run · plots + plot]; they are read before the next call.
	Cells(run uint32, cells Cells) error
}

// EncodeTile writes a tile into slot, which has SlotBytes, zero after the tile's end, and returns the tile's length.
// The error wraps ErrTooLarge where the slot is too small.
func (h *Header) EncodeTile(slot []byte, tile uint32, source Source) (int, error) {
	cells := make(Cells, h.cells())
	table := h.tableBytes()
	if len(slot) < table {
		return 0, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(slot))
	}
	out := slot[:table:len(slot)] // what outgrows it is copied elsewhere and refused
	for i := range h.TileRuns() {
		run := tile<<h.TileBits + uint32(i)
		if err := source.Cells(run, cells); err != nil {
			return 0, err
		}
		grown, err := h.appendRun(out, run, cells)
		if err != nil {
			return 0, err
		}
		if len(grown) > len(slot) {
			return 0, fmt.Errorf("%w: tile %d, slots have %d bytes", ErrTooLarge, tile, len(slot))
		}
		binary.LittleEndian.PutUint32(grown[4*i:], uint32(len(grown)-len(out)))
		out = grown
	}
	binary.LittleEndian.PutUint32(out[table-4:], checksum(&h.IDs[0], uint64(tile)|tableMark, out[:table-4]))
	clear(slot[len(out):])
	return len(out), nil
}

// Table is where a tile's runs lie: run i from byte [i] to byte [i+1].
type Table []uint32

// ParseTable reads the table at the start of a tile; b may be longer. The error wraps ErrDamaged.
func (h *Header) ParseTable(table Table, tile uint32, b []byte) (Table, error) {
	n := h.tableBytes()
	if len(b) < n || checksum(&h.IDs[0], uint64(tile)|tableMark, b[:n-4]) != binary.LittleEndian.Uint32(b[n-4:]) {
		return nil, fmt.Errorf("%w: the table of tile %d", ErrDamaged, tile)
	}
	at := uint64(n)
	table = append(table[:0], uint32(at))
	for i := range h.TileRuns() {
		size := binary.LittleEndian.Uint32(b[4*i:])
		at += uint64(size)
		if int64(size) < int64(h.cells()+4) || at > uint64(h.SlotBytes) {
			return nil, fmt.Errorf("%w: run %d of tile %d has %d bytes", ErrDamaged, i, tile, size)
		}
		table = append(table, uint32(at))
	}
	return table, nil
}

// TableBytes is how much of a tile ParseTable needs.
func (h *Header) TableBytes() int { return h.tableBytes() }

// Run is one run of a tile as it was found.
type Run struct {
	Number uint32
	Data   []byte
	// Err wraps ErrDamaged where the checksum is wrong.
	Err error
}

// CheckTile checks everything in a whole tile: table, checksums, and that zeros fill the rest. It calls each for every
// run, and returns an error that wraps ErrDamaged where the table or the filling is wrong.
func (h *Header) CheckTile(tile uint32, b []byte, each func(Run)) error {
	table, err := h.ParseTable(nil, tile, b)
	if err != nil {
		return err
	}
	for i := range h.TileRuns() {
		run := Run{Number: tile<<h.TileBits + uint32(i), Data: b[table[i]:table[i+1]]}
		run.Err = h.CheckRun(run.Number, run.Data)
		each(run)
	}
	for _, v := range b[table[len(table)-1]:] {
		if v != 0 {
			return fmt.Errorf("%w: tile %d has bytes after its end", ErrDamaged, tile)
		}
	}
	return nil
}
