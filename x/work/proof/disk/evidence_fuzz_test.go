package disk

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzParseEvidence: no input panics, what parses encodes to the same bytes, and the cost has a bound.
func FuzzParseEvidence(f *testing.F) {
	fixture := newEvidenceFixture(f)
	f.Add(raw(shareParams, fixture.within...))
	f.Add(raw(shareParams))
	f.Add([]byte{1, 30, 8})
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := ParseEvidence(payload)
		params, n, shapeErr := EvidenceShape(payload)
		require.Equal(t, err == nil, shapeErr == nil)
		if err != nil {
			return
		}
		require.Equal(t, params, e.Params)
		require.Len(t, e.Shares, n)
		require.LessOrEqual(t, EvidenceCost(params, n), uint64(EvidenceCostLimit))
		require.Equal(t, payload, raw(e.Params, e.Shares...))
	})
}

// FuzzVerifyEvidence: no input panics, and what verifies is made of the known shares, in their order.
func FuzzVerifyEvidence(f *testing.F) {
	fixture := newEvidenceFixture(f)
	f.Add(raw(shareParams, fixture.within...), uint32(claimPlots), uint32(claimLambda))
	f.Add(raw(shareParams, fixture.within[1], fixture.within[0]), uint32(claimPlots), uint32(claimLambda))
	f.Add(raw(shareParams, fixture.above...), uint32(1), uint32(16))
	f.Add(raw(shareParams, fixture.foreign), uint32(0), uint32(0))
	known := append(append([]Share{fixture.beyond}, fixture.within...), fixture.above...)
	f.Fuzz(func(t *testing.T, payload []byte, plots, lambda uint32) {
		params := fixture.params()
		params.Plots, params.Lambda, params.MaxProofs = plots, lambda, MaxEvidenceProofs
		n, err := VerifyEvidence(params, payload)
		if err != nil {
			require.Zero(t, n)
			return
		}
		e, err := ParseEvidence(payload)
		require.NoError(t, err)
		require.Len(t, e.Shares, n)
		for _, s := range e.Shares {
			require.Less(t, s.Index, plots)
			found := false
			for _, k := range known {
				found = found || k.Index == s.Index && bytes.Equal(k.Proof, s.Proof)
			}
			require.True(t, found, "a forged share verifies")
		}
	})
}
