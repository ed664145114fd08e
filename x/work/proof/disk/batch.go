package disk

// What a plotter, a scan and a solver need to hash many inputs in one call of Plot.Hash.

// Rounds is the number of double AES rounds of one hash in table 1, 2 or 3.
func (p Params) Rounds(table int) int { return p.rounds(table) }

// TargetState is the input of Target; result word 0, cut to TargetBits, is the target.
func TargetState(table int, key uint32, meta uint64) State { return targetInput(table, key, meta) }

// PairState is the input of Pair. In the result, word 0 mod 2^k is the info, words 1 and 2 mod 2^2k are the meta of
// tables 2 and 3, and the pair passes where the low KeyBits of word 3 are 0.
func PairState(left, right uint64) State { return pairInput(left, right) }

// Step is a way to extend a chain by one fragment.
type Step struct {
	// Place is the fragment's place in the list that was offered.
	Place int
	// Hash is the chain's new hash.
	Hash uint64
}

// Extend is Link for many fragments: it appends to steps those that pass the filter of the link, in their order.
// scratch is at least as long as fragments.
func (p *Plot) Extend(steps []Step, c *Challenge, link int, previous uint64, fragments []uint64, scratch []State) []Step {
	blind := previous ^ c.keys[link]
	states := scratch[:len(fragments)]
	for i, f := range fragments {
		in := blind ^ f
		states[i] = State{uint32(in), uint32(in >> 32)}
	}
	p.Hash(states, hashRounds)
	for i := range states {
		hash := uint64(states[i][0]) | uint64(states[i][1])<<32
		if passes(link, hash) {
			steps = append(steps, Step{Place: i, Hash: hash})
		}
	}
	return steps
}
