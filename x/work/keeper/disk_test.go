package keeper_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/disk"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// TestDiskWindowHeights walks one device's epoch: not open, open, proven, closed, over. Epoch 3 begins at height 61.
func TestDiskWindowHeights(t *testing.T) {
	c := newDiskChain(t)
	d := c.claimant(1, 2)
	w := c.lucky(d, 3, 2, pays(2, 1))
	e := c.proof(d, w, 2)

	c.reach(60)
	c.skip(types.ErrUnknownWindow, e) // of the next epoch
	c.reach(62)
	require.Greater(t, w.OpenHeight, int64(62), "the device is not in the first cohort")
	c.skip(types.ErrWindowNotOpen, e)
	c.reach(w.OpenHeight - 1)
	c.skip(types.ErrWindowNotOpen, e)
	reasons, err := c.k.Classify(c.ctx.WithBlockHeight(w.OpenHeight-2).WithIsCheckTx(true), batch(e))
	require.NoError(t, err)
	require.ErrorIs(t, reasons[0], types.ErrWindowNotOpen, "its mix is not there before the end of this block")
	require.NoError(t, c.k.EndBlock(c.ctx))
	reasons, err = c.k.Classify(c.ctx.WithIsCheckTx(true), batch(e))
	require.NoError(t, err)
	require.NoError(t, reasons[0], "CheckTx judges for the next height")

	c.reach(w.OpenHeight)
	require.Equal(t, c.mix(w.OpenHeight-1), c.diskWindow(w.Id).SeedMix)
	c.reach(w.CloseHeight)
	late, _ := c.ctx.CacheContext()
	results := c.accept(e)
	require.EqualValues(t, 3, results[0].Epoch)
	c.skip(types.ErrAlreadyProven, e)
	reasons, err = c.k.Classify(late.WithBlockHeight(w.CloseHeight+1), batch(e))
	require.NoError(t, err)
	require.ErrorIs(t, reasons[0], types.ErrWindowClosed)
	c.reach(w.CloseHeight + 1)
	c.skip(types.ErrWindowClosed, e)
	c.reachEpoch(4)
	c.next()
	c.skip(types.ErrUnknownWindow, e)
	c.holds()
}

// TestDiskPay: proofs times claim times plot are the units, and the pool's share reaches the owner like any other.
func TestDiskPay(t *testing.T) {
	c, d, w := proving(t, 3, 2)
	shares := d.Shares(w, 3)
	results := c.accept(c.proof(d, w, 3))
	units := uint64(len(shares)) * 3 * disk.PlotUnits(18)
	require.Equal(t, units, results[0].Units)
	record := c.record(d)
	require.EqualValues(t, 3, record.LastProvenEpoch)
	require.Equal(t, []types.EpochUnits{{Epoch: 3, Units: units}}, record.Units)
	require.Empty(t, record.Pending)
	c.next()
	require.Equal(t, fmt.Sprint(units), c.diskTally(3).Units.String())
	require.EqualValues(t, 1, c.diskTally(3).Evidence)
	c.reachEpoch(6)
	require.EqualValues(t, c.pool, c.claim(d))
	require.Equal(t, []uint64{3, uint64(c.pool), 0}, paid(c.record(d)))
	c.next()
	c.holds()
}

// TestDiskAccepts: fewer proofs than there are, and one device after the other; nothing is a fault.
func TestDiskAccepts(t *testing.T) {
	c, d, w := proving(t, 3, 3)
	shares := d.Shares(w, 3)
	c.accept(d.Evidence(w.Id, shares[1:3]))
	require.EqualValues(t, 2*3*10, c.record(d).Units[0].Units)
	c.skip(types.ErrAlreadyProven, d.Evidence(w.Id, shares))
	// Silence in the next epochs costs nothing but their pay.
	c.reachEpoch(7)
	c.claim(d)
	require.Zero(t, c.record(d).Faults)
	require.Empty(t, c.devices.Suspensions)
	next := c.lucky(d, 8, 3, pays(3, 1))
	c.reach(next.OpenHeight)
	c.accept(c.proof(d, next, 3))
	require.Len(t, c.record(d).Units, 1)
	c.next()
	c.holds()
}

// TestDiskSkips: what the state does not take, each with its reason and nothing changed.
func TestDiskSkips(t *testing.T) {
	c, d, w := proving(t, 3, 2)
	good := c.proof(d, w, 3)
	shares := d.Shares(w, 3)
	beyond := shares[0]
	beyond.Index = 3
	strong := types.Evidence{Payload: append([]byte{1, 18, 3}, good.Payload[3:]...)}
	for name, tc := range map[string]struct {
		want  error
		text  string
		setup func(c *chain)
		e     types.Evidence
	}{
		"suspended":      {want: types.ErrDeviceNotActive, text: "only active devices prove", setup: func(c *chain) { c.devices.SetState(d.ID(), devicetypes.DEVICE_STATE_SUSPENDED) }},
		"retired":        {want: types.ErrDeviceNotActive, setup: func(c *chain) { c.devices.SetState(d.ID(), devicetypes.DEVICE_STATE_RETIRED) }},
		"a GPU":          {want: types.ErrWrongClass, setup: func(c *chain) { c.devices.Register(testutil.NewDevice(chainID, 1)) }},
		"bond":           {want: types.ErrBondTooSmall, text: "covers 29, which are 2 plots", setup: func(c *chain) { c.devices.Allowance = 29 }},
		"strength":       {want: types.ErrClaimMismatch, text: "the claim's are 18 and 2", e: d.Statement(w.Id, types.PHASE_PROVE, strong.Payload)},
		"plot index":     {want: types.ErrPlotIndex, text: "proof 0 is of plot 3; the claim is of plots 0 to 2", e: d.Evidence(w.Id, []disk.Share{beyond})},
		"more than r":    {want: types.ErrTooManyProofs, text: "send those of the lowest quality", e: d.Statement(w.Id, types.PHASE_PROVE, fiveProofs(good))},
		"earlier epoch":  {want: types.ErrUnknownWindow, text: "epoch 2", e: d.Statement(w.Id-1<<16, types.PHASE_PROVE, good.Payload)},
		"no such cohort": {want: types.ErrUnknownWindow, text: "cohort 9", e: d.Statement(3<<16|9, types.PHASE_PROVE, good.Payload)},
		"minima have risen": {want: types.ErrClaimMismatch, text: "k is 18; want 20 to 30", setup: func(c *chain) {
			raised := w
			rules := *w.Disk
			rules.MinK, raised.Disk = 20, &rules
			require.NoError(t, c.k.Windows.Set(c.ctx, diskKey(w.Id), raised))
		}},
	} {
		view := newChainAt(c, w.OpenHeight)
		devices := *testutil.NewDevices()
		view.devices, *c.devices = c.devices, devices
		c.devices.RegisterDisk(d, relayer(1))
		e := good
		if tc.e.Payload != nil {
			e = tc.e
		}
		if tc.setup != nil {
			tc.setup(view)
		}
		reasons, err := view.k.Classify(view.ctx, batch(e))
		require.NoError(t, err, name)
		require.ErrorIs(t, reasons[0], tc.want, name)
		require.ErrorContains(t, reasons[0], tc.text, name)
		view.skip(tc.want, e)
		if tc.setup == nil {
			view.accept(good)
		}
	}
	*c.devices = *testutil.NewDevices()
	c.devices.RegisterDisk(d, relayer(1))
	c.accept(good)
}

// TestWrongCohort: a device proves in its own cohort's window only, even where another is open.
func TestWrongCohort(t *testing.T) {
	c := newDiskChain(t, withDisk(func(p *types.DiskParams) { p.Cohorts, p.WindowBlocks = 64, 20 }))
	d := c.claimant(1, 1)
	w := c.lucky(d, 3, 1, pays(1, 1))
	e := c.proof(d, w, 1)
	c.reach(w.OpenHeight + 2)
	windows, err := c.k.LiveWindowsOf(c.ctx, diskClass)
	require.NoError(t, err)
	others := 0
	for _, other := range windows {
		require.Equal(t, other.Id == w.Id, other.Serves(d.ID()))
		if other.Id != w.Id {
			c.skip(types.ErrWrongCohort, d.Statement(other.Id, types.PHASE_PROVE, e.Payload))
			others++
		}
	}
	require.Positive(t, others)
	c.accept(e)
}

// TestStaleDiskItemsKeepTheRest: items that the state skips leave the other devices' alone.
func TestStaleDiskItemsKeepTheRest(t *testing.T) {
	c := newDiskChain(t, withDisk(func(p *types.DiskParams) { p.Cohorts = 1 }))
	first, second, third := c.claimant(1, 2), c.claimant(2, 2), c.disk(3)
	w := c.lucky(first, 3, 2, func(w types.Window, chains []disk.Share) bool {
		_, too := second.Prove(w, 2)
		_, three := third.Prove(w, 1)
		return within(w, chains, 2) > 0 && too && three
	})
	c.reach(w.OpenHeight)
	c.accept(c.proof(first, w, 2))
	res, err := c.submit(c.proof(first, w, 2), c.proof(second, w, 2), c.proof(third, w, 1))
	require.NoError(t, err)
	require.Equal(t, types.ErrAlreadyProven.ABCICode(), res.Results[0].Code)
	require.True(t, res.Results[1].Accepted)
	require.Equal(t, types.ErrNoClaim.ABCICode(), res.Results[2].Code)
	c.next()
	require.EqualValues(t, 2, c.diskTally(3).Evidence)
	c.holds()
}

// TestDiskMarks: within a proposal the same evidence counts once.
func TestDiskMarks(t *testing.T) {
	c, d, w := proving(t, 2, 1)
	e := c.proof(d, w, 2)
	ctx := c.ctx.WithExecMode(sdk.ExecModeProcessProposal)
	require.NoError(t, c.k.VerifyBatch(ctx, batch(e)))
	require.NoError(t, c.k.MarkPending(ctx, batch(e)))
	require.ErrorIs(t, c.k.VerifyBatch(ctx, batch(e)), types.ErrNothingNew)
	c.accept(e)
}
