package plotter

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/joulechain/joule/sidecar/disk/internal/parallel"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// Config says what to compute and with what.
type Config struct {
	ID     proof.PlotID
	Params proof.Params
	// Threads is the number of cores, at least 1.
	Threads int
	// MemoryMiB bounds the memory; 0 means what the plot needs.
	MemoryMiB int
	// Spill opens the temporary file; it is called only where MemoryMiB is below FullMemoryMiB, or where a table turns
	// out to be larger than any expected.
	Spill func() (Spill, error)
	// Meter, if set, is kept up to date while Run works.
	Meter *Meter
}

// Meter counts what is done, for another goroutine to read.
type Meter struct {
	// Stage is 0…3 while that table is made, 4 while the result is read.
	Stage atomic.Int32
	// Done are units of work, of Work in all.
	Done atomic.Uint64
}

// Weights of one entry's steps in units of one hash of sixteen rounds: what a step costs besides its hash. Measured at
// k = 22.
const (
	weightCandidate = 1
	weightPair      = 3
	weightResult    = 6
)

// Work is the number of units that Run and one Result.Each take. It is a model, which progress bars rest on.
func Work(params proof.Params) uint64 {
	_, work := StageWork(params, 4)
	return work
}

// StageWork is where a stage (Meter.Stage) begins and ends in Work's units.
func StageWork(params proof.Params, stage int) (from, to uint64) {
	for i := range stage + 1 {
		from = to
		switch i {
		case 0:
			to += 2 << params.K
		case 4:
			to += weightResult << params.K
		default:
			to += (2*uint64(params.Rounds(i)/16) + weightCandidate + weightPair) << params.KeyBits(i) << params.K
		}
	}
	return from, to
}

// run is one plot in the making.
type run struct {
	layout
	plot       proof.Plot
	meter      *Meter
	tables     pool
	candidates pool
	workers    []*worker
}

// Result holds the fragments of a plot until Close.
type Result struct {
	run   *run
	table *table
	count uint64
	// Spilled is the number of bytes that went through the temporary file.
	Spilled uint64
}

// Run computes a plot. The error wraps ErrMemory, proof.ErrParams, the context's cause or what the spill file returned.
func Run(ctx context.Context, c Config) (*Result, error) {
	plot, err := proof.NewPlot(c.ID, c.Params)
	if err != nil {
		return nil, err
	}
	if c.Threads < 1 {
		return nil, fmt.Errorf("%d threads, must be at least 1", c.Threads)
	}
	l, err := plan(c.Params, c.Threads, uint64(c.MemoryMiB)*mib)
	if err != nil {
		return nil, err
	}
	r := &run{layout: l, plot: plot, meter: c.Meter}
	if r.meter == nil {
		r.meter = new(Meter)
	}
	r.tables = pool{words: l.chunkBytes / 4, left: l.poolChunks, keep: l.poolChunks - leastPool(&l), makeSpill: c.Spill}
	r.candidates = pool{words: l.chunkBytes / 4, left: l.candidateChunks, keep: l.candidateChunks}
	for range c.Threads {
		r.workers = append(r.workers, newWorker(r))
	}
	top, err := r.all(ctx)
	if err != nil {
		_ = r.tables.close()
		return nil, err
	}
	result := &Result{run: r, table: top, Spilled: r.tables.wrote}
	for bucket := range result.Buckets() {
		result.count += uint64(top.count(bucket))
	}
	return result, nil
}

// all makes the tables one after the other.
func (r *run) all(ctx context.Context) (*table, error) {
	below, err := r.first(ctx)
	for t := 1; t <= 3 && err == nil; t++ {
		r.meter.Stage.Store(int32(t))
		below, err = r.next(ctx, t, below)
	}
	r.candidates = pool{}
	return below, err
}

// first makes table 0: the match info of every x.
func (r *run) first(ctx context.Context) (*table, error) {
	out := newTable(&r.tables, words[0], 1<<r.bits, r.threads)
	const span = 1 << 14
	mask, shift := uint32(1)<<r.params.K-1, uint(r.params.K)-r.bits
	if r.params.K == 32 {
		mask = 1<<32 - 1
	}
	err := parallel.Run(ctx, r.threads, r.entries()/span, func(thread, task int) error {
		w, to := r.workers[thread], &out.writers[thread]
		for x := uint32(task * span); ; {
			states := w.states[:]
			for i := range states {
				states[i] = proof.State{x + uint32(i)}
			}
			r.plot.Hash(states, 16)
			for i := range states {
				info := states[i][0] & mask
				s := to.slot(info >> shift)
				s[0], s[1] = info, x+uint32(i)
			}
			if x += batch; x%span == 0 {
				break
			}
		}
		r.meter.Done.Add(2 * span)
		return to.err
	})
	if err != nil {
		return nil, err
	}
	return out, out.close()
}

// next makes table t from the one below, section after section round the cycle, and frees each section when both its
// turns are over.
func (r *run) next(ctx context.Context, t int, below *table) (*table, error) {
	buckets := 1 << r.bits
	if t == 3 {
		buckets = 1 << r.resultBits
	}
	out := newTable(&r.tables, words[t], buckets, r.threads)
	perSection := 1 << (r.bits - r.params.SectionBits())
	free := func(section uint32) {
		below.release(int(section)*perSection, int(section+1)*perSection)
	}
	for left := uint32(0); ; {
		right := r.params.MatchingSection(left)
		if err := r.match(ctx, t, below, out, left, right); err != nil {
			return nil, err
		}
		if left != 0 {
			free(left)
		}
		if left = right; left == 0 {
			break
		}
	}
	free(0)
	return out, out.close()
}

// match finds the entries of table t that have section left on the left.
func (r *run) match(ctx context.Context, t int, below, out *table, left, right uint32) error {
	perSection := 1 << (r.bits - r.params.SectionBits())
	perKey := perSection >> r.params.KeyBits(t)
	pieces := r.pieces(t, below, int(left)*perSection, int(left+1)*perSection)
	for _, piece := range pieces {
		for key := 0; key < 1<<r.params.KeyBits(t); key += r.keys[t] {
			found := newTable(&r.candidates, candidateWords[t], r.keys[t]*perKey, r.threads)
			if err := r.aim(ctx, t, piece, found, uint32(key)); err != nil {
				return err
			}
			first := int(right)*perSection + key*perKey
			err := parallel.Run(ctx, r.threads, r.keys[t]*perKey, func(thread, task int) error {
				w := r.workers[thread]
				w.begin(t, out, thread)
				if err := w.index(below, first+task); err != nil {
					return err
				}
				n := 0
				err := found.each(task, nil, func(data []uint32) {
					n += len(data) / found.width
					w.probe(data)
				})
				if err != nil {
					return err
				}
				w.pair()
				found.release(task, task+1)
				r.meter.Done.Add(uint64(n) * uint64(r.params.Rounds(t)/16+weightPair))
				return w.out.err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// stretch is a list of chunks of one section.
type stretch []chunk

// pieces cuts the chunks of buckets from…to-1 into lists of at most r.piece entries.
func (r *run) pieces(t int, below *table, from, to int) (out []stretch) {
	var now stretch
	entries := 0
	for b := from; b < to; b++ {
		for _, list := range below.done[b] {
			for _, c := range list {
				n := c.used / below.width
				if entries > 0 && entries+n > r.piece[t] {
					out, now, entries = append(out, now), nil, 0
				}
				now, entries = append(now, c), entries+n
			}
		}
	}
	if entries > 0 {
		out = append(out, now)
	}
	return out
}

// aim computes the targets of a piece's entries for keys key…key+r.keys-1.
func (r *run) aim(ctx context.Context, t int, piece stretch, found *table, key uint32) error {
	err := parallel.Run(ctx, r.threads, len(piece), func(thread, task int) error {
		w, to := r.workers[thread], &found.writers[thread]
		data, err := r.tables.load(piece[task], w.buffer)
		if err != nil {
			return err
		}
		width := words[t-1]
		for len(data) > 0 {
			n := min(batch*width, len(data))
			for i := range uint32(r.keys[t]) {
				w.aim(t, key+i, i, data[:n], to)
			}
			data = data[n:]
		}
		n := piece[task].used / width * r.keys[t]
		r.meter.Done.Add(uint64(n) * uint64(r.params.Rounds(t)/16+weightCandidate))
		return to.err
	})
	if err != nil {
		return err
	}
	return found.close()
}
