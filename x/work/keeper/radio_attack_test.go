package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// scene is an epoch in which three radios heard the first one.
func scene(t *testing.T, n int) (c *radioChain, w types.Window, a *testutil.RadioDevice, receipts []radio.Receipt) {
	c = newRadioChain(t, n)
	w = c.radioWindow(4)
	return c, w, c.radios[0], c.hear(w, 0)
}

// TestFalseBeaconsAreRefused: what is false under the beaconer's own signature fails the batch and leaves no trace.
func TestFalseBeaconsAreRefused(t *testing.T) {
	c, _, a, receipts := scene(t, 3)
	w := c.drawnRadio(4)
	stranger := testutil.NewRadioDevice(chainID, 77)
	lifted := receipts[1]
	lifted.Number = receipts[0].Number
	swapped := receipts[0]
	swapped.Signature = stranger.Receipt(w, a.Beacon(w).PayloadHash(), swapped.Readings).Signature
	louder := receipts[0]
	louder.Readings.Attenuation = 90
	nobody := receipts[1]
	nobody.Number = 999
	other := w
	other.Epoch = 3
	for name, e := range map[string]types.Evidence{
		"receipt under another's number":      a.Open(w, lifted),
		"receipt of a number nobody has":      a.Open(w, receipts[0], nobody),
		"signed with a swapped key":           a.Open(w, swapped, receipts[1]),
		"readings changed":                    a.Open(w, louder, receipts[1]),
		"receipt of another radio's beacon":   a.Open(w, c.radios[1].Receipt(w, c.radios[2].Beacon(w).PayloadHash(), receipts[0].Readings)),
		"receipt of another epoch":            a.Open(w, c.radios[1].Receipt(other, a.Beacon(w).PayloadHash(), receipts[0].Readings)),
		"receipt of another chain":            a.Open(w, foreign(c.radios[1]).Receipt(w, a.Beacon(w).PayloadHash(), receipts[0].Readings)),
		"preimage of the epoch before":        a.Statement(w.Id, types.PHASE_OPEN, withPreimage(a.Open(w, receipts...).Payload, a.Preimage(3))),
		"preimage of the epoch after":         a.Statement(w.Id, types.PHASE_OPEN, withPreimage(a.Open(w, receipts...).Payload, a.Preimage(5))),
		"another's preimage, as it was heard": c.radios[1].Statement(w.Id, types.PHASE_OPEN, a.Open(w).Payload),
	} {
		require.ErrorIs(t, c.refuse(e), types.ErrBadProof, name)
	}
	// A stranger, a relayer or a front-runner changes what a device has signed, or sends it as its own.
	e := a.Open(w, receipts...)
	e.Payload = a.Open(w, receipts[0]).Payload
	require.ErrorIs(t, c.refuse(e), types.ErrBadSignature, "a relayer dropped a receipt")
	e = a.Open(w, receipts...)
	e.DeviceId = c.radios[1].ID()
	require.ErrorIs(t, c.refuse(e), types.ErrBadSignature, "a front-runner sends it as its own")
	require.ErrorIs(t, c.refuse(stranger.Open(w)), types.ErrUnknownDevice)
	c.accept(a.Open(w, receipts...))
	c.skip(types.ErrAlreadyOpened, a.Open(w, receipts...))
	c.holds()
}

func foreign(d *testutil.RadioDevice) *testutil.RadioDevice {
	other := *d
	other.ChainID = "joule-other-1"
	return &other
}

func withPreimage(payload []byte, p radio.Preimage) []byte {
	out := append([]byte(nil), payload...)
	copy(out[1:], p[:])
	return out
}

// TestVerdictsOnChain: every rule that reads the state gives its reason, and the others are paid all the same.
func TestVerdictsOnChain(t *testing.T) {
	deny := func(msg types.MsgUpdateRadioDenylist) func(*radioChain) {
		return func(c *radioChain) {
			msg.Authority = c.k.Authority()
			_, err := c.msg.UpdateRadioDenylist(c.ctx, &msg)
			require.NoError(c, err)
		}
	}
	sense := func(change func(*radio.Readings)) func(*radioChain, types.Window, []radio.Receipt) {
		return func(c *radioChain, w types.Window, receipts []radio.Receipt) {
			r := c.radios[0].Readings(w)
			change(&r)
			receipts[0] = c.radios[1].Receipt(w, c.radios[0].Beacon(w).PayloadHash(), r)
		}
	}
	for name, tc := range map[string]struct {
		before func(*radioChain)
		hear   func(*radioChain, types.Window, []radio.Receipt)
		beacon radio.Reason
		want   radio.Reason
	}{
		"paid":              {},
		"suspended":         {before: func(c *radioChain) { c.devices.SetState(c.radios[1].ID(), devicetypes.DEVICE_STATE_SUSPENDED) }, want: radio.ReasonInactive},
		"denied":            {before: deny(types.MsgUpdateRadioDenylist{Deny: []uint32{2}}), want: radio.ReasonDenied},
		"edge denied":       {before: deny(types.MsgUpdateRadioDenylist{DenyEdges: []types.RadioEdge{{A: 2, B: 1}}}), want: radio.ReasonEdgeDenied},
		"other edge denied": {before: deny(types.MsgUpdateRadioDenylist{DenyEdges: []types.RadioEdge{{A: 2, B: 3}}})},
		"beaconer denied":   {before: deny(types.MsgUpdateRadioDenylist{Deny: []uint32{1}}), beacon: radio.ReasonDenied, want: radio.ReasonBeacon},
		"same owner": {before: func(c *radioChain) {
			c.devices.RegisterRadio(c.radios[1], relayer(0))
		}, want: radio.ReasonOwner},
		"too early":    {hear: sense(func(r *radio.Readings) { r.Millis -= 501 }), want: radio.ReasonTime},
		"minutes late": {hear: sense(func(r *radio.Readings) { r.Millis += 120_000 }), want: radio.ReasonTime},
		"frequency":    {hear: sense(func(r *radio.Readings) { r.Channel = 9 }), want: radio.ReasonFrequency},
		"too strong":   {hear: sense(func(r *radio.Readings) { r.Attenuation = 40 }), want: radio.ReasonRSSI},
		"absurd RSSI":  {hear: sense(func(r *radio.Readings) { r.Attenuation = 0 }), want: radio.ReasonRSSI},
		"too weak":     {hear: sense(func(r *radio.Readings) { r.SNR = -81 }), want: radio.ReasonSNR},
		"self": {hear: func(c *radioChain, w types.Window, receipts []radio.Receipt) {
			receipts[0] = c.radios[0].Hear(w, c.radios[0])
		}, want: radio.ReasonSelf},
	} {
		t.Run(name, func(t *testing.T) {
			c, w, a, receipts := scene(t, 3)
			if tc.before != nil {
				tc.before(c)
			}
			if tc.hear != nil {
				tc.hear(c, w, receipts)
			}
			w = c.drawnRadio(4)
			c.accept(a.Open(w, receipts...))
			b := c.beacon(4, a)
			require.Equal(t, tc.beacon, radio.Reason(b.Beacon.Reason))
			require.Equal(t, tc.want, radio.Reason(b.Beacon.Witnesses[0].Reason), b.Witnesses[0].ReasonText)
			other := radio.ReasonPaid
			if tc.beacon != radio.ReasonPaid {
				other = radio.ReasonBeacon
			}
			require.Equal(t, other, radio.Reason(b.Beacon.Witnesses[1].Reason))
			if b.Witnesses[0].DeviceId == c.radios[1].Text() {
				verdicts := c.record(c.radios[1]).Radio.Verdicts
				require.EqualValues(t, tc.want, verdicts[len(verdicts)-1].Reason)
			}
			c.next()
			c.holds()
		})
	}
}

// TestSpentEdge: an edge is paid four times in its week and then again in the next one.
func TestSpentEdge(t *testing.T) {
	c := newRadioChain(t, 2, withParams(func(p *types.Params) { p.Radio.EdgeEpochs = 12 }))
	a, b := c.radios[0], c.radios[1]
	var got []radio.Reason
	for epoch := uint64(4); epoch <= 12; epoch++ {
		receipt := b.Hear(c.openRadio(epoch), a)
		c.accept(a.Open(c.drawnRadio(epoch), receipt))
		// b's own beacons keep it heard.
		c.accept(b.Open(c.radioWindow(epoch), a.Hear(c.radioWindow(epoch), b)))
		got = append(got, c.reasons(epoch, a)...)
	}
	// Radio 1's second week begins with epoch 11: (11 + 1) / 12.
	paid, spent := radio.ReasonPaid, radio.ReasonEdge
	require.Equal(t, []radio.Reason{paid, paid, paid, paid, spent, spent, spent, paid, paid}, got)
	c.holds()
}

// TestLateReceiptsThatDoNotCount: a late receipt has to have been committed to before the reveal, by its own witness,
// for that beacon, and the rules hold for it.
func TestLateReceiptsThatDoNotCount(t *testing.T) {
	c, w, a, receipts := scene(t, 5)
	honest, told, quiet, weak := c.radios[1], c.radios[2], c.radios[3], c.radios[4]
	c.accept(honest.Commit(w))
	reading := a.Readings(w)
	reading.SNR = -81
	_ = weak.Sense(w, a, reading)
	c.accept(weak.Commit(w))
	c.accept(c.radios[2].Statement(w.Id, types.PHASE_COMMIT, make([]byte, 32)))
	w = c.drawnRadio(4)
	c.accept(a.Open(w))
	w = c.lateRadio(4)
	require.ErrorIs(t, c.refuse(told.Late(w, a.Number, 0)), types.ErrBadProof, "it committed to something else")
	c.skip(types.ErrNoCommitment, quiet.Late(w, a.Number, 0))
	c.skip(types.ErrReceiptRefused, weak.Late(w, a.Number, 1))
	c.skip(types.ErrNoBeacon, honest.Late(w, c.radios[2].Number, 0))
	c.skip(types.ErrNoBeacon, honest.Late(w, 999, 0))
	own := *honest
	own.Number = 3
	stolen := honest.Statement(w.Id, types.PHASE_PROVE, lateOf(t, honest.Late(w, a.Number, 0), receipts[1]))
	c.skip(types.ErrReceiptRefused, stolen)
	late := honest.Late(w, a.Number, 0)
	late.Payload = append([]byte(nil), late.Payload...)
	late.Payload[20] ^= 1
	require.ErrorIs(t, c.refuse(honest.Sign(late)), types.ErrBadProof)
	c.accept(honest.Late(w, a.Number, 0))
	c.holds()
}

// lateOf puts another receipt into a late one.
func lateOf(t *testing.T, e types.Evidence, r radio.Receipt) []byte {
	l, err := radio.UnmarshalLate(e.Payload)
	require.NoError(t, err)
	l.Receipt = r
	payload, err := l.Marshal()
	require.NoError(t, err)
	return payload
}

// TestExpiredChain: a radio that was silent for chain_steps has to begin another hash chain, and then goes on.
func TestExpiredChain(t *testing.T) {
	c := newRadioChain(t, 2, withParams(func(p *types.Params) { p.Radio.ChainSteps = 3 }))
	a := c.radios[0]
	c.openRadio(7)
	c.skip(types.ErrChainExpired, a.Open(c.drawnRadio(7)))
	a.Renew()
	_, err := c.assert(a.Assert(relayer(0), c.epoch()))
	require.NoError(t, err)
	from := c.epoch() + 2
	c.openRadio(from)
	c.accept(a.Open(c.drawnRadio(from)))
	require.Len(t, c.community.Paid, 1)
	require.EqualValues(t, 2_000_000, c.community.Paid[0].Amount.Int64(), "two first assertions; a renewal is free of it")
	c.holds()
}
