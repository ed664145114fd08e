package disk

import "fmt"

const (
	starterBits = 2           // zero bits of link 0: one in Sets passes
	lastBits    = 2 * SetBits // zero bits of the last link
	// lastLimit bounds the remaining 52 bits of the last link's hash. The sizes of the
	// sets vary, which would make 1.44 chains a challenge on average; this brings it to 1. It is
	// ⌊2^52 / (E[X⁴]/64⁴)⁴⌋ for X Poisson with mean 64 (SPEC.md 4).
	lastLimit = 3127297797138110
)

// Challenge is a challenge as one plot sees it.
type Challenge struct {
	// SetIndex are the four sets: a fragment f belongs to set f >> (k+SetBits).
	SetIndex [Sets]uint32
	// keys blind the hash of each link.
	keys [Links]uint64
}

// Challenge derives the sets and link keys of a challenge.
func (p *Plot) Challenge(challenge *[32]byte) (c Challenge) {
	id := words((*[32]byte)(&p.id))
	block := words(challenge)
	for quarter := range Links / 4 {
		block = blakeBlock(&id, &block)
		if quarter == 0 {
			c.selectSets(&block, p.params.K)
		}
		for i := range 4 {
			c.keys[4*quarter+i] = uint64(block[2*i]) | uint64(block[2*i+1])<<32
		}
	}
	return c
}

// selectSets takes the set indexes from the first block.
func (c *Challenge) selectSets(block *[8]uint32, k uint8) {
	high := uint32(1)<<(uint(k)-SetBits) - Sets
	for i := range c.SetIndex {
		c.SetIndex[i] = block[i]&high | uint32(i)
	}
}

// Link extends a chain: previous is the hash of the link before, 0 for link 0.
// It returns the new hash and whether it passes the filter of that link. link is
// below Links.
func (p *Plot) Link(c *Challenge, link int, previous, fragment uint64) (uint64, bool) {
	in := previous ^ fragment ^ c.keys[link]
	s := [1]State{{uint32(in), uint32(in >> 32)}}
	p.Hash(s[:], hashRounds)
	hash := uint64(s[0][0]) | uint64(s[0][1])<<32
	return hash, passes(link, hash)
}

// passes is the filter of a link on its hash.
func passes(link int, hash uint64) bool {
	switch link {
	case 0:
		return hash&(1<<starterBits-1) == 0
	case Links - 1:
		return hash&(1<<lastBits-1) == 0 && hash>>lastBits < lastLimit
	default:
		return hash&(1<<SetBits-1) == 0
	}
}

// checkChain checks that the fragments walk the sets in turn, beginning in any of
// them, and pass the filter of every link.
func (p *Plot) checkChain(c *Challenge, fragments *[Links]uint64) error {
	shift := uint(p.params.K) + SetBits
	// The indexes differ in their low bits, which name their place.
	start := int(fragments[0]>>shift) % Sets
	for i, f := range fragments {
		if want := c.SetIndex[(start+i)%Sets]; f>>shift != uint64(want) {
			return fmt.Errorf("%w: link %d is in set %d, must be in %d", ErrSet, i, f>>shift, want)
		}
	}
	var hash uint64
	for i, f := range fragments {
		ok := false
		if hash, ok = p.Link(c, i, hash, f); !ok {
			return fmt.Errorf("%w: link %d of %d", ErrChain, i, Links)
		}
	}
	return nil
}
