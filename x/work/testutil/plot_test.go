package testutil_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/work/proof/disk"
	"github.com/joulechain/joule/x/work/testutil"
)

// TestPlotIsReal: the verifier takes every chain of a plot that this package made, with the quality that it says, at
// base strength and above.
func TestPlotIsReal(t *testing.T) {
	for _, strength := range []uint8{disk.BaseStrength, 3} {
		d := testutil.NewDiskDevice("joule-test-1", 1)
		d.PlotParams.Strength = strength
		chains := 0
		for window := range uint64(40) {
			challenge := disk.DeriveChallenge(d.ChainID, window, [32]byte{1})
			for _, s := range d.Chains(window, [32]byte{1}, 1) {
				id := disk.DerivePlotID(d.ChainID, d.ID(), strength, uint64(s.Index))
				quality, err := disk.VerifyShared(disk.DeriveSelector(d.ChainID, d.ID()), id, d.PlotParams, challenge, s.Proof)
				require.NoError(t, err)
				require.Equal(t, s.Quality, quality)
				chains++
			}
		}
		// One a challenge on average: SPEC.md 4.
		require.Greater(t, chains, 10)
		require.Less(t, chains, 120)
	}
}
