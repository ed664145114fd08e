// Package solver finds the x-values behind fragments: the inverse of plotting for a few entries.
//
// A fragment holds the high halves of every second x-value. The 2^(k/2) values that share such a half are all tried on
// the left of table 1; their partners on the right can be any x, so all 2^k of them are hashed once and looked up. What
// pairs is joined again in tables 2 and 3, where few are left.
package solver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/joulechain/joule/sidecar/disk/internal/parallel"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// ErrUnsolved says that some fragment has no x-values behind it.
var ErrUnsolved = errors.New("no x-values lead to these fragments")

// perFragment is the number of high halves in a fragment.
const perFragment = 4

// Solve returns eight x-values for every fragment. It uses so many threads and about MemoryBytes. The error wraps
// ErrUnsolved or the context's cause.
func Solve(ctx context.Context, plot *proof.Plot, fragments []uint64, threads int) ([][8]uint32, error) {
	s := newSolve(plot, threads)
	for _, f := range fragments {
		s.want(f)
	}
	if err := s.aim(ctx); err != nil {
		return nil, err
	}
	if err := s.scan(ctx); err != nil {
		return nil, err
	}
	if err := s.pairUp(ctx); err != nil {
		return nil, err
	}
	if err := parallel.Run(ctx, threads, len(s.pairs), func(_, i int) error {
		sortEntries(s.pairs[i])
		return nil
	}); err != nil {
		return nil, err
	}
	out := make([][8]uint32, len(fragments))
	err := parallel.Run(ctx, threads, len(fragments), func(_, i int) error {
		x, ok := s.join(fragments[i], s.groups[perFragment*i:perFragment*(i+1)])
		if !ok {
			return fmt.Errorf("%w: %x", ErrUnsolved, fragments[i])
		}
		out[i] = x
		return nil
	})
	return out, err
}

// MemoryBytes is about what Solve takes for the fragments of one chain.
func MemoryBytes(params proof.Params) uint64 {
	targets := uint64(proof.Links*perFragment) << (params.K / 2) << params.KeyBits(1)
	return 48*targets + 1<<min(params.K, fineBits)/8
}

// Hashes is about how many hashes of sixteen rounds Solve computes for one chain.
func Hashes(params proof.Params) uint64 {
	perHalf := uint64(1) << (params.K / 2)
	one := uint64(params.Rounds(1)/16)<<params.KeyBits(1)*2 + 1<<params.KeyBits(2)
	return 1<<params.K + proof.Links*perFragment*perHalf*one
}

// solve is the work on one list of fragments.
type solve struct {
	plot    *proof.Plot
	params  proof.Params
	threads int
	// halves are the distinct high halves; groups maps every wanted half, four a fragment, to its place there.
	halves []uint32
	places map[uint32]int
	groups []int

	coarse, fine filter
	targets      []target // sorted by the leading bits of info
	index        index
	partners     [][][]target // [thread][part]
	pairs        [][]entry    // of table 1, by place of their left value's high half
}

// target is a match info that a partner in table 0 must have, or an x that has one, and whom it would pair with.
type target struct {
	info uint32
	x    uint32
}

// entry is an entry of table 1 or 2.
type entry struct {
	info uint32
	meta uint64
	x    [4]uint32
}

func newSolve(plot *proof.Plot, threads int) *solve {
	return &solve{plot: plot, params: plot.Params(), threads: max(1, threads), places: map[uint32]int{}}
}

// want notes a fragment's halves.
func (s *solve) want(fragment uint64) {
	half := uint(s.params.K) / 2
	v := s.plot.Decode(fragment)
	for i := range uint(perFragment) {
		h := uint32(v >> (half * (perFragment - 1 - i)) & (1<<half - 1))
		place, ok := s.places[h]
		if !ok {
			place = len(s.halves)
			s.places[h] = place
			s.halves = append(s.halves, h)
		}
		s.groups = append(s.groups, place)
	}
}

// join searches tables 2 and 3 over the entries of table 1 of a fragment's four halves.
func (s *solve) join(fragment uint64, groups []int) (x [8]uint32, ok bool) {
	var side [2][]entry
	for i := range side {
		side[i] = s.match(2, s.pairs[groups[2*i]], s.pairs[groups[2*i+1]])
	}
	sortEntries(side[1])
	found := false
	s.each(3, side[0], side[1], func(left, right *entry, _ uint32, _ uint64) {
		candidate := [8]uint32(slices.Concat(left.x[:], right.x[:]))
		if !found && s.plot.Fragment(&candidate) == fragment {
			x, found = candidate, true
		}
	})
	return x, found
}

// match returns the entries of table 2 from those of table 1.
func (s *solve) match(table int, left, right []entry) (out []entry) {
	s.each(table, left, right, func(l, r *entry, info uint32, meta uint64) {
		out = append(out, entry{info: info, meta: meta, x: [4]uint32{l.x[0], l.x[1], r.x[0], r.x[1]}})
	})
	return out
}

// each calls do for every pair of a table with one entry from each list; right is sorted by info.
func (s *solve) each(table int, left, right []entry, do func(l, r *entry, info uint32, meta uint64)) {
	p := &s.params
	sectionShift, target := uint(p.K)-p.SectionBits(), p.TargetBits(table)
	keys := uint32(1) << p.KeyBits(table)
	// The leading bits of info find an entry with few steps.
	first := makeIndex(len(right), uint(p.K), func(i int) uint32 { return right[i].info })
	states := make([]proof.State, 0, 256)
	for begin := 0; begin < len(left); begin += cap(states) / int(min(keys, 16)) {
		part := left[begin:min(len(left), begin+cap(states)/int(min(keys, 16)))]
		for key := uint32(0); key < keys; key += 16 {
			n := min(16, keys-key)
			states = states[:0]
			for i := range part {
				for j := range n {
					states = append(states, proof.TargetState(table, key+j, part[i].meta))
				}
			}
			s.plot.Hash(states, p.Rounds(table))
			for i := range states {
				l := &part[i/int(n)]
				section := p.MatchingSection(l.info >> sectionShift)
				want := section<<sectionShift | (key+uint32(i)%n)<<target | states[i][0]&(1<<target-1)
				for at := first.find(want); at < len(right) && right[at].info <= want; at++ {
					if right[at].info != want {
						continue
					}
					if info, meta, ok := s.plot.Pair(table, l.meta, right[at].meta); ok {
						do(l, &right[at], info, meta)
					}
				}
			}
		}
	}
}

func sortEntries(list []entry) {
	slices.SortFunc(list, func(a, b entry) int { return cmp.Compare(a.info, b.info) })
}

// index finds the first of sorted infos with the leading bits of another one.
type index struct {
	first []uint32
	shift uint
}

func makeIndex(n int, k uint, info func(int) uint32) index {
	bits := uint(1)
	for bits < k && 1<<bits < n {
		bits++
	}
	x := index{first: make([]uint32, 1<<bits+1), shift: k - bits}
	for i := range n {
		x.first[info(i)>>x.shift+1]++
	}
	for i := range x.first[1:] {
		x.first[i+1] += x.first[i]
	}
	return x
}

func (x *index) find(info uint32) int { return int(x.first[info>>x.shift]) }
