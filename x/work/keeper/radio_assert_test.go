package keeper_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/types/query"

	devicetestutil "github.com/joulechain/joule/x/device/testutil"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// TestAssertRadio: a number, two epochs' wait, the fee, and the cell that the chain computes.
func TestAssertRadio(t *testing.T) {
	c := &radioChain{chain: newChain(t, opensAt())}
	c.reachEpoch(2)
	d := c.radio(0)
	res, err := c.query.Radio(c.ctx, &types.QueryRadioRequest{DeviceId: d.Text()})
	require.NoError(t, err)
	require.EqualValues(t, 1, res.Radio.Radio.Number)
	a, _ := res.Radio.Radio.Newest()
	require.EqualValues(t, 4, a.FromEpoch)
	require.EqualValues(t, 4, a.CountsEpoch)
	cell, err := radio.CellOf(d.Position, 10)
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("%x", uint64(cell)), res.Radio.Cell)
	require.Equal(t, radio.ReasonUnasserted, radio.Reason(res.Standing))
	require.EqualValues(t, 1<<radio.ScaleBits, res.Scale)
	byNumber, err := c.query.RadioByNumber(c.ctx, &types.QueryRadioByNumberRequest{Number: 1})
	require.NoError(t, err)
	require.Equal(t, res, byNumber)
	require.Equal(t, "1000000ujoule", c.community.Paid.String())
	c.next()
	c.skip(types.ErrNotAsserted, d.Statement(2, types.PHASE_COMMIT, make([]byte, 32)))
	c.reachEpoch(4)
	c.next()
	c.accept(d.Statement(4, types.PHASE_COMMIT, make([]byte, 32)))
	c.holds()
}

// TestMovedAntenna: a move pays again, ends what the old position earns two epochs later and counts after move_epochs;
// the chain goes on meanwhile.
func TestMovedAntenna(t *testing.T) {
	c := newRadioChain(t, 3)
	a, b := c.radios[0], c.radios[1]
	paid := c.community.Paid.AmountOf("ujoule").Int64()
	a.Position.LatitudeE7 -= 90_000
	res, err := c.assert(a.Assert(relayer(0), 4))
	require.NoError(t, err)
	require.EqualValues(t, 6, res.FromEpoch)
	require.EqualValues(t, 8, res.CountsEpoch)
	require.EqualValues(t, 1, res.Number)
	require.EqualValues(t, paid+1_000_000, c.community.Paid.AmountOf("ujoule").Int64())
	// A renewal while it cools down neither pays nor starts the wait anew.
	res, err = c.assert(a.Assert(relayer(0), 4))
	require.NoError(t, err)
	require.EqualValues(t, 8, res.CountsEpoch)
	require.EqualValues(t, paid+1_000_000, c.community.Paid.AmountOf("ujoule").Int64())
	want := map[uint64]radio.Reason{5: radio.ReasonPaid, 6: radio.ReasonUnasserted, 7: radio.ReasonUnasserted, 8: radio.ReasonPaid}
	for epoch := uint64(5); epoch <= 8; epoch++ {
		w := c.openRadio(epoch)
		heard, hearing := b.Hear(w, a), a.Hear(w, b)
		w = c.drawnRadio(epoch)
		c.accept(a.Open(w, heard))
		c.accept(b.Open(w, hearing))
		require.Equal(t, want[epoch], radio.Reason(c.beacon(epoch, a).Beacon.Reason), epoch)
		require.Equal(t, []radio.Reason{want[epoch]}, c.reasons(epoch, b), epoch)
	}
	c.holds()
}

func TestAssertionsAreRefused(t *testing.T) {
	c := newRadioChain(t, 1)
	c.next()
	d, owner := c.radios[0], relayer(0)
	disk, gpu := c.disk(40), c.device(41)
	k1 := devicetestutil.NewKey(devicetypes.KEY_TYPE_SECP256K1, []byte("k1"))
	c.devices.Set(devicetypes.Device{Id: k1.ID(), PublicKey: k1.Public, Owner: owner, WorkClass: radioClass, State: devicetypes.DEVICE_STATE_ACTIVE, Generation: 1})
	for name, tc := range map[string]struct {
		change func(*types.MsgAssertRadio)
		err    error
		says   string
	}{
		"north pole":       {func(m *types.MsgAssertRadio) { m.LatitudeE7 = 900_000_000 }, types.ErrInvalidAssertion, "latitude"},
		"beyond 85":        {func(m *types.MsgAssertRadio) { m.LatitudeE7 = -850_000_001 }, types.ErrInvalidAssertion, "latitude"},
		"antimeridian":     {func(m *types.MsgAssertRadio) { m.LongitudeE7 = -1_800_000_000 }, types.ErrInvalidAssertion, "write −180° as 180°"},
		"off the map":      {func(m *types.MsgAssertRadio) { m.LongitudeE7 = 1_800_000_001 }, types.ErrInvalidAssertion, "longitude"},
		"gain":             {func(m *types.MsgAssertRadio) { m.Gain = 201 }, types.ErrInvalidAssertion, "gain is 201"},
		"region":           {func(m *types.MsgAssertRadio) { m.Region = 7 }, types.ErrInvalidAssertion, "region is 7"},
		"region wraps":     {func(m *types.MsgAssertRadio) { m.Region = 257 }, types.ErrInvalidAssertion, "region is 257"},
		"anchor short":     {func(m *types.MsgAssertRadio) { m.Anchor = m.Anchor[1:] }, types.ErrInvalidAssertion, "anchor has 31"},
		"anchor too new":   {func(m *types.MsgAssertRadio) { m.AnchorEpoch++ }, types.ErrInvalidAssertion, "anchor_epoch"},
		"no device id":     {func(m *types.MsgAssertRadio) { m.DeviceId = "x" }, types.ErrInvalidRequest, "device_id"},
		"no owner":         {func(m *types.MsgAssertRadio) { m.Owner = "x" }, types.ErrInvalidRequest, "owner"},
		"another's":        {func(m *types.MsgAssertRadio) { m.Owner = relayer(9) }, types.ErrUnauthorized, "only that account"},
		"never registered": {func(m *types.MsgAssertRadio) { m.DeviceId = testutil.NewRadioDevice(chainID, 99).Text() }, types.ErrUnknownDevice, "register"},
		"a disk":           {func(m *types.MsgAssertRadio) { m.DeviceId, m.Owner = disk.Text(), relayer(40) }, types.ErrWrongClass, "antenna"},
		"a GPU":            {func(m *types.MsgAssertRadio) { m.DeviceId, m.Owner = gpu.Text(), relayer(41) }, types.ErrUnauthorized, ""},
		"secp256k1":        {func(m *types.MsgAssertRadio) { m.DeviceId = k1.Text() }, types.ErrInvalidAssertion, "ed25519 or secp256r1"},
	} {
		msg := d.Assert(owner, c.epoch())
		tc.change(msg)
		before := c.export()
		_, err := c.assert(msg)
		require.ErrorIs(t, err, tc.err, name)
		require.ErrorContains(t, err, tc.says, name)
		require.Equal(t, before, c.export(), name)
	}
	moved := d.Assert(owner, c.epoch())
	moved.Gain++
	c.community.Fails = errors.New("insufficient funds")
	_, err := c.assert(moved)
	require.ErrorContains(t, err, "insufficient funds")
	c.community.Fails = nil
	c.devices.Allowance = 4_999_999
	_, err = c.assert(moved)
	require.ErrorIs(t, err, types.ErrBondTooSmall)
	c.devices.SetState(d.ID(), devicetypes.DEVICE_STATE_RETIRED)
	_, err = c.assert(moved)
	require.ErrorIs(t, err, types.ErrDeviceNotActive)
}

// TestEdgesOfTheMap: the antimeridian from its east, and 85°, are places like any other.
func TestEdgesOfTheMap(t *testing.T) {
	c := &radioChain{chain: newChain(t, opensAt())}
	for i, at := range []radio.Position{{LongitudeE7: 1_800_000_000}, {LatitudeE7: 850_000_000, LongitudeE7: -1_799_999_999}, {LatitudeE7: -850_000_000}} {
		d := testutil.NewRadioDevice(chainID, uint64(i))
		d.Position = at
		c.devices.RegisterRadio(d, relayer(byte(i)))
		_, err := c.assert(d.Assert(relayer(byte(i)), 1))
		require.NoError(t, err)
	}
	c.holds()
}

// TestRelease: a radio leaves the density when its device is retired or idle, whoever asks, and not before.
func TestRelease(t *testing.T) {
	c := newRadioChain(t, 2)
	d := c.radios[0]
	release := func() error {
		_, err := c.msg.ReleaseRadio(c.ctx, &types.MsgReleaseRadio{Sender: relayer(9), DeviceId: d.Text()})
		return err
	}
	require.ErrorIs(t, release(), types.ErrNotIdle)
	c.reachEpoch(8)
	require.ErrorIs(t, release(), types.ErrNotIdle)
	c.reachEpoch(9)
	require.NoError(t, release(), "six epochs after epoch 3's beacon")
	require.ErrorIs(t, release(), types.ErrNotAsserted)
	c.next()
	c.skip(types.ErrNotAsserted, d.Statement(9, types.PHASE_COMMIT, make([]byte, 32)))
	res, err := c.query.Radio(c.ctx, &types.QueryRadioRequest{DeviceId: d.Text()})
	require.NoError(t, err)
	require.Zero(t, res.Scale)
	again, err := c.assert(d.Assert(relayer(0), 9))
	require.NoError(t, err)
	require.EqualValues(t, 1, again.Number, "its number is its own")
	c.devices.SetState(d.ID(), devicetypes.DEVICE_STATE_RETIRED)
	require.NoError(t, release(), "retired")
	c.holds()
}

// TestRadiosOfACell: the radios of a cell are found by any cell that holds them, page by page.
func TestRadiosOfACell(t *testing.T) {
	c := newRadioChain(t, 5)
	cell, err := radio.CellOf(c.radios[0].Position, 4)
	require.NoError(t, err)
	ask := func(cell string, page *query.PageRequest) *types.QueryRadiosResponse {
		res, err := c.query.Radios(c.ctx, &types.QueryRadiosRequest{Cell: cell, Pagination: page})
		require.NoError(t, err)
		return res
	}
	all := ask(fmt.Sprintf("%x", uint64(cell)), nil)
	require.NotEmpty(t, all.Radios)
	var paged []types.RadioView
	page := &query.PageRequest{Limit: 2}
	for {
		res := ask(fmt.Sprintf("%x", uint64(cell)), page)
		paged = append(paged, res.Radios...)
		if len(res.Pagination.NextKey) == 0 {
			break
		}
		page = &query.PageRequest{Limit: 2, Key: res.Pagination.NextKey}
	}
	require.Equal(t, all.Radios, paged)
	own, err := radio.CellOf(c.radios[3].Position, 10)
	require.NoError(t, err)
	one := ask(fmt.Sprintf("%x", uint64(own)), nil)
	require.Len(t, one.Radios, 1)
	require.Equal(t, c.radios[3].Text(), one.Radios[0].DeviceId)
	require.Len(t, ask("", nil).Radios, 5)
	for _, bad := range []*types.QueryRadiosRequest{
		{Cell: "zz"},
		{Cell: "123"},
		{Cell: "8f2830828052d25"},
		{Pagination: &query.PageRequest{Limit: 201}},
		{Cell: fmt.Sprintf("%x", uint64(cell)), Pagination: &query.PageRequest{Reverse: true}},
		{Cell: fmt.Sprintf("%x", uint64(cell)), Pagination: &query.PageRequest{Key: []byte{1}}},
	} {
		_, err := c.query.Radios(c.ctx, bad)
		require.Error(t, err, bad)
	}
}
