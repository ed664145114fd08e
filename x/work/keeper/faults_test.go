package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// abandon commits in a window and never opens it.
func (c *chain) abandon(id uint64, d *testutil.Device) {
	c.Helper()
	c.accept(d.Claim(c.open(id), 2))
}

// TestFaultsSuspend: the limit's last unopened commitment suspends when the device commits again. That commitment is
// refused, the suspension is kept, and nothing is slashed.
func TestFaultsSuspend(t *testing.T) {
	c := newChain(t, opensAt(5, 30, 55, 80, 105))
	d := c.device(1)
	bond := c.bond(d)
	for i, id := range []uint64{5, 30, 55} {
		c.abandon(id, d)
		require.EqualValues(t, i, c.record(d).Faults, "counted when the device is touched after the deadline")
	}
	w := c.open(80)
	require.NoError(t, c.k.VerifyBatch(c.ctx, batch(d.Claim(w, 2))))
	res, err := c.submit(d.Claim(w, 2))
	require.NoError(t, err)
	require.False(t, res.Results[0].Accepted)
	require.Equal(t, types.ErrSuspended.ABCICode(), res.Results[0].Code)
	require.Contains(t, res.Results[0].Reason, "3 commitments in a row unopened; it may be resumed in 4 epochs")
	require.Equal(t, []uint64{3 + 4}, c.devices.Suspensions)
	require.Zero(t, c.record(d).Faults)
	require.Empty(t, c.record(d).Pending)
	c.skip(types.ErrDeviceNotActive, d.Claim(w, 2))
	require.Equal(t, bond, c.bond(d))

	c.devices.SetState(d.ID(), devicetypes.DEVICE_STATE_ACTIVE)
	c.earn(105, 2, d)
	require.Zero(t, c.record(d).Faults)
	c.next()
	c.holds()
}

func (c *chain) bond(d *testutil.Device) string {
	r, err := c.devices.GetDevice(c.ctx, d.ID())
	require.NoError(c, err)
	return r.Bond.String()
}

// TestAnOpeningEndsARow: faults count in a row only.
func TestAnOpeningEndsARow(t *testing.T) {
	c := newChain(t, opensAt(5, 30, 55, 80, 105, 130))
	d := c.device(1)
	c.abandon(5, d)
	c.abandon(30, d)
	c.earn(55, 2, d)
	require.Zero(t, c.record(d).Faults)
	c.abandon(80, d)
	c.abandon(105, d)
	c.abandon(130, d)
	require.EqualValues(t, 2, c.record(d).Faults)
	require.Empty(t, c.devices.Suspensions)
}

// TestOneTouchCountsAll: commitments that went unopened side by side are that many faults.
func TestOneTouchCountsAll(t *testing.T) {
	c := newChain(t, opensAt(5, 6, 7, 8, 40))
	d := c.device(1)
	c.reach(8)
	for id := uint64(5); id <= 8; id++ {
		c.accept(d.Claim(c.open(id), 2))
	}
	require.Len(t, c.record(d).Pending, 4)
	w := c.open(40)
	events := len(c.ctx.EventManager().Events())
	res, err := c.submit(d.Claim(w, 2))
	require.NoError(t, err)
	require.Equal(t, types.ErrSuspended.ABCICode(), res.Results[0].Code)
	require.Len(t, c.devices.Suspensions, 1)
	faulted := c.ctx.EventManager().Events()[events]
	require.Equal(t, "joule.work.v1.EventDeviceFaulted", faulted.Type)
	count, _ := faulted.GetAttribute("faults")
	require.Equal(t, "4", count.Value)
}

// TestACensoredOpeningCostsOneEpoch: a device whose opening never got into a block loses that window's units, keeps its
// bond, and what it proves elsewhere is paid.
func TestACensoredOpeningCostsOneEpoch(t *testing.T) {
	c := newChain(t, opensAt(5, 40))
	d, rival := c.device(1), c.device(2)
	w := c.open(5)
	c.accept(d.Commit(w, 2), rival.Commit(w, 2))
	c.accept(rival.Open(c.drawn(5)))
	c.earn(40, 2, d, rival)
	c.reachEpoch(5)
	require.EqualValues(t, 500_001, c.claim(d))
	require.EqualValues(t, 1_000_003+500_001, c.claim(rival))
	require.Empty(t, c.devices.Suspensions)
}

// TestFaultsAreNotCountedTwice: expired commitments leave the record at the first touch.
func TestFaultsAreNotCountedTwice(t *testing.T) {
	c := newChain(t, opensAt(5, 30, 31))
	d := c.device(1)
	c.abandon(5, d)
	w := c.open(30)
	c.accept(d.Commit(w, 2))
	c.accept(d.Commit(w, 3))
	c.accept(d.Commit(c.open(31), 2))
	require.EqualValues(t, 1, c.record(d).Faults)
}
