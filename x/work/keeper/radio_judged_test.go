package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// TestAssertingAfterTheOpening: a beaconer that asserts in every epoch, and once more after it opened, does not void
// the receipts that it left out.
func TestAssertingAfterTheOpening(t *testing.T) {
	c := newRadioChain(t, 3)
	a, honest := c.radios[0], c.radios[1]
	assert := func() {
		res, err := c.assert(a.Assert(relayer(0), c.epoch()))
		require.NoError(t, err)
		require.Equal(t, c.epoch()+2, res.FromEpoch)
	}
	for epoch := uint64(4); epoch <= 5; epoch++ {
		c.openRadio(epoch)
		assert()
	}
	w := c.openRadio(6)
	assert()
	_ = honest.Hear(w, a)
	c.accept(honest.Commit(w))
	w = c.drawnRadio(6)
	c.accept(a.Open(w))
	assert()
	r, err := c.query.Radio(c.ctx, &types.QueryRadioRequest{DeviceId: a.Text()})
	require.NoError(t, err)
	require.Len(t, r.Radio.Radio.Assertions, types.MaxRadioAssertions, "those of epochs 6, 7, 8 and 9")
	require.NoError(t, r.Radio.Radio.Validate())
	w = c.lateRadio(6)
	c.accept(honest.Late(w, a.Number, 0))
	require.Equal(t, []radio.Reason{radio.ReasonPaid}, c.reasons(6, a))
	require.NotZero(t, c.units(honest, 6))
	c.holds()
	c.reachEpoch(8)
	assert()
	r, err = c.query.Radio(c.ctx, &types.QueryRadioRequest{DeviceId: a.Text()})
	require.NoError(t, err)
	require.EqualValues(t, 7, r.Radio.Radio.Assertions[0].FromEpoch, "what is settled goes")
	c.holds()
}

// TestReleaseWaitsForTheVerdicts: a stranger cannot take a retired radio's position away while what it did is still
// judged.
func TestReleaseWaitsForTheVerdicts(t *testing.T) {
	c := newRadioChain(t, 4)
	a, witness, late := c.radios[0], c.radios[1], c.radios[2]
	w := c.radioWindow(4)
	heard := witness.Hear(w, a)
	_ = late.Hear(w, a)
	c.accept(late.Commit(w))
	w = c.drawnRadio(4)
	c.accept(a.Open(w, heard))
	before := c.units(witness, 4)
	require.NotZero(t, before)
	release := func(id string) error {
		_, err := c.msg.ReleaseRadio(c.ctx, &types.MsgReleaseRadio{Sender: relayer(9), DeviceId: id})
		return err
	}
	for _, d := range c.radios[:2] {
		c.devices.SetState(d.ID(), devicetypes.DEVICE_STATE_RETIRED)
		require.ErrorIs(t, release(d.Text()), types.ErrNotIdle)
		require.ErrorContains(t, release(d.Text()), "still judged")
	}
	w = c.lateRadio(4)
	c.accept(late.Late(w, a.Number, 0))
	require.Equal(t, []radio.Reason{radio.ReasonPaid, radio.ReasonPaid}, c.reasons(4, a))
	require.Equal(t, before, c.units(witness, 4), "paid by the curve, and two of four pay each as one")
	c.holds()
	c.reachEpoch(6)
	require.NoError(t, release(a.Text()))
	require.NoError(t, release(witness.Text()))
	c.holds()
}

// TestWindowsOfLongerEpochs: after governance shortened epochs no radio window opens while an older one outlives the
// epoch.
func TestWindowsOfLongerEpochs(t *testing.T) {
	c := newRadioChain(t, 2)
	w := c.radioWindow(4)
	w.DeadlineHeight += 2 * epochBlocks
	require.NoError(t, c.k.Windows.Set(c.ctx, collections.Join(int32(radioClass), w.Id), w))
	c.reachEpoch(7)
	c.next()
	live, err := c.k.LiveWindowsOf(c.ctx, radioClass)
	require.NoError(t, err)
	var ids []uint64
	for _, l := range live {
		ids = append(ids, l.Id)
	}
	require.Equal(t, []uint64{4, 7}, ids)
	c.skip(types.ErrUnknownWindow, c.radios[0].Statement(5, types.PHASE_COMMIT, make([]byte, 32)))
}
