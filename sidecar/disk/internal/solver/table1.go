package solver

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/joulechain/joule/sidecar/disk/internal/parallel"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

const batch = 256

// filter says which match infos are wanted, by their leading bits: at most 2^26 bits, so that it fits a processor's cache.
type filter struct {
	words []uint64
	shift uint
}

func newFilter(k uint) filter {
	shift := uint(0)
	if k > 26 {
		shift = k - 26
	}
	return filter{words: make([]uint64, max(1, 1<<(k-shift)/64)), shift: shift}
}

func (f *filter) has(info uint32) bool {
	v := info >> f.shift
	return f.words[v>>6]>>(v&63)&1 != 0
}

// setShared sets a bit while other threads do the same.
func (f *filter) setShared(info uint32) {
	v := info >> f.shift
	atomic.OrUint64(&f.words[v>>6], 1<<(v&63))
}

// aim computes, for every x with a wanted high half and every match key, the match info that its partners have.
func (s *solve) aim(ctx context.Context) error {
	p := &s.params
	k := uint(p.K)
	span := uint32(1) << (k / 2)
	keys := uint32(1) << p.KeyBits(1)
	sectionShift, bits := k-p.SectionBits(), p.TargetBits(1)
	s.bits = newFilter(k)
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
					s.bits.setShared(info)
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
	s.index = first.first
	at := append([]uint32(nil), first.first...)
	s.targets = make([]target, len(all))
	for _, t := range all {
		place := &at[t.info>>first.shift]
		s.targets[*place] = t
		*place++
	}
}

// scan hashes all x and keeps those whose match info is wanted.
func (s *solve) scan(ctx context.Context) error {
	k := uint(s.params.K)
	const span = 1 << 14
	s.partner = make([][]target, s.threads)
	return parallel.Run(ctx, s.threads, 1<<k/span, func(thread, task int) error {
		var states [batch]proof.State
		out := s.partner[thread]
		for x := uint32(task) * span; ; {
			for i := range states {
				states[i] = proof.State{x + uint32(i)}
			}
			s.plot.Hash(states[:], 16)
			for i := range states {
				if info := states[i][0] & mask(k); s.bits.has(info) {
					out = append(out, target{info, x + uint32(i)})
				}
			}
			if x += batch; x%span == 0 {
				break
			}
		}
		s.partner[thread] = out
		return nil
	})
}

// pairUp joins targets with their partners to entries of table 1 and sorts those to the halves that they belong to.
func (s *solve) pairUp(ctx context.Context) error {
	k := uint(s.params.K)
	shift := index{first: s.index, shift: k}
	for n := len(s.index) - 1; n > 1; n >>= 1 {
		shift.shift--
	}
	lists := make([][][]entry, s.threads)
	var mu sync.Mutex
	err := parallel.Run(ctx, s.threads, len(s.partner), func(_, list int) error {
		groups := make([][]entry, len(s.halves))
		var states [batch]proof.State
		var left, right [batch]uint32
		n := 0
		flush := func() {
			s.plot.Hash(states[:n], s.params.Rounds(1))
			filter := uint32(1)<<s.params.KeyBits(1) - 1
			for i := range n {
				if states[i][3]&filter == 0 {
					place := s.places[left[i]>>(k/2)]
					groups[place] = append(groups[place], entry{
						info: states[i][0] & mask(k), meta: uint64(left[i])<<k | uint64(right[i]), x: [4]uint32{left[i], right[i]},
					})
				}
			}
			n = 0
		}
		for _, r := range s.partner[list] {
			lead := r.info >> shift.shift
			for _, l := range s.targets[s.index[lead]:s.index[lead+1]] {
				if l.info != r.info {
					continue
				}
				if n == batch {
					flush()
				}
				states[n] = proof.PairState(uint64(l.x), uint64(r.x))
				left[n], right[n] = l.x, r.x
				n++
			}
		}
		flush()
		mu.Lock()
		defer mu.Unlock()
		lists[list] = groups
		return nil
	})
	s.pairs = make([][]entry, len(s.halves))
	for _, groups := range lists {
		for place, list := range groups {
			s.pairs[place] = append(s.pairs[place], list...)
		}
	}
	return err
}

func mask(bits uint) uint32 { return uint32(1<<bits - 1) }
