package disk

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

// goldenSelector was computed by another program from SPEC.md 4.
const goldenSelector = "da6c9c3f144ba290d41dbc9abb314115a336b405d877b8e4be98012cd3ff54cc"

func TestSelectorFields(t *testing.T) {
	base := DeriveSelector("joule-1", []byte{0xaa, 0xbb})
	require.Equal(t, goldenSelector, hex.EncodeToString(base[:]))
	require.NotEqual(t, base, DeriveSelector("joule-2", []byte{0xaa, 0xbb}))
	require.NotEqual(t, base, DeriveSelector("joule-1", []byte{0xaa, 0xbc}))
	require.NotEqual(t, base, DeriveSelector("joule-1\xaa", []byte{0xbb}))
}

// TestSharedChallenge: the sets are the same for all plots, the link keys are not; the own id as selector gives
// Challenge.
func TestSharedChallenge(t *testing.T) {
	params := Params{K: 24, Strength: 2}
	selector, challenge := DeriveSelector("joule-1", []byte("device")), testChallenge(5)
	a, err := NewPlot(testID(1), params)
	require.NoError(t, err)
	b, err := NewPlot(testID(2), params)
	require.NoError(t, err)
	ca, cb := a.SharedChallenge(&selector, &challenge), b.SharedChallenge(&selector, &challenge)
	require.Equal(t, ca.SetIndex, cb.SetIndex)
	require.NotEqual(t, ca.keys, cb.keys)
	require.NotEqual(t, a.Challenge(&challenge).SetIndex, ca.SetIndex)
	for i, index := range ca.SetIndex {
		require.Equal(t, uint32(i), index%Sets)
		require.Less(t, index, uint32(1)<<(24-SetBits))
	}
	own := Selector(testID(1))
	require.Equal(t, a.Challenge(&challenge), a.SharedChallenge(&own, &challenge))
}

// TestVerifyShared makes proofs under a shared selector: they verify with it, and neither with another one nor without.
func TestVerifyShared(t *testing.T) {
	if testing.Short() || !Accelerated() {
		t.Skip("a whole plot takes a while without AES instructions or in short mode")
	}
	params, id := Params{K: 18, Strength: BaseStrength}, testID(78)
	plot := makePlot(t, id, params)
	selector := DeriveSelector("joule-test", []byte("device"))
	verified := 0
	for n := range uint64(40) {
		challenge := testChallenge(n)
		c := plot.SharedChallenge(&selector, &challenge)
		for _, proof := range plot.proveSets(challenge, c) {
			packed, err := Pack(params, &proof.x)
			require.NoError(t, err)
			quality, err := VerifyShared(selector, id, params, challenge, packed)
			require.NoError(t, err)
			require.Equal(t, proof.quality, quality)
			_, err = Verify(id, params, challenge, packed)
			require.ErrorIs(t, err, ErrSet)
			_, err = VerifyShared(DeriveSelector("joule-test", []byte("other")), id, params, challenge, packed)
			require.ErrorIs(t, err, ErrSet)
			verified++
		}
	}
	require.Greater(t, verified, 10)
}
