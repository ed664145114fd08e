package radio

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func count(reasons []Reason, r Reason) (n int) {
	for _, have := range reasons {
		if have == r {
			n++
		}
	}
	return n
}

func TestOneWitnessAnOwnerAndCell(t *testing.T) {
	s := newScene(t, edKeys(6)...)
	for i := range 3 {
		s.witnesses[i].Owner = "one owner"
	}
	s.witnesses[4].Cell = s.witnesses[3].Cell // the very cell
	sibling, err := s.witnesses[3].Cell.Parent(8)
	require.NoError(t, err)
	children, err := sibling.Children()
	require.NoError(t, err)
	s.witnesses[5].Cell = children[5] // another res-9 cell of the same res-8 cell
	j := s.judge(t)
	require.Equal(t, 2, count(j.reasons()[:3], ReasonOwner), "%v", j.reasons())
	require.Equal(t, 2, count(j.reasons()[3:], ReasonCell), "%v", j.reasons())
	require.EqualValues(t, 2, j.Paid)
}

// TestCapsAreDrawn: which of an owner's radios is paid follows from the seed, about evenly, and not from the place on
// the wire.
func TestCapsAreDrawn(t *testing.T) {
	s := newScene(t, edKeys(2)...)
	s.witnesses[0].Owner = s.witnesses[1].Owner
	v, err := s.verify()
	require.NoError(t, err)
	first := 0
	for seed := range byte(200) {
		s.facts.DrawSeed = Mix{seed}
		j, err := Judge(s.params, s.evidence.Receipts, v, s.facts, s.witnesses)
		require.NoError(t, err)
		require.Equal(t, 1, count(j.reasons(), ReasonOwner))
		if j.Witnesses[0].Reason == ReasonPaid {
			first++
		}
	}
	require.InDelta(t, 100, first, 35, "five standard deviations")
}

// TestSpentEdgeDoesNotUseUpItsOwner: a witness that the week's limit stops leaves its owner's and its cell's place to
// the next.
func TestSpentEdgeDoesNotUseUpItsOwner(t *testing.T) {
	for seed := range byte(20) {
		s := newScene(t, edKeys(2)...)
		s.witnesses[0].Owner, s.witnesses[0].Cell = s.witnesses[1].Owner, s.witnesses[1].Cell
		s.witnesses[0].EdgePaid, s.facts.DrawSeed = s.params.EdgeLimit, Mix{seed}
		j := s.judge(t)
		require.Equal(t, ReasonPaid, j.Witnesses[1].Reason)
		require.NotEqual(t, ReasonPaid, j.Witnesses[0].Reason)
	}
}

func TestDensityScalesBeaconAndWitnesses(t *testing.T) {
	s := newScene(t, edKeys(4)...)
	s.facts.Crowds[6].Unclipped = 3
	j := s.judge(t)
	require.EqualValues(t, (1<<ScaleBits)/3, j.Scale)
	require.EqualValues(t, 333_333, j.Units)
	require.EqualValues(t, 333_333, j.Witnesses[0].Units)
}

func TestFactsThatDoNotFit(t *testing.T) {
	for name, change := range map[string]func(*scene){
		"missing witness":  func(s *scene) { s.witnesses = s.witnesses[:1] },
		"swapped":          func(s *scene) { s.witnesses[0], s.witnesses[1] = s.witnesses[1], s.witnesses[0] },
		"crowds":           func(s *scene) { s.facts.Crowds = nil },
		"params":           func(s *scene) { s.params.MinDistance = 0 },
		"position":         func(s *scene) { s.witnesses[1].Position.LatitudeE7 = 900_000_000 },
		"beaconer at pole": func(s *scene) { s.facts.Position.LatitudeE7 = -900_000_000 },
		"cell":             func(s *scene) { s.witnesses[1].Cell = 0 },
		"coarse cell":      func(s *scene) { s.witnesses[1].Cell = cell(t, "85283473fffffff") },
		"gain":             func(s *scene) { s.witnesses[1].Gain = MaxGain + 1 },
		"negative gain":    func(s *scene) { s.facts.Gain = MinGain - 1 },
	} {
		s := newScene(t, edKeys(2)...)
		v, err := s.verify()
		require.NoError(t, err)
		change(s)
		_, err = Judge(s.params, s.evidence.Receipts, v, s.facts, s.witnesses)
		require.Error(t, err, name)
		if name != "params" {
			require.ErrorIs(t, err, ErrFacts, name)
		}
	}
}

func TestDraw(t *testing.T) {
	ids := make([]DeviceID, 40)
	for i := range ids {
		ids[i] = newSigner(t, fmt.Sprint(i), KeyEd25519).id
	}
	hash := Beacon{}.PayloadHash()
	drawn, err := Draw(Mix{1}, hash, ids, MaxWitnesses)
	require.NoError(t, err)
	require.Len(t, drawn, MaxWitnesses)
	other, err := Draw(Mix{2}, hash, ids, MaxWitnesses)
	require.NoError(t, err)
	require.NotEqual(t, drawn, other)

	// The set does not depend on the order of arrival.
	reversed := make([]DeviceID, len(ids))
	for i, id := range ids {
		reversed[len(ids)-1-i] = id
	}
	again, err := Draw(Mix{1}, hash, reversed, MaxWitnesses)
	require.NoError(t, err)
	for i := range drawn {
		require.Equal(t, ids[drawn[i]], reversed[again[i]])
	}

	hits := make([]int, len(ids))
	for seed := range 2000 {
		drawn, err := Draw(Mix{byte(seed), byte(seed >> 8)}, hash, ids, 10)
		require.NoError(t, err)
		for _, i := range drawn {
			hits[i]++
		}
	}
	for i := range hits {
		require.InDelta(t, 500, hits[i], 100, "five standard deviations")
	}

	for n, want := range map[int]int{-1: 0, 0: 0, 40: 40, 100: 40} {
		drawn, err := Draw(Mix{}, hash, ids, n)
		require.NoError(t, err)
		require.Len(t, drawn, want)
	}
	_, err = Draw(Mix{}, hash, make([]DeviceID, MaxCandidates+1), 1)
	require.ErrorIs(t, err, ErrFacts)
}
