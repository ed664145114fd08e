package plotter

import (
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// worker is what one thread works with.
type worker struct {
	run    *run
	buffer []uint32 // a chunk that was spilled
	states [batch]proof.State

	// The indexed bucket: entries sorted by the low bits of their info, start[low] being the first with them.
	start []uint32
	metas []uint64
	highs []uint32

	// The table being made and the pairs that wait for their hash.
	table  int
	out    *appender
	n      int
	left   [batch]uint64
	right  [batch]uint64
	halves [batch]uint64

	sorted, spare []uint64 // a bucket of the result
}

func newWorker(r *run) *worker {
	return &worker{run: r, buffer: make([]uint32, r.chunkBytes/4), start: make([]uint32, 1<<(uint(r.params.K)-r.bits)+2)}
}

// aim computes the targets of up to a batch of left entries for one key and puts them in the buckets of their partners.
// group is the key's place among the keys that are looked for at once.
func (w *worker) aim(t int, key, group uint32, data []uint32, to *appender) {
	r := w.run
	width := words[t-1]
	n := len(data) / width
	states := w.states[:n]
	if t == 1 {
		for i := range states {
			states[i] = proof.State{1, key, data[2*i+1], 0}
		}
	} else {
		for i := range states {
			states[i] = proof.State{uint32(t), key, data[width*i+1], data[width*i+2]}
		}
	}
	r.plot.Hash(states, r.params.Rounds(t))
	target := r.params.TargetBits(t)
	shift := uint(r.params.K) - r.bits
	mask, low := uint32(1)<<target-1, uint32(1)<<shift-1
	base := group << (target - shift)
	switch t {
	case 1:
		for i := range states {
			v := states[i][0] & mask
			s := to.slot(base + v>>shift)
			s[0], s[1] = v&low, data[2*i+1]
		}
	case 2:
		for i := range states {
			v := states[i][0] & mask
			s := to.slot(base + v>>shift)
			s[0], s[1], s[2] = v&low, data[3*i+1], data[3*i+2]
		}
	default:
		for i := range states {
			v := states[i][0] & mask
			s := to.slot(base + v>>shift)
			s[0], s[1], s[2], s[3] = v&low, data[4*i+1], data[4*i+2], data[4*i+3]
		}
	}
}

// begin turns to a bucket of table t.
func (w *worker) begin(t int, out *table, thread int) {
	w.table, w.out, w.n = t, &out.writers[thread], 0
}

// index sorts a bucket of right entries by the low bits of their info.
func (w *worker) index(below *table, bucket int) error {
	n := below.count(bucket)
	if cap(w.metas) <= n {
		w.metas, w.highs = make([]uint64, n+n/16+1), make([]uint32, n+n/16+1)
	}
	// One entry more: probe reads it and counts it not.
	metas, highs := w.metas[:n], w.highs[:n]
	start, width := w.start, below.width
	clear(start)
	low := uint32(len(start) - 3)
	err := below.each(bucket, w.buffer, func(data []uint32) {
		for i := 0; i < len(data); i += width {
			start[data[i]&low+2]++
		}
	})
	if err != nil {
		return err
	}
	sum := uint32(0)
	for i := range start {
		sum += start[i]
		start[i] = sum
	}
	// start[v+1] is now where the next entry with v goes, and in the end where those with v+1 begin.
	return below.each(bucket, w.buffer, func(data []uint32) {
		for ; len(data) >= width; data = data[width:] {
			v := data[0]&low + 1
			at := start[v]
			start[v] = at + 1
			switch width {
			case 2:
				metas[at] = uint64(data[1])
			case 3:
				metas[at] = uint64(data[1]) | uint64(data[2])<<32
			default:
				metas[at], highs[at] = uint64(data[1])|uint64(data[2])<<32, data[3]
			}
		}
	})
}

// probe looks candidates up in the indexed bucket and collects the pairs. Whether a candidate has a partner is a
// toss-up that no processor foresees, so the first one is written in any case and only counted where there is one.
func (w *worker) probe(data []uint32) {
	start, metas, highs := w.start, w.metas, w.highs
	k, width := uint(w.run.params.K), candidateWords[w.table]
	n := w.n
	for ; len(data) >= width; data = data[width:] {
		v := data[0]
		at, end := start[v], start[v+1]
		left, high := uint64(data[1]), uint64(0)
		if width > 2 {
			left |= uint64(data[2]) << 32
		}
		if width > 3 {
			high = uint64(data[3]) << k
		}
		for {
			right := metas[at]
			w.states[n] = proof.PairState(left, right)
			w.left[n], w.right[n] = left, right
			if width > 3 {
				w.halves[n] = high | uint64(highs[at])
			}
			if at < end {
				n++
			}
			if n == batch {
				w.n = n
				w.pair()
				n = 0
			}
			if at++; at >= end {
				break
			}
		}
	}
	w.n = n
}

// pair hashes the queued pairs and writes those that pass.
func (w *worker) pair() {
	r := w.run
	states := w.states[:w.n]
	w.n = 0
	r.plot.Hash(states, r.params.Rounds(w.table))
	k, half := uint(r.params.K), uint(r.params.K)/2
	filter := uint32(1)<<r.params.KeyBits(w.table) - 1
	info, high := uint32(1<<k-1), uint32(1<<(2*k-32)-1)
	shift := k - r.bits
	switch w.table {
	case 1:
		for i := range states {
			if states[i][3]&filter == 0 {
				v := states[i][0] & info
				meta := w.left[i]<<k | w.right[i]
				s := w.out.slot(v >> shift)
				s[0], s[1], s[2] = v, uint32(meta), uint32(meta>>32)
			}
		}
	case 2:
		for i := range states {
			if states[i][3]&filter == 0 {
				v := states[i][0] & info
				s := w.out.slot(v >> shift)
				// The metas of table 1 are pairs of x-values; the first of each is on the left.
				s[0], s[1], s[2], s[3] = v, states[i][1], states[i][2]&high, uint32(w.left[i]>>(k+half)<<half|w.right[i]>>(k+half))
			}
		}
	default:
		shift = 2*k - r.resultBits
		for i := range states {
			if states[i][3]&filter == 0 {
				f := r.plot.Encode(w.halves[i])
				s := w.out.slot(uint32(f >> shift))
				s[0], s[1] = uint32(f), uint32(f>>32)
			}
		}
	}
}
