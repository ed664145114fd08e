package disk

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestExtendIsLink compares the batch with the single call at every link.
func TestExtendIsLink(t *testing.T) {
	p, err := NewPlot(testID(41), Params{K: 20, Strength: 3})
	require.NoError(t, err)
	challenge := testChallenge(1)
	c := p.Challenge(&challenge)
	r := generator(9)
	for link := range Links {
		var fragments [3000]uint64
		for i := range fragments {
			fragments[i] = r.Uint64() >> 24
		}
		previous := r.Uint64()
		var want []Step
		for i, f := range fragments {
			if hash, ok := p.Link(&c, link, previous, f); ok {
				want = append(want, Step{i, hash})
			}
		}
		got := p.Extend(nil, &c, link, previous, fragments[:], make([]State, len(fragments)))
		require.Equal(t, want, got, "link %d", link)
	}
}

// TestStatesAreCalls compares the exported inputs with Target and Pair.
func TestStatesAreCalls(t *testing.T) {
	r := generator(10)
	for strength := uint8(BaseStrength); strength <= MaxStrength; strength++ {
		params := Params{K: 22, Strength: strength}
		p, err := NewPlot(testID(uint64(strength)), params)
		require.NoError(t, err)
		for table := 1; table <= 3; table++ {
			left, right, key := r.Uint64()>>20, r.Uint64()>>20, r.Uint32()&(1<<params.KeyBits(table)-1)
			states := []State{TargetState(table, key, left), PairState(left, right)}
			p.Hash(states, params.Rounds(table))
			require.Equal(t, p.Target(table, key, left), states[0][0]&(1<<params.TargetBits(table)-1))
			info, _, ok := p.Pair(table, left, right)
			require.Equal(t, info, states[1][0]&(1<<22-1))
			require.Equal(t, ok, states[1][3]&(1<<params.KeyBits(table)-1) == 0)
		}
	}
}
