package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/x/work/types"
)

// TestGenesisRoundTrip exports in the middle of a window and goes on elsewhere at the next height: commitments are
// opened, epochs settled, and in the end both chains hold the same.
func TestGenesisRoundTrip(t *testing.T) {
	a := newChain(t, opensAt(5, 36))
	d := a.device(1)
	a.earn(5, 2, d)
	w := a.open(36)
	a.accept(d.Commit(w, 3))
	a.reach(w.DrawAHeight + 2)
	g := a.export()
	require.NoError(t, g.Validate())
	require.Len(t, windowsOf(g.Windows, gpuClass), 1)
	require.Len(t, g.Devices[0].Pending, 1)

	b := newEmptyChain(t)
	*b.beacon = *a.beacon
	b.device(1)
	b.at(a.ctx.BlockHeight())
	require.NoError(t, b.k.InitGenesis(b.ctx, *g))
	require.Equal(t, g, b.export())
	for _, c := range []*chain{a, b} {
		c.accept(d.Open(c.drawn(36)))
		c.reachEpoch(5)
		require.EqualValues(t, 2*c.pool, c.claim(d))
		c.next()
		c.holds()
	}
	require.Equal(t, a.export(), b.export())
}

func TestGenesisRefusals(t *testing.T) {
	c := newChain(t, opensAt(5, 36))
	d := c.device(1)
	c.earn(5, 2, d)
	c.accept(d.Commit(c.open(36), 3))
	c.next()
	for name, spoil := range map[string]func(*types.GenesisState){
		"parameters":       func(g *types.GenesisState) { g.Params.FaultLimit = 0 },
		"window's heights": func(g *types.GenesisState) { g.Windows[0].CloseHeight++ },
		"window's mix":     func(g *types.GenesisState) { g.Windows[0].SeedMix = []byte{1} },
		"windows twice":    func(g *types.GenesisState) { g.Windows = append(g.Windows, g.Windows[0]) },
		"device id":        func(g *types.GenesisState) { g.Devices[0].DeviceId = []byte{1} },
		"devices twice":    func(g *types.GenesisState) { g.Devices = append(g.Devices, g.Devices[0]) },
		"epochs of units":  func(g *types.GenesisState) { g.Devices[0].Units = append(g.Devices[0].Units, g.Devices[0].Units[0]) },
		"units":            func(g *types.GenesisState) { g.Devices[0].Units[0].Units++ },
		"units, no tally":  func(g *types.GenesisState) { g.Tallies = nil },
		"root":             func(g *types.GenesisState) { g.Devices[0].Pending[0].Root = nil },
		"negative":         func(g *types.GenesisState) { g.Devices[0].Accrued = math.NewInt(-1) },
		"accrued":          func(g *types.GenesisState) { g.AccruedTotal = math.OneInt() },
		"tally's epoch":    func(g *types.GenesisState) { g.Tallies[0].Epoch = 0 },
		"tallies twice":    func(g *types.GenesisState) { g.Tallies = append(g.Tallies, g.Tallies[0]) },
		"overpaid":         func(g *types.GenesisState) { g.Tallies[0].Paid = math.OneInt() },
		"not frozen":       func(g *types.GenesisState) { g.NextFreezeEpoch = 2 },
		"frozen too early": func(g *types.GenesisState) { g.Tallies[0].Frozen = true },
	} {
		g := c.export()
		spoil(g)
		err := g.Validate()
		require.Error(t, err, name)
		require.ErrorContains(t, newEmptyChain(t).k.InitGenesis(c.ctx, *g), err.Error(), name)
	}
}
