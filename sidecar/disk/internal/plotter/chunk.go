package plotter

import (
	"fmt"
	"io"
	"os"
	"sync"
	"unsafe"
)

// Spill is the temporary file: what does not fit the memory is written to places of its own and read back whole.
type Spill interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

// chunk is a piece of a bucket: in memory where data is not nil, else in the spill file.
type chunk struct {
	data []uint32
	used int // words
	at   int64
	kept bool // counted in pool.keep
}

// pool hands out chunks of one size and spills full ones where it has no more.
type pool struct {
	words int
	// makeSpill opens the temporary file when it is first needed; nil where nothing may be spilled.
	makeSpill func() (Spill, error)

	mu sync.Mutex
	// left is how many chunks may still be made; keep is how many full ones may still stay in memory, the others being
	// for open ones.
	left  int
	keep  int
	free  [][]uint32
	spill Spill
	holes []int64 // places in the spill file that may be used again
	end   int64
	wrote uint64
}

// get returns an empty chunk, or nil where the memory is used up.
func (p *pool) get() []uint32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.take()
}

// swap returns an empty chunk for a full one that stays in memory, or nil where it has to be spilled.
func (p *pool) swap() []uint32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keep == 0 {
		return nil
	}
	p.keep--
	return p.take()
}

func (p *pool) take() []uint32 {
	if n := len(p.free); n > 0 {
		data := p.free[n-1]
		p.free = p.free[:n-1]
		return data
	}
	if p.left == 0 {
		return nil
	}
	p.left--
	return make([]uint32, p.words)
}

// put takes a chunk back, wherever it is.
func (p *pool) put(c chunk) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.data == nil {
		p.holes = append(p.holes, c.at)
		return
	}
	p.free = append(p.free, c.data[:p.words])
	if c.kept {
		p.keep++
	}
}

// write moves a full chunk's content to the spill file.
func (p *pool) write(data []uint32) (int64, error) {
	p.mu.Lock()
	if p.spill == nil {
		if p.makeSpill == nil {
			p.mu.Unlock()
			return 0, fmt.Errorf("%w: the tables of this plot are larger than foreseen", ErrMemory)
		}
		spill, err := p.makeSpill()
		if err != nil {
			p.mu.Unlock()
			return 0, err
		}
		p.spill = spill
	}
	at := p.end
	if n := len(p.holes); n > 0 {
		at, p.holes = p.holes[n-1], p.holes[:n-1]
	} else {
		p.end += int64(4 * p.words)
	}
	p.wrote += uint64(4 * len(data))
	spill := p.spill
	p.mu.Unlock()
	_, err := spill.WriteAt(raw(data), at)
	return at, err
}

// load returns a chunk's content, read into buffer where it was spilled.
func (p *pool) load(c chunk, buffer []uint32) ([]uint32, error) {
	if c.data != nil {
		return c.data[:c.used], nil
	}
	if _, err := p.spill.ReadAt(raw(buffer[:c.used]), c.at); err != nil {
		return nil, fmt.Errorf("reading the temporary file: %w", err)
	}
	return buffer[:c.used], nil
}

// close removes the temporary file.
func (p *pool) close() error {
	if p.spill == nil {
		return nil
	}
	return p.spill.Close()
}

// raw is the memory of words as bytes; only this process reads it back.
func raw(data []uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), 4*len(data))
}

// table is a table's records in buckets. Every thread has lists of its own.
type table struct {
	pool    *pool
	width   int
	writers []appender
	done    [][][]chunk // [bucket][thread]
}

// cursor is an open chunk.
type cursor struct {
	data []uint32
	at   int
}

// appender is one thread's end of a table.
type appender struct {
	table   *table
	thread  int
	cursors []cursor
	err     error
}

func newTable(p *pool, width, buckets, threads int) *table {
	t := &table{pool: p, width: width, writers: make([]appender, threads), done: make([][][]chunk, buckets)}
	for i := range t.done {
		t.done[i] = make([][]chunk, threads)
	}
	for i := range t.writers {
		t.writers[i] = appender{table: t, thread: i, cursors: make([]cursor, buckets)}
	}
	return t
}

// slot returns room for one record in a bucket. Errors are kept in err; the room is then worthless.
func (a *appender) slot(bucket uint32) []uint32 {
	c := &a.cursors[bucket]
	if c.at+a.table.width > len(c.data) {
		a.turn(bucket)
	}
	at := c.at
	c.at += a.table.width
	return c.data[at:c.at]
}

// turn closes a bucket's chunk, if there is one, and opens another.
func (a *appender) turn(bucket uint32) {
	c, p := &a.cursors[bucket], a.table.pool
	full := chunk{data: c.data, used: c.at}
	if c.data == nil {
		c.data = p.get()
		if c.data == nil { // cannot happen within a layout: open chunks are counted
			a.fail(ErrMemory)
			c.data = make([]uint32, p.words)
		}
		return
	}
	if next := p.swap(); next != nil {
		c.data, full.kept = next, true
	} else {
		at, err := p.write(full.data[:full.used])
		if err != nil {
			a.fail(err)
		}
		full.data, full.at = nil, at
	}
	c.at = 0
	list := &a.table.done[bucket][a.thread]
	*list = append(*list, full)
}

func (a *appender) fail(err error) {
	if a.err == nil {
		a.err = err
	}
}

// close ends writing: open chunks join the others.
func (t *table) close() error {
	for i := range t.writers {
		w := &t.writers[i]
		if w.err != nil {
			return w.err
		}
		for b := range w.cursors {
			if c := w.cursors[b]; c.at > 0 {
				t.done[b][i] = append(t.done[b][i], chunk{data: c.data, used: c.at})
			} else if c.data != nil {
				t.pool.put(chunk{data: c.data})
			}
		}
		w.cursors = nil
	}
	return nil
}

// count is the number of records in a bucket of a closed table.
func (t *table) count(bucket int) (n int) {
	for _, list := range t.done[bucket] {
		for _, c := range list {
			n += c.used / t.width
		}
	}
	return n
}

// each calls do with the content of every chunk of a bucket of a closed table.
func (t *table) each(bucket int, buffer []uint32, do func([]uint32)) error {
	for _, list := range t.done[bucket] {
		for _, c := range list {
			data, err := t.pool.load(c, buffer)
			if err != nil {
				return err
			}
			do(data)
		}
	}
	return nil
}

// release gives the memory of buckets from…to-1 back.
func (t *table) release(from, to int) {
	for b := from; b < to; b++ {
		for _, list := range t.done[b] {
			for _, c := range list {
				t.pool.put(c)
			}
		}
		t.done[b] = make([][]chunk, len(t.writers))
	}
}

// TempFile is a Spill that nobody else can see and that leaves nothing behind, however the process ends, where the
// system lets open files be removed; elsewhere it is removed when it is closed.
func TempFile(folder string) (Spill, error) {
	f, err := os.CreateTemp(folder, TempPattern)
	if err != nil {
		return nil, err
	}
	if os.Remove(f.Name()) == nil {
		return f, nil
	}
	return removing{f}, nil
}

// TempPattern is the name of the temporary file as os.CreateTemp takes it.
const TempPattern = ".joule-plot-*.spill"

type removing struct{ *os.File }

func (r removing) Close() error {
	err := r.File.Close()
	if rerr := os.Remove(r.Name()); err == nil {
		err = rerr
	}
	return err
}
