// Package chains finds the chains of fragments that answer a challenge.
package chains

import (
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// Finder is the memory of one search; it serves one goroutine at a time and any number of searches.
type Finder struct {
	states []proof.State
	steps  [proof.Links][]proof.Step
	chain  [proof.Links]uint64
}

// Find calls found for every chain through the four sets, in no particular order. The fragments of set i are sets[i];
// the argument of found is reused.
func (f *Finder) Find(p *proof.Plot, c *proof.Challenge, sets *[proof.Sets][]uint64, found func(*[proof.Links]uint64)) {
	for _, set := range sets {
		if len(set) > len(f.states) {
			f.states = make([]proof.State, len(set)+64)
		}
	}
	for start := range proof.Sets {
		f.walk(p, c, sets, start, 0, 0, found)
	}
}

// walk extends the chain by every fragment of the next set that passes. On average one does, so the search stays
// narrow.
func (f *Finder) walk(p *proof.Plot, c *proof.Challenge, sets *[proof.Sets][]uint64, start, link int, hash uint64, found func(*[proof.Links]uint64)) {
	set := sets[(start+link)%proof.Sets]
	f.steps[link] = p.Extend(f.steps[link][:0], c, link, hash, set, f.states)
	for _, step := range f.steps[link] {
		f.chain[link] = set[step.Place]
		if link == proof.Links-1 {
			found(&f.chain)
		} else {
			f.walk(p, c, sets, start, link+1, step.Hash, found)
		}
	}
}
