package types_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/types"
)

func TestCreditBounds(t *testing.T) {
	d := types.NewDeviceWork(devicetypes.WORK_CLASS_GPU, make([]byte, 20))
	for e := uint64(types.MaxUnsettledEpochs); e >= 1; e-- {
		require.NoError(t, d.Credit(e, 10))
	}
	require.NoError(t, d.Validate(), "ascending whatever the order of credits")
	require.ErrorIs(t, d.Credit(99, 1), types.ErrTooManyUnsettled)
	require.NoError(t, d.Credit(3, 5))
	require.EqualValues(t, 15, d.Units[2].Units)
	before := d.TotalUnits
	require.ErrorIs(t, d.Credit(3, 1<<64-15), types.ErrUnits)
	require.NoError(t, d.Credit(3, 1<<64-16))
	require.EqualValues(t, uint64(1<<64-1), d.Units[2].Units)
	require.Equal(t, before.Add(math.NewIntFromUint64(1<<64-16)).String(), d.TotalUnits.String())
}

func TestCommitments(t *testing.T) {
	d := types.NewDeviceWork(devicetypes.WORK_CLASS_GPU, make([]byte, 20))
	for _, w := range []uint64{9, 3, 7, 5} {
		d.SetCommitment(types.PendingCommitment{Window: w, Rounds: w, Root: make([]byte, 32), DeadlineHeight: int64(w) + 10})
	}
	d.SetCommitment(types.PendingCommitment{Window: 7, Rounds: 70, Root: make([]byte, 32), DeadlineHeight: 17, Opened: true})
	require.NoError(t, d.Validate())
	got, found := d.Commitment(7)
	require.True(t, found)
	require.EqualValues(t, 70, got.Rounds)
	_, found = d.Commitment(4)
	require.False(t, found)
	require.Zero(t, d.Expire(13), "the deadline itself is in time")
	require.EqualValues(t, 2, d.Expire(16), "3 and 5 are over")
	require.EqualValues(t, 0, d.Expire(18), "7 was opened")
	require.EqualValues(t, 1, d.Expire(20))
	require.Empty(t, d.Pending)
}

// TestShares: the shares of any split of the units never exceed the pool, and fall short by less than one ujoule each.
func TestShares(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2_000 {
		tally := types.NewTally(devicetypes.WORK_CLASS_GPU, 1)
		devices := make([]uint64, 1+rng.IntN(50))
		for i := range devices {
			devices[i] = rng.Uint64() >> rng.IntN(64)
			tally.Units = tally.Units.Add(math.NewIntFromUint64(devices[i]))
		}
		tally.Frozen, tally.Pool = true, math.NewIntFromUint64(rng.Uint64()>>rng.IntN(64))
		sum := math.ZeroInt()
		for _, units := range devices {
			share := tally.Share(units)
			require.False(t, share.IsNegative())
			sum = sum.Add(share)
		}
		require.False(t, sum.GT(tally.Pool))
		if tally.Units.IsPositive() {
			require.True(t, tally.Pool.Sub(sum).LT(math.NewInt(int64(len(devices)))))
		}
	}
	require.True(t, types.NewTally(devicetypes.WORK_CLASS_GPU, 1).Share(5).IsZero(), "no units, no share")
}

// TestSharesOfHugeTallies: units beyond 64 bits and the whole supply as a pool do not overflow.
func TestSharesOfHugeTallies(t *testing.T) {
	tally := types.NewTally(devicetypes.WORK_CLASS_GPU, 1)
	tally.Units = math.NewIntFromUint64(1<<64 - 1).MulRaw(1_000_000)
	tally.Pool = math.NewInt(1_000_000_000_000_000)
	require.Equal(t, "1000000000", tally.Share(1<<64-1).String())
}

// TestSplitting: k identities never get more than one with the sum of their units.
func TestSplitting(t *testing.T) {
	tally := types.NewTally(devicetypes.WORK_CLASS_GPU, 1)
	tally.Units, tally.Pool = math.NewInt(1_000_000), math.NewInt(777_777_777)
	for _, parts := range [][]uint64{{500, 500}, {1, 999}, {100, 100, 100, 700}, {333, 333, 334}} {
		sum, whole := math.ZeroInt(), uint64(0)
		for _, u := range parts {
			sum, whole = sum.Add(tally.Share(u)), whole+u
		}
		require.False(t, sum.GT(tally.Share(whole)))
	}
}
