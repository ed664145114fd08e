package plotfile

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// Reader reads the runs of a file. It is safe for concurrent use.
type Reader struct {
	Header
	r io.ReaderAt
}

// NewReader reads a file whose header was read.
func NewReader(h Header, r io.ReaderAt) *Reader { return &Reader{Header: h, r: r} }

// Piece is a run that was read.
type Piece struct {
	Run  uint32
	Data []byte
	// Reads and Bytes are what it cost.
	Reads, Bytes int
}

// ReadRun reads and checks the run that holds a set. Its place in the tile stands in the table at the tile's start:
// with oneRead the tile is read from its start to where the run should end, which a hard disk does in one movement;
// otherwise table and run are read by themselves. buffer is reused where it is large enough and returned. The error
// wraps ErrDamaged or what the file returned.
func (f *Reader) ReadRun(set uint32, oneRead bool, buffer []byte) (Piece, []byte, error) {
	p := Piece{Run: set >> f.RunBits}
	tile, i := p.Run>>f.TileBits, int(p.Run&(1<<f.TileBits-1))
	have := f.tableBytes()
	if oneRead {
		have = f.expectedEnd(i)
	}
	buffer, err := f.readMore(&p, buffer[:0], tile, 0, have)
	if err != nil {
		return p, buffer, err
	}
	table, err := f.ParseTable(nil, tile, buffer)
	if err != nil {
		return p, buffer, err
	}
	from, to := int(table[i]), int(table[i+1])
	switch {
	case to <= have:
	case oneRead && from <= have: // the run is larger than expected
		if buffer, err = f.readMore(&p, buffer, tile, have, to); err != nil {
			return p, buffer, err
		}
	default:
		if buffer, err = f.readMore(&p, buffer[:0], tile, from, to); err != nil {
			return p, buffer, err
		}
		from, to = 0, to-from
	}
	p.Data = buffer[from:to]
	return p, buffer, f.CheckRun(p.Run, p.Data)
}

// readMore appends bytes from…to-1 of a tile to buffer.
func (f *Reader) readMore(p *Piece, buffer []byte, tile uint32, from, to int) ([]byte, error) {
	n := len(buffer)
	if want := n + to - from; cap(buffer) < want {
		buffer = append(make([]byte, 0, want), buffer...)
	}
	buffer = buffer[:n+to-from]
	p.Reads++
	got, err := f.r.ReadAt(buffer[n:], f.TileOffset(tile)+int64(from))
	p.Bytes += got
	if errors.Is(err, io.EOF) && got < to-from {
		err = fmt.Errorf("%w: the file ends inside tile %d", ErrDamaged, tile)
	} else if got == to-from {
		err = nil
	}
	return buffer, err
}

// expectedEnd is where run i of a tile ends at the latest in all but one of a million tiles.
func (f *Reader) expectedEnd(i int) int {
	mean := float64(f.MeanTileBytes()-uint64(f.tableBytes())) / float64(f.TileRuns()) * float64(i+1)
	fragments := float64(f.cells()) * 64 * float64(i+1)
	margin := 5 * math.Sqrt(fragments) * float64(f.Params.K+2) / 8
	return min(f.tableBytes()+int(mean+margin)+64, int(f.SlotBytes))
}

// ReadTile reads a whole slot.
func (f *Reader) ReadTile(tile uint32, buffer []byte) ([]byte, error) {
	var p Piece
	return f.readMore(&p, buffer[:0], tile, 0, int(f.SlotBytes))
}
