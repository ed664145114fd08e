package keeper_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// densities are all stored cells.
func (c *radioChain) densities() map[uint64]types.RadioCell {
	c.Helper()
	out := map[uint64]types.RadioCell{}
	require.NoError(c, c.k.Radio.Cells.Walk(c.ctx, nil, func(cell uint64, v types.RadioCell) (bool, error) {
		out[cell] = v
		return false, nil
	}))
	return out
}

// counted recomputes the densities from the radios alone, level by level.
func (c *radioChain) counted() map[uint64]types.RadioCell {
	c.Helper()
	out := map[uint64]types.RadioCell{}
	for _, r := range c.export().Radios {
		if r.CountedCell != 0 {
			v := out[r.CountedCell]
			v.Radios++
			out[r.CountedCell] = v
		}
	}
	table := radio.HIP104()
	for i := len(table) - 1; i >= 0; i-- {
		parents := map[uint64]types.RadioCell{}
		for cell, v := range out {
			if radio.Cell(cell).Resolution() != table[i].Resolution || v.Radios < table[i].Target {
				continue
			}
			parent, err := radio.Cell(cell).Parent(table[i].Resolution - 1)
			require.NoError(c, err)
			p := parents[uint64(parent)]
			p.Occupied++
			parents[uint64(parent)] = p
		}
		for cell, v := range out {
			if radio.Cell(cell).Resolution() != table[i].Resolution {
				continue
			}
			parent, err := radio.Cell(cell).Parent(table[i].Resolution - 1)
			require.NoError(c, err)
			p := parents[uint64(parent)]
			p.Radios += table[i].Clipped(radio.Crowd{Unclipped: v.Radios, Occupied: p.Occupied})
			parents[uint64(parent)] = p
		}
		for cell, v := range parents {
			out[cell] = v
		}
	}
	return out
}

// TestDensityFollowsFromTheCounts: after any assertions, moves and releases what is stored is what a count from nothing
// gives, and a genesis brings it back.
func TestDensityFollowsFromTheCounts(t *testing.T) {
	c := &radioChain{chain: newChain(t, opensAt())}
	rng := rand.New(rand.NewChaCha8([32]byte{4}))
	spot := func(d *testutil.RadioDevice) {
		d.Position = radio.Position{LatitudeE7: 462_000_000 + int32(rng.IntN(30))*5_000, LongitudeE7: 61_500_000 + int32(rng.IntN(30))*7_000}
	}
	for i := range 60 {
		d := testutil.NewRadioDevice(chainID, uint64(i))
		spot(d)
		c.radios = append(c.radios, d)
		c.devices.RegisterRadio(d, relayer(byte(i)))
		_, err := c.assert(d.Assert(relayer(byte(i)), 1))
		require.NoError(t, err)
	}
	require.Equal(t, c.counted(), c.densities())
	for i, d := range c.radios[:20] {
		spot(d)
		_, err := c.assert(d.Assert(relayer(byte(i)), 1))
		require.NoError(t, err)
	}
	require.Equal(t, c.counted(), c.densities())
	c.reachEpoch(12)
	for _, d := range c.radios[10:50] {
		_, err := c.msg.ReleaseRadio(c.ctx, &types.MsgReleaseRadio{Sender: relayer(1), DeviceId: d.Text()})
		require.NoError(t, err)
	}
	require.Equal(t, c.counted(), c.densities())

	b := &radioChain{chain: newEmptyChain(t)}
	b.at(c.ctx.BlockHeight())
	require.NoError(t, b.k.InitGenesis(b.ctx, *c.export()))
	require.Equal(t, c.densities(), b.densities())
	require.Equal(t, c.export(), b.export())
}

// TestCrowdedCell: two radios in one cell of resolution 10 halve their beacons' pay, and both cells' queries say so.
func TestCrowdedCell(t *testing.T) {
	c := newRadioChain(t, 3)
	crowd := testutil.NewRadioDevice(chainID, 50)
	crowd.Position = c.radios[0].Position
	c.devices.RegisterRadio(crowd, relayer(50))
	_, err := c.assert(crowd.Assert(relayer(50), 4))
	require.NoError(t, err)
	w := c.radioWindow(4)
	receipts := c.hear(w, 0)
	c.accept(c.radios[0].Open(c.drawnRadio(4), receipts...))
	require.EqualValues(t, full/4, c.units(c.radios[0], 4), "half of two witnesses' half")
	require.EqualValues(t, full/2, c.units(c.radios[1], 4))
	cell, err := radio.CellOf(crowd.Position, 10)
	require.NoError(t, err)
	res, err := c.query.RadioCell(c.ctx, &types.QueryRadioCellRequest{Cell: fmt.Sprintf("%x", uint64(cell))})
	require.NoError(t, err)
	require.Equal(t, types.RadioCell{Radios: 2}, res.Cell)
	require.EqualValues(t, 1, res.Limit)
	_, err = c.query.RadioCell(c.ctx, &types.QueryRadioCellRequest{Cell: "80283473fffffff"})
	require.Error(t, err)
	c.holds()
}
