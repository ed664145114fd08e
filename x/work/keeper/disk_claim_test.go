package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/disk"
	"github.com/joulechain/joule/x/work/types"
)

func TestSetDiskClaimRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*types.MsgSetDiskClaim)
		setup  func(*chain)
		want   error
		text   string
	}{
		"owner":          {func(m *types.MsgSetDiskClaim) { m.Owner = "joule1x" }, nil, types.ErrInvalidRequest, "owner"},
		"device id":      {func(m *types.MsgSetDiskClaim) { m.DeviceId = "jouledev1x" }, nil, types.ErrInvalidRequest, "device_id"},
		"unknown device": {func(m *types.MsgSetDiskClaim) { m.DeviceId = plotter(9).Text() }, nil, types.ErrUnknownDevice, "register the key first"},
		"stranger":       {func(m *types.MsgSetDiskClaim) { m.Owner = relayer(2) }, nil, types.ErrUnauthorized, "only that account may set its claim"},
		"retired":        {nil, func(c *chain) { c.devices.SetState(plotter(1).ID(), devicetypes.DEVICE_STATE_RETIRED) }, types.ErrDeviceNotActive, "register it again"},
		"few plots":      {func(m *types.MsgSetDiskClaim) { m.Plots = 1 }, nil, types.ErrInvalidClaim, "plots is 1; want 2 to 1000"},
		"many plots":     {func(m *types.MsgSetDiskClaim) { m.Plots = 1_001 }, nil, types.ErrInvalidClaim, "plots is 1001; want 2 to 1000"},
		"small k":        {func(m *types.MsgSetDiskClaim) { m.K = 18 }, nil, types.ErrInvalidClaim, "k is 18; want 20 to 30"},
		"odd k":          {func(m *types.MsgSetDiskClaim) { m.K = 21 }, nil, types.ErrInvalidClaim, "even"},
		"k 32":           {func(m *types.MsgSetDiskClaim) { m.K = 32 }, nil, types.ErrInvalidClaim, "want 20 to 30"},
		"weak":           {func(m *types.MsgSetDiskClaim) { m.Strength = 2 }, nil, types.ErrInvalidClaim, "strength is 2; want 3 to 8"},
		"end with k":     {func(m *types.MsgSetDiskClaim) { m.Plots = 0 }, nil, types.ErrInvalidClaim, "want 0 for both"},
		"bond": {
			nil, func(c *chain) { c.devices.Allowance = 10*44 - 1 }, types.ErrBondTooSmall,
			"10 plots of k = 20 are 440 units and the bond of 1ujoule covers 439, which are 9 plots; claim fewer or add to the bond",
		},
	} {
		c := newDiskChain(t, withDisk(func(p *types.DiskParams) { p.MinPlots, p.MinK, p.MinStrength = 2, 20, 3 }))
		c.disk(1)
		msg := &types.MsgSetDiskClaim{Owner: relayer(1), DeviceId: plotter(1).Text(), Plots: 10, K: 20, Strength: 3}
		if tc.change != nil {
			tc.change(msg)
		}
		if tc.setup != nil {
			tc.setup(c)
		}
		before := c.export()
		_, err := c.setClaim(msg)
		require.ErrorIs(t, err, tc.want, name)
		require.ErrorContains(t, err, tc.text, name)
		require.Equal(t, before, c.export(), name)
	}
}

func TestSetDiskClaim(t *testing.T) {
	c := newDiskChain(t)
	d := c.disk(1)
	c.devices.Allowance = 100 // 10 plots of k = 18
	_, err := c.setClaim(plots(1, 11))
	require.ErrorIs(t, err, types.ErrBondTooSmall)
	from, err := c.setClaim(plots(1, 10))
	require.NoError(t, err)
	require.EqualValues(t, 3, from)
	c.devices.SetState(d.ID(), devicetypes.DEVICE_STATE_SUSPENDED)
	from, err = c.setClaim(plots(1, 9)) // a suspended device may change its claim, also within the epoch
	require.NoError(t, err)
	require.EqualValues(t, 3, from)
	c.devices.Allowance = 0
	c.reachEpoch(2)
	from, err = c.setClaim(plots(1, 0)) // the end needs no bond
	require.NoError(t, err)
	require.EqualValues(t, 4, from)
	require.Equal(t, []types.DiskClaim{{Plots: 9, K: 18, Strength: 2, FromEpoch: 3}, {FromEpoch: 4}}, c.record(d).Claims)
}

func TestSetDiskClaimEvent(t *testing.T) {
	c := newDiskChain(t)
	c.disk(1)
	_, err := c.msg.SetDiskClaim(c.ctx, plots(1, 5))
	require.NoError(t, err)
	events := c.ctx.EventManager().Events()
	require.Equal(t, "joule.work.v1.EventDiskClaimSet", events[len(events)-1].Type)
	plotsOf, found := events[len(events)-1].GetAttribute("plots")
	require.True(t, found)
	require.Equal(t, "5", plotsOf.Value)
}

// TestClaimChangesLater: a claim changed in the epoch, or in the one before, does not touch this epoch's evidence; two
// epochs later it does.
func TestClaimChangesLater(t *testing.T) {
	c := newDiskChain(t)
	d := c.claimant(1, 2)
	w := c.lucky(d, 3, 4, func(w types.Window, chains []disk.Share) bool {
		one, _ := d.Prove(w, 2)
		return one.Payload != nil && within(w, chains, 2) > 0
	})
	c.reachEpoch(2)
	_, err := c.setClaim(plots(1, 4))
	require.NoError(t, err)
	c.reach(w.OpenHeight - 1)
	require.GreaterOrEqual(t, c.ctx.BlockHeight(), int64(61))
	_, err = c.setClaim(plots(1, 1))
	require.NoError(t, err)
	_, err = c.setClaim(plots(1, 3))
	require.NoError(t, err)
	require.Len(t, c.record(d).Claims, 3)
	c.reach(w.OpenHeight)
	require.EqualValues(t, uint64(len(d.Shares(w, 2)))*2*10, c.accept(c.proof(d, w, 2))[0].Units)

	for epoch, claim := range map[uint64]uint32{4: 4, 5: 3} {
		got, ok := c.record(d).ClaimFor(epoch)
		require.True(t, ok)
		require.Equal(t, claim, got.Plots, "epoch %d", epoch)
	}
	next := c.lucky(d, 4, 4, pays(4, 1))
	c.reach(next.OpenHeight)
	require.EqualValues(t, uint64(len(d.Shares(next, 4)))*4*10, c.accept(c.proof(d, next, 4))[0].Units)
}

// TestNoClaim: before the first claim holds, after it has ended, and what the error says of what comes.
func TestNoClaim(t *testing.T) {
	c := newDiskChain(t)
	d := c.disk(1)
	silent := c.lucky(d, 1, 2, pays(2, 1))
	c.reach(silent.OpenHeight)
	c.skip(types.ErrNoClaim, c.proof(d, silent, 2))
	_, err := c.setClaim(plots(1, 2))
	require.NoError(t, err)
	reasons, err := c.k.Classify(c.ctx, batch(c.proof(d, silent, 2)))
	require.NoError(t, err)
	require.ErrorContains(t, reasons[0], "claims 2 plots from epoch 3 on; this is epoch 1")

	early := c.lucky(d, 2, 2, pays(2, 1))
	c.reach(early.OpenHeight)
	c.skip(types.ErrNoClaim, c.proof(d, early, 2))
	_, err = c.setClaim(plots(1, 0))
	require.NoError(t, err)
	on := c.lucky(d, 3, 2, pays(2, 1))
	c.reach(on.OpenHeight)
	c.accept(c.proof(d, on, 2))
	over := c.lucky(d, 4, 2, pays(2, 1))
	c.reach(over.OpenHeight)
	c.skip(types.ErrNoClaim, c.proof(d, over, 2))
	reasons, err = c.k.Classify(c.ctx, batch(c.proof(d, over, 2)))
	require.NoError(t, err)
	require.ErrorContains(t, reasons[0], "set a claim, it holds two epochs later")
}
