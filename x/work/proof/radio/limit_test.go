package radio

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLateAgreesWithJudge: a beacon with one receipt fewer and that one late comes to what it would have come to with
// all at once.
func TestLateAgreesWithJudge(t *testing.T) {
	s := newScene(t, edKeys(6)...)
	s.witnesses[4].Owner = s.witnesses[1].Owner
	s.witnesses[5].EdgePaid = s.params.EdgeLimit
	all := s.judge(t)
	candidates := make([]Candidate, 6)
	for i := range candidates {
		v, err := JudgeLate(s.params, s.evidence.Receipts[i], s.beacon, ReasonPaid, s.facts, s.witnesses[i])
		require.NoError(t, err)
		require.Equal(t, all.Witnesses[i].Judged, v.Reason)
		candidates[i] = s.witnesses[i].candidate(v.Reason)
	}
	l, err := Limit(s.params, s.facts.DrawSeed, s.beacon.PayloadHash(), s.facts.Owner, all.Scale, candidates)
	require.NoError(t, err)
	require.Equal(t, all.reasons(), l.Reasons)
	require.Equal(t, all.Units, l.Units)
	v, err := JudgeLate(s.params, s.evidence.Receipts[0], s.beacon, ReasonDenied, s.facts, s.witnesses[0])
	require.NoError(t, err)
	require.Equal(t, ReasonBeacon, v.Reason)
	_, err = JudgeLate(s.params, s.evidence.Receipts[0], s.beacon, ReasonPaid, s.facts, s.witnesses[1])
	require.ErrorIs(t, err, ErrFacts)
}

// TestRange: the cells of a finer resolution in a cell are just those between the two numbers.
func TestRange(t *testing.T) {
	parent := cell(t, "85283473fffffff")
	first, last, err := parent.Range(7)
	require.NoError(t, err)
	level := []Cell{parent}
	for range 2 {
		var next []Cell
		for _, c := range level {
			children, err := c.Children()
			require.NoError(t, err)
			next = append(next, children...)
		}
		level = next
	}
	for _, c := range level {
		require.True(t, first <= c && c <= last)
	}
	require.Equal(t, first, level[0])
	require.Equal(t, last, level[len(level)-1])
	same, _, err := parent.Range(5)
	require.NoError(t, err)
	require.Equal(t, parent, same)
	_, _, err = parent.Range(4)
	require.ErrorIs(t, err, ErrCell)
}
