package disk

import "fmt"

// Verify checks a packed proof that a plot answers a challenge, and returns the
// chain's quality. The cheap checks come first: a proof made up for somebody else's plot fails
// before a table is recomputed. It allocates nothing where the proof is valid. The error
// wraps ErrParams, ErrLength, ErrSet, ErrChain, ErrMatch or ErrPair.
func Verify(id PlotID, params Params, challenge [32]byte, proof []byte) (Quality, error) {
	return verify(id, Selector(id), params, &challenge, proof)
}

// VerifyShared is Verify where a selector chooses the sets for all plots of a device.
func VerifyShared(selector Selector, id PlotID, params Params, challenge [32]byte, proof []byte) (Quality, error) {
	return verify(id, selector, params, &challenge, proof)
}

func verify(id PlotID, selector Selector, params Params, challenge *[32]byte, proof []byte) (Quality, error) {
	p, err := NewPlot(id, params)
	if err != nil {
		return Quality{}, err
	}
	var x [Values]uint32
	if err := unpackInto(&x, params, proof); err != nil {
		return Quality{}, err
	}
	var fragments [Links]uint64
	for i := range fragments {
		fragments[i] = p.Fragment((*[8]uint32)(x[8*i:]))
	}
	c := p.SharedChallenge(&selector, challenge)
	if err := p.checkChain(&c, &fragments); err != nil {
		return Quality{}, err
	}
	if err := p.checkTables(&x); err != nil {
		return Quality{}, err
	}
	return p.quality(challenge, &fragments), nil
}

// checkTables recomputes the three tables over a proof's 16 groups of x-values, level by level,
// so that the hashes of one level run side by side.
func (p *Plot) checkTables(x *[Values]uint32) error {
	var (
		states [Values]State
		info   [Values]uint32
		meta   [Values]uint64
	)
	for i, v := range x {
		states[i] = State{v}
		meta[i] = uint64(v)
	}
	p.Hash(states[:], hashRounds)
	for i := range states {
		info[i] = states[i][0] & uint32(p.maskK)
	}
	for table := 1; table <= 3; table++ {
		n := Values >> table
		if err := p.checkMatches(table, states[:n], info[:2*n], meta[:2*n]); err != nil {
			return err
		}
		for i := range n {
			states[i] = pairInput(meta[2*i], meta[2*i+1])
		}
		p.Hash(states[:n], p.params.rounds(table))
		for i := range n {
			var ok bool
			if info[i], meta[i], ok = p.paired(table, &states[i], meta[2*i], meta[2*i+1]); !ok {
				return fmt.Errorf("%w: table %d, pair %d", ErrPair, table, i)
			}
		}
	}
	return nil
}

// checkMatches checks that entries 2i and 2i+1 match; states is scratch space of half their number.
func (p *Plot) checkMatches(table int, states []State, info []uint32, meta []uint64) error {
	sectionShift := uint(p.params.K) - p.params.SectionBits()
	targetBits, keyMask := p.params.TargetBits(table), uint32(1)<<p.params.KeyBits(table)-1
	for i := range states {
		left, right := info[2*i], info[2*i+1]
		if p.params.MatchingSection(left>>sectionShift) != right>>sectionShift {
			return fmt.Errorf("%w: table %d, pair %d: sections", ErrMatch, table, i)
		}
		states[i] = targetInput(table, right>>targetBits&keyMask, meta[2*i])
	}
	p.Hash(states, p.params.rounds(table))
	for i := range states {
		if (states[i][0]^info[2*i+1])&(1<<targetBits-1) != 0 {
			return fmt.Errorf("%w: table %d, pair %d: target", ErrMatch, table, i)
		}
	}
	return nil
}
