package radio

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDensityLimit(t *testing.T) {
	byResolution := map[int]DensityLevel{}
	for _, l := range HIP104() {
		byResolution[l.Resolution] = l
	}
	for _, c := range []struct {
		resolution int
		occupied   uint32
		limit      uint32
	}{
		{4, 0, 500},
		{4, 1, 500},
		{4, 2, 500},
		{4, 3, 1000},
		{4, 7, 1000},
		{5, 3, 100},
		{5, 4, 100},
		{5, 5, 200},
		{5, 7, 200},
		{6, 4, 25},
		{6, 5, 50},
		{7, 4, 5},
		{7, 5, 10},
		{7, 6, 10},
		{8, 0, 1},
		{8, 7, 1},
		{9, 7, 1},
		{10, math.MaxUint32, 1},
	} {
		require.Equal(t, c.limit, byResolution[c.resolution].Limit(c.occupied), "%+v", c)
	}
}

func TestDensityScale(t *testing.T) {
	table := HIP104()
	crowds := make([]Crowd, len(table))
	full, err := Scale(table, crowds)
	require.NoError(t, err)
	require.EqualValues(t, 1<<ScaleBits, full, "alone everywhere")

	crowds[6].Unclipped = 4 // four radios in one res-10 cell, which has room for one
	quarter, err := Scale(table, crowds)
	require.NoError(t, err)
	require.EqualValues(t, 1<<28, quarter)

	crowds[3] = Crowd{Unclipped: 15, Occupied: 5} // and fifteen in a res-7 cell with room for ten
	both, err := Scale(table, crowds)
	require.NoError(t, err)
	require.EqualValues(t, (1<<28)*10/15, both)

	for i := range crowds {
		crowds[i] = Crowd{Unclipped: math.MaxUint32}
	}
	crushed, err := Scale(table, crowds)
	require.NoError(t, err)
	require.Zero(t, crushed)
	_, err = Scale(table, crowds[1:])
	require.ErrorIs(t, err, ErrParams)

	require.EqualValues(t, 250_000, ScaleUnits(RewardUnit, quarter))
	require.EqualValues(t, uint64(math.MaxUint64), ScaleUnits(math.MaxUint64, math.MaxUint64))
}

// TestCrowdingPaysNoMore: the sum that a cell's radios get never exceeds what the cell has room for.
func TestCrowdingPaysNoMore(t *testing.T) {
	for _, l := range HIP104() {
		for radios := uint32(1); radios < 3000; radios += 7 {
			scale, err := Scale([]DensityLevel{l}, []Crowd{{Unclipped: radios}})
			require.NoError(t, err)
			require.LessOrEqual(t, uint64(radios)*scale, uint64(l.Limit(0))<<ScaleBits)
		}
	}
}

func TestDensityTableValidate(t *testing.T) {
	require.NoError(t, ValidateDensity(nil))
	require.NoError(t, ValidateDensity(HIP104()))
	for name, bad := range map[string][]DensityLevel{
		"resolution": {{16, 1, 1, 1}},
		"negative":   {{-1, 1, 1, 1}},
		"order":      {{5, 1, 1, 1}, {5, 1, 1, 1}},
		"neighbours": {{5, 0, 1, 1}},
		"many":       {{5, 8, 1, 1}},
		"max":        {{5, 1, 1, 0}},
		"large":      {{5, 1, 1, MaxDensityLimit + 1}},
		"target":     {{5, 1, 2, 1}},
		"no target":  {{5, 1, 0, 1}},
	} {
		require.ErrorIs(t, ValidateDensity(bad), ErrParams, name)
	}
}
