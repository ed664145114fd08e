package plotfile

import (
	"fmt"
)

// Merge joins files whose plots follow each other into one group. A stretch is what is read of a source at once.
type Merge struct {
	Header  Header
	sources []*Reader
	// stretch is the number of sets that a worker reads ahead of every source.
	stretch uint32
}

// NewMerge prepares the merging of sources, in the order of their plots, with read-ahead of about memory bytes for each
// worker. The header lacks SlotBytes. The error wraps ErrFormat where the sources do not follow each other.
func NewMerge(sources []*Reader, memory uint64) (*Merge, error) {
	m := &Merge{sources: sources}
	first := &sources[0].Header
	m.Header = Header{First: first.First, DeviceID: first.DeviceID}
	var perSet, most uint64
	for _, s := range sources {
		if s.Params != first.Params || string(s.DeviceID) != string(first.DeviceID) || s.First != m.Header.First+uint64(len(m.Header.IDs)) {
			return nil, fmt.Errorf("%w: plots %d and more do not follow plot %d", ErrFormat, s.First, m.Header.First+uint64(len(m.Header.IDs)))
		}
		m.Header.IDs = append(m.Header.IDs, s.IDs...)
		m.Header.Fragments = append(m.Header.Fragments, s.Fragments...)
		perSet += uint64(s.SlotBytes) / uint64(s.TileSets())
		most = max(most, uint64(s.TileSets()))
	}
	m.Header.Geometry = Choose(first.Params, len(m.Header.IDs))
	for _, s := range sources {
		m.Header.RunBits = min(m.Header.RunBits, s.RunBits) // cells are handed out of one decoded run
	}
	stretch := max(most, uint64(m.Header.TileSets()))
	for stretch*2 <= uint64(m.Header.Sets()) && stretch*2*perSet <= memory {
		stretch *= 2
	}
	m.stretch = uint32(stretch)
	return m, nil
}

// StretchTiles is the number of tiles of the group that one worker should do at a time.
func (m *Merge) StretchTiles() uint32 { return max(1, m.stretch/m.Header.TileSets()) }

// Fragments is the number of fragments of all plots.
func (m *Merge) Fragments() (n uint64) {
	for _, f := range m.Header.Fragments {
		n += f
	}
	return n
}

// Worker returns a Source for one goroutine. Runs have to be asked for in ascending order within a stretch.
func (m *Merge) Worker() Source {
	w := &mergeWorker{m: m}
	for _, s := range m.sources {
		w.ends = append(w.ends, mergeEnd{reader: s, tile: -1, run: -1})
	}
	return w
}

// mergeEnd is a worker's place in one source.
type mergeEnd struct {
	reader *Reader
	data   []byte // tiles from begin to …
	begin  uint32
	tiles  uint32
	tile   int64 // whose table is held
	table  Table
	run    int64 // whose cells are held
	cells  Cells
}

type mergeWorker struct {
	m    *Merge
	ends []mergeEnd
}

// Cells implements Source.
func (w *mergeWorker) Cells(run uint32, cells Cells) error {
	h := &w.m.Header
	for i := range h.RunSets() {
		set := run<<h.RunBits + uint32(i)
		place := i * h.Plots
		for j := range w.ends {
			end := &w.ends[j]
			if err := end.turn(set, w.m.stretch); err != nil {
				return err
			}
			plots := end.reader.Plots
			from := int(set&(1<<end.reader.RunBits-1)) * plots
			place += copy(cells[place:], end.cells[from:from+plots])
		}
	}
	return nil
}

// turn decodes the run that holds a set, reading a stretch where it is not in memory.
func (e *mergeEnd) turn(set, stretch uint32) error {
	h := &e.reader.Header
	run := set >> h.RunBits
	if int64(run) == e.run {
		return nil
	}
	tile := run >> h.TileBits
	if tile < e.begin || tile >= e.begin+e.tiles {
		if err := e.read(tile, stretch/h.TileSets()); err != nil {
			return err
		}
	}
	slot := e.data[int(tile-e.begin)*int(h.SlotBytes):][:h.SlotBytes]
	if int64(tile) != e.tile {
		table, err := h.ParseTable(e.table, tile, slot)
		if err != nil {
			return err
		}
		e.table, e.tile = table, int64(tile)
	}
	i := run & (1<<h.TileBits - 1)
	data := slot[e.table[i]:e.table[i+1]]
	if err := h.CheckRun(run, data); err != nil {
		return err
	}
	cells, err := h.DecodeRun(e.cells, run, data)
	e.cells, e.run = cells, int64(run)
	return err
}

// read fetches tiles from one on, up to the end of their stretch.
func (e *mergeEnd) read(tile, tiles uint32) error {
	h := &e.reader.Header
	tiles = max(1, tiles)
	e.begin = tile / tiles * tiles
	e.tiles = min(tiles, h.Tiles()-e.begin)
	var p Piece
	var err error
	n := int(e.tiles) * int(h.SlotBytes)
	e.data, err = e.reader.readMore(&p, e.data[:0], e.begin, 0, n)
	if err != nil {
		e.tiles = 0
	}
	return err
}
