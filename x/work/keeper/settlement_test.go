package keeper_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

func classPool(amount int64) []types.ClassPool {
	return []types.ClassPool{{Class: gpuClass, Pool: math.NewInt(amount)}}
}

// TestSettlement: nothing before the freezing, floor(units · pool / total) after it, nothing more after the closing.
func TestSettlement(t *testing.T) {
	c := newChain(t, opensAt(5))
	a, b, late := c.device(1), c.device(2), c.device(3)
	c.earn(5, 2, a, b)
	c.reach(19)
	require.Zero(t, c.claim(a))
	require.Equal(t, []types.EpochUnits{{Epoch: 1, Units: 512}}, c.record(a).Units)

	// Epoch 1 is frozen in the last block of epoch 3 (settlement_delay_epochs 2).
	c.reach(3 * epochBlocks)
	require.Zero(t, c.claim(a))
	c.next()
	claimable, settled, err := c.k.Claimable(c.ctx, a.ID())
	require.NoError(t, err)
	require.Equal(t, "500001", claimable.String())
	require.Equal(t, "500001", settled.String())
	res, err := c.query.DeviceWork(c.ctx, &types.QueryDeviceWorkRequest{DeviceId: a.Text()})
	require.NoError(t, err)
	require.Equal(t, "500001", res.Claimable.String())
	require.EqualValues(t, 500_001, c.claim(a))
	require.Zero(t, c.claim(a), "only once")
	require.Empty(t, c.record(a).Units)
	require.Equal(t, []uint64{1, 500_001, 0}, paid(c.record(a)))
	require.Zero(t, c.claim(late))

	c.next()
	tally := c.tally(1)
	require.Equal(t, "512", tally.SettledUnits.String())
	require.Equal(t, "500001", tally.Paid.String())
	c.holds()

	// The claim window ends with epoch 3's freezing, in the last block of epoch 5.
	c.reach(5 * epochBlocks)
	claimable, _, err = c.k.Claimable(c.ctx, b.ID())
	require.NoError(t, err)
	require.Equal(t, "500001", claimable.String())
	c.next()
	require.True(t, c.tally(1).Closed)
	require.Zero(t, c.claim(b))
	require.Empty(t, c.record(b).Units, "dropped")
	require.Equal(t, []uint64{0, 0, 0}, paid(c.record(b)), "what was not paid ranks nobody")
	c.next()
	require.Equal(t, "500001", c.tally(1).Paid.String())
	c.holds()
}

// TestSettledAtTheNextTouch: evidence settles too, so that a device that never claims loses nothing to the claim
// window.
func TestSettledAtTheNextTouch(t *testing.T) {
	c := newChain(t, opensAt(5, 95))
	d := c.device(1)
	c.earn(5, 2, d)
	c.accept(d.Commit(c.open(95), 2))
	require.Equal(t, "1000003", c.record(d).Accrued.String())
	c.reachEpoch(9)
	require.EqualValues(t, 1_000_003, c.claim(d))
	c.next()
	c.holds()
}

// TestClaimOrder: what each device gets does not depend on who claims when, or how often.
func TestClaimOrder(t *testing.T) {
	rounds := []uint64{2, 3, 5, 7, 4}
	orders := [][]int{{0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 2, 0, 4, 1, 3, 0}}
	var first []int64
	for _, order := range orders {
		c := newChain(t, opensAt(5))
		var fleet []*testutil.Device
		w := c.open(5)
		for n, r := range rounds {
			fleet = append(fleet, c.device(uint64(n+1)))
			c.accept(fleet[n].Commit(w, r))
		}
		w = c.drawn(5)
		for _, d := range fleet {
			c.accept(d.Open(w))
		}
		c.reachEpoch(4)
		got := make([]int64, len(fleet))
		for i, n := range order {
			got[n] += c.claim(fleet[n])
			if i%2 == 1 {
				c.next()
			}
		}
		c.next()
		c.holds()
		if first == nil {
			first = got
			require.Equal(t, []int64{95_238, 142_857, 238_095, 333_334, 190_476}, got)
		}
		require.Equal(t, first, got)
		require.Equal(t, "3", c.tally(1).Unpaid().String(), "dust stays in the pool")
	}
}

// TestFreezing: in order, once, not before the delay, never under a live window, at most eight at a boundary.
func TestFreezing(t *testing.T) {
	c := newChain(t, opensAt(5, 29), withParams(func(p *types.Params) { p.Gpu.OpeningBlocks = 70 }))
	d := c.device(1)
	c.earn(5, 2, d)
	freezable := func(height int64) []uint64 {
		c.reach(height)
		epochs, err := c.k.FreezableEpochs(c.ctx)
		require.NoError(t, err)
		return epochs
	}
	require.Empty(t, freezable(2*epochBlocks))
	// Window 29 belongs to epoch 1 and takes openings up to height 111.
	require.Empty(t, freezable(3*epochBlocks))
	require.Empty(t, freezable(111))
	require.Equal(t, []uint64{1, 2}, freezable(112), "in epoch 4")
	freeze := func(epoch uint64, pools []types.ClassPool) error {
		return c.tx(func(ctx sdk.Context) error { return c.k.FreezeEpoch(ctx, epoch, pools) })
	}
	require.ErrorIs(t, freeze(2, nil), types.ErrAccounting)
	require.ErrorIs(t, freeze(1, classPool(-1)), types.ErrAccounting)
	require.ErrorIs(t, freeze(1, []types.ClassPool{{Class: devicetypes.WORK_CLASS_DISK, Pool: math.NewInt(1)}}), types.ErrAccounting)
	left, err := c.k.CloseTally(c.ctx, gpuClass, 1)
	require.NoError(t, err)
	require.True(t, left.IsZero(), "not frozen yet")
	require.NoError(t, freeze(1, classPool(7)))
	require.ErrorIs(t, freeze(1, classPool(7)), types.ErrAccounting)
	require.NoError(t, freeze(2, []types.ClassPool{{Class: gpuClass}}), "no pool is none")
	left, err = c.k.CloseTally(c.ctx, gpuClass, 1)
	require.NoError(t, err)
	require.Equal(t, "7", left.String())
	left, err = c.k.CloseTally(c.ctx, gpuClass, 1)
	require.NoError(t, err)
	require.True(t, left.IsZero(), "only once")

	idle := newChain(t, opensAt())
	for height := int64(1); height < 20*epochBlocks; height++ { // nobody freezes
		require.NoError(t, idle.k.EndBlock(idle.ctx))
		idle.at(height + 1)
	}
	epochs, err := idle.k.FreezableEpochs(idle.ctx)
	require.NoError(t, err)
	require.Equal(t, []uint64{1, 2, 3, 4, 5, 6, 7, 8}, epochs)
}

// TestLastOpeningBeforeFreezing: an opening at the deadline, in the block that freezes its epoch, still counts.
func TestLastOpeningBeforeFreezing(t *testing.T) {
	c := newChain(t, opensAt(30), withParams(func(p *types.Params) { p.Gpu.OpeningBlocks = 48; p.SettlementDelayEpochs = 1 }))
	d := c.device(1)
	w := c.open(30)
	require.EqualValues(t, 3*epochBlocks, w.DeadlineHeight)
	c.accept(d.Commit(w, 2))
	c.drawn(30)
	c.reach(3 * epochBlocks)
	c.accept(d.Open(c.window(30)))
	c.next()
	tally := c.tally(1)
	require.True(t, tally.Frozen)
	require.Equal(t, "512", tally.Units.String())
	require.EqualValues(t, c.pool, c.claim(d))
}

func TestUnitsAndCountersOfAnotherClass(t *testing.T) {
	c := newChain(t, opensAt(5))
	d := c.device(1)
	c.earn(5, 2, d)
	c.next()
	units, err := c.k.Units(c.ctx, devicetypes.WORK_CLASS_DISK, 1)
	require.NoError(t, err)
	require.True(t, units.IsZero())
	var tallies []types.Tally
	require.NoError(t, c.k.IterateTallies(c.ctx, func(tally types.Tally) (bool, error) {
		tallies = append(tallies, tally)
		return false, nil
	}))
	require.Len(t, tallies, 1)
	var ids [][]byte
	require.NoError(t, c.k.IterateDeviceWork(c.ctx, func(r types.DeviceWork) (bool, error) {
		ids = append(ids, r.DeviceId)
		return false, nil
	}))
	require.True(t, slices.Equal(ids[0], d.ID()))
}

func paid(d types.DeviceWork) []uint64 { return []uint64{d.PaidEpoch, d.Paid, d.PaidBefore} }

// A device ranks by what the last two frozen epochs pay it, settled or not; one epoch of work ranks nobody for ever.
func TestRecentPayLapses(t *testing.T) {
	c := newChain(t, opensAt(3))
	d, idle := c.device(1), c.device(2)
	pay := func(of *testutil.Device) uint64 {
		t.Helper()
		v, err := c.k.RecentPay(c.ctx, gpuClass, of.ID())
		require.NoError(t, err)
		return v
	}
	require.Zero(t, pay(d))
	c.earn(3, 900, d)
	c.reach(3 * epochBlocks)
	require.Zero(t, pay(d), "nothing is frozen yet")
	c.next()
	whole := pay(d)
	require.EqualValues(t, c.pool, whole, "before the device is touched")
	require.EqualValues(t, c.pool, c.claim(d))
	require.Equal(t, whole, pay(d), "settling changes nothing")
	require.Zero(t, pay(idle))
	c.reachEpoch(5)
	require.Equal(t, whole, pay(d), "epoch 1 is among the last two")
	c.reachEpoch(6)
	require.Zero(t, pay(d), "epochs 2 and 3 are the last two")
	c.claim(d)
	require.Zero(t, pay(d))
}
