package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// TestDiskGenesisRoundTrip exports in the middle of a window, with a claim to come, and goes on elsewhere at the next
// height.
func TestDiskGenesisRoundTrip(t *testing.T) {
	a, d, w := proving(t, 2, 1)
	_, err := a.setClaim(plots(1, 3))
	require.NoError(t, err)
	next := a.lucky(d, 5, 3, pays(3, 1))
	a.next()
	g := a.export()
	require.NoError(t, g.Validate())
	require.Len(t, windowsOf(g.Windows, diskClass), 1)
	require.EqualValues(t, 3, g.DiskSchedule.Epoch)
	require.Len(t, g.Devices[0].Claims, 2)

	b := newEmptyChain(t)
	*b.beacon = *a.beacon
	b.disk(1)
	b.at(a.ctx.BlockHeight())
	require.NoError(t, b.k.InitGenesis(b.ctx, *g))
	require.Equal(t, g, b.export())
	for _, c := range []*chain{a, b} {
		c.claimEpochs = 4
		c.accept(c.proof(d, w, 2))
		c.reach(next.OpenHeight)
		c.accept(c.proof(d, next, 3))
		c.reachEpoch(8)
		require.EqualValues(t, 2*c.pool, c.claim(d))
		c.next()
		c.holds()
	}
	require.Equal(t, a.export(), b.export())
}

func TestDiskGenesisRefusals(t *testing.T) {
	c, d, w := proving(t, 2, 1)
	c.accept(c.proof(d, w, 2))
	c.next()
	for name, spoil := range map[string]func(*types.GenesisState){
		"schedule's rules":   func(g *types.GenesisState) { g.DiskSchedule.Params.Lambda = 0 },
		"another epoch":      func(g *types.GenesisState) { g.DiskSchedule.Epoch = 4 },
		"no schedule":        func(g *types.GenesisState) { g.DiskSchedule = types.DiskSchedule{} },
		"window's heights":   func(g *types.GenesisState) { g.Windows[0].CloseHeight++; g.Windows[0].DeadlineHeight++ },
		"window's rules":     func(g *types.GenesisState) { g.Windows[0].Disk.Lambda = 2; g.Windows[0].Disk.MinPlots = 2 },
		"window's cohort":    func(g *types.GenesisState) { g.Windows[0].Id = 3<<16 | 77 },
		"window without mix": func(g *types.GenesisState) { g.Windows[0].SeedMix = nil },
		"claims' order":      func(g *types.GenesisState) { g.Devices[0].Claims = append(g.Devices[0].Claims, g.Devices[0].Claims[0]) },
		"claim's k":          func(g *types.GenesisState) { g.Devices[0].Claims[0].K = 33 },
		"units":              func(g *types.GenesisState) { g.Devices[0].Units[0].Units-- },
		"a GPU's claims":     func(g *types.GenesisState) { g.Devices[0].WorkClass = gpuClass },
	} {
		g := c.export()
		spoil(g)
		err := g.Validate()
		require.Error(t, err, name)
		require.ErrorContains(t, newEmptyChain(t).k.InitGenesis(c.ctx, *g), err.Error(), name)
	}
	require.NoError(t, c.export().Validate())
}

func TestDiskScheduleQuery(t *testing.T) {
	c := newDiskChain(t)
	none, err := c.query.DiskSchedule(c.ctx, &types.QueryDiskScheduleRequest{DeviceId: c.claimant(1, 2).Text()})
	require.NoError(t, err)
	require.Zero(t, none.Schedule)
	require.Zero(t, none.Device.OpenHeight)
	require.Len(t, none.Device.NextClaims, 1)

	d := plotter(1)
	w := c.lucky(d, 3, 2, pays(2, 1))
	c.reachEpoch(3)
	c.next()
	_, err = c.setClaim(plots(1, 3))
	require.NoError(t, err)
	params, err := c.k.GetParams(c.ctx)
	require.NoError(t, err)
	params.Disk.Cohorts = 7
	require.NoError(t, c.k.Params.Set(c.ctx, params))
	ask := func() *types.QueryDiskScheduleResponse {
		res, err := c.query.DiskSchedule(c.ctx, &types.QueryDiskScheduleRequest{DeviceId: d.Text()})
		require.NoError(t, err)
		return res
	}
	res := ask()
	require.Equal(t, types.NewDiskSchedule(3, 61, epochBlocks, testutil.Params().Disk), res.Schedule)
	require.EqualValues(t, 62, res.Height)
	next := c.turn(d, 4) // under the new rules
	_, cohort := types.SplitDiskWindowID(w.Id)
	require.Equal(t, &types.DiskDeviceSchedule{
		Cohort: cohort, Window: w.Id, OpenHeight: w.OpenHeight, CloseHeight: w.CloseHeight,
		Claim:      &types.DiskClaim{Plots: 2, K: 18, Strength: 2, FromEpoch: 3},
		NextClaims: []types.DiskClaim{{Plots: 3, K: 18, Strength: 2, FromEpoch: 5}}, NextOpenHeight: next.OpenHeight, NextCloseHeight: next.CloseHeight,
	}, res.Device)
	c.reach(w.OpenHeight)
	c.accept(c.proof(d, w, 2))
	require.True(t, ask().Device.Proven)
	c.reachEpoch(4)
	require.True(t, ask().Device.Proven, "before the first block's end the schedule is still the old one")
	c.next()
	require.False(t, ask().Device.Proven)
	require.Equal(t, next.OpenHeight, ask().Device.OpenHeight, "as it was foretold")

	bare, err := c.query.DiskSchedule(c.ctx, &types.QueryDiskScheduleRequest{})
	require.NoError(t, err)
	require.Nil(t, bare.Device)
	for id, want := range map[string]codes.Code{
		"joule1x": codes.InvalidArgument, plotter(9).Text(): codes.NotFound, c.device(5).Text(): codes.InvalidArgument,
	} {
		_, err := c.query.DiskSchedule(c.ctx, &types.QueryDiskScheduleRequest{DeviceId: id})
		require.Equal(t, want, status.Code(err), id)
	}
}
