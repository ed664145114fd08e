package solver

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/joulechain/joule/sidecar/disk/internal/parallel"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

const batch = 256

// filter says which match infos are wanted, by their leading bits.
type filter struct {
	words []uint64
	shift uint
}

// Two filters are asked one after the other: a coarse one that fits a core's own cache and holds back most, and a fine
// one for the rest. Log2 of their bits.
const coarseBits, fineBits = 23, 27

func newFilter(k, bits uint) filter {
	bits = min(k, bits)
	return filter{words: make([]uint64, 1<<bits/64), shift: k - bits}
}

// setShared sets a bit while other threads do the same.
func (f *filter) setShared(info uint32) {
	v := info >> f.shift
	atomic.OrUint64(&f.words[v>>6], 1<<(v&63))
}

// bit is 1 where an info may be wanted.
func (f *filter) bit(info uint32) int {
	v := info >> f.shift
	return int(f.words[v>>6] >> (v & 63) & 1)
}

// aim computes, for every x with a wanted high half and every match key, the match info that its partners have.
func (s *solve) aim(ctx context.Context) error {
	p := &s.params
	k := uint(p.K)
	span := uint32(1) << (k / 2)
	keys := uint32(1) << p.KeyBits(1)
	sectionShift, bits := k-p.SectionBits(), p.TargetBits(1)
	s.coarse, s.fine = newFilter(k, coarseBits), newFilter(k, fineBits)
	all := make([]target, uint32(len(s.halves))*span*keys)
	err := parallel.Run(ctx, s.threads, len(s.halves), func(_, place int) error {
		var states [batch]proof.State
		var sections [batch]uint32
		out := all[uint32(place)*span*keys:]
		for from := uint32(0); from < span; from += batch {
			n := min(batch, span-from)
			x := s.halves[place]<<(k/2) | from
			for i := range n {
				states[i] = proof.State{x + i}
			}
			s.plot.Hash(states[:n], 16)
			for i := range n {
				sections[i] = p.MatchingSection(states[i][0]&mask(k)>>sectionShift) << sectionShift
			}
			for key := range keys {
				for i := range n {
					states[i] = proof.State{1, key, x + i}
				}
				s.plot.Hash(states[:n], p.Rounds(1))
				for i := range n {
					info := sections[i] | key<<bits | states[i][0]&mask(bits)
					out[(from+i)*keys+key] = target{info, x + i}
					s.coarse.setShared(info)
					s.fine.setShared(info)
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.sortTargets(all)
	return nil
}

// sortTargets orders targets by the leading bits of their infos, which is all that index needs.
func (s *solve) sortTargets(all []target) {
	first := makeIndex(len(all), uint(s.params.K), func(i int) uint32 { return all[i].info })
	s.index = first
	at := append([]uint32(nil), first.first...)
	s.targets = make([]target, len(all))
	for _, t := range all {
		place := &at[t.info>>first.shift]
		s.targets[*place] = t
		*place++
	}
}

// partBits is log2 of the parts in which partners are looked up, by the leading bits of their info: a part's targets
// then fit a cache.
const partBits = 8

// scan hashes all x and keeps those whose match info is wanted, in parts.
func (s *solve) scan(ctx context.Context) error {
	k := uint(s.params.K)
	const span = 1 << 14
	s.partners = make([][][]target, s.threads)
	expected := len(s.targets) / s.threads >> partBits
	if k > fineBits { // two of three that pass a fine filter with two infos to a bit
		expected *= 2
	}
	for i := range s.partners {
		s.partners[i] = make([][]target, 1<<partBits)
		for j := range s.partners[i] {
			s.partners[i][j] = make([]target, 0, expected+expected/4+64)
		}
	}
	coarse, fine := s.coarse, s.fine
	return parallel.Run(ctx, s.threads, 1<<k/span, func(thread, task int) error {
		var states [batch]proof.State
		var kept [batch + 1]target
		lists := s.partners[thread]
		for x := uint32(task) * span; ; {
			for i := range states {
				states[i] = proof.State{x + uint32(i)}
			}
			s.plot.Hash(states[:], 16)
			// Written always and counted where wanted: no processor foresees which are.
			n := 0
			for i := range states {
				info := states[i][0] & mask(k)
				kept[n] = target{info, x + uint32(i)}
				n += coarse.bit(info)
			}
			some := n
			n = 0
			for _, t := range kept[:some] {
				kept[n] = t
				n += fine.bit(t.info)
			}
			for _, t := range kept[:n] {
				part := t.info >> (k - partBits)
				lists[part] = append(lists[part], t)
			}
			if x += batch; x%span == 0 {
				return nil
			}
		}
	})
}

// pairUp joins targets with their partners to entries of table 1 and sorts those to the halves that they belong to.
func (s *solve) pairUp(ctx context.Context) error {
	s.pairs = make([][]entry, len(s.halves))
	var mu sync.Mutex
	return parallel.Run(ctx, s.threads, 1<<partBits, func(_, part int) error {
		w := pairing{s: s, groups: make([][]entry, len(s.halves))}
		for _, lists := range s.partners {
			for _, r := range lists[part] {
				lead := r.info >> s.index.shift
				for _, l := range s.targets[s.index.first[lead]:s.index.first[lead+1]] {
					if l.info == r.info {
						w.add(l.x, r.x)
					}
				}
			}
			lists[part] = nil
		}
		w.flush()
		mu.Lock()
		defer mu.Unlock()
		for place, list := range w.groups {
			s.pairs[place] = append(s.pairs[place], list...)
		}
		return nil
	})
}

// pairing hashes pairs of x-values in batches.
type pairing struct {
	s           *solve
	groups      [][]entry
	n           int
	states      [batch]proof.State
	left, right [batch]uint32
}

func (w *pairing) add(left, right uint32) {
	if w.n == batch {
		w.flush()
	}
	w.states[w.n] = proof.PairState(uint64(left), uint64(right))
	w.left[w.n], w.right[w.n] = left, right
	w.n++
}

// flush keeps the pairs that pass.
func (w *pairing) flush() {
	p, k := &w.s.params, uint(w.s.params.K)
	w.s.plot.Hash(w.states[:w.n], p.Rounds(1))
	for i := range w.n {
		if w.states[i][3]&mask(p.KeyBits(1)) == 0 {
			place := w.s.places[w.left[i]>>(k/2)]
			w.groups[place] = append(w.groups[place], entry{
				info: w.states[i][0] & mask(k), meta: uint64(w.left[i])<<k | uint64(w.right[i]), x: [4]uint32{w.left[i], w.right[i]},
			})
		}
	}
	w.n = 0
}

func mask(bits uint) uint32 { return uint32(1<<bits - 1) }
