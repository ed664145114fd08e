package keeper_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// TestRadiosBegin: new radios pay nobody in their first epoch, since nobody has heard them yet; it makes them heard.
func TestRadiosBegin(t *testing.T) {
	c := newRadioChain(t, 3)
	require.Equal(t, radio.ReasonReciprocity, radio.Reason(c.beacon(3, c.radios[0]).Beacon.Reason))
	require.Equal(t, []radio.Reason{radio.ReasonReciprocity, radio.ReasonReciprocity}, c.reasons(3, c.radios[0]))
	require.Zero(t, c.beacon(3, c.radios[0]).Beacon.Units, "nobody had been heard when the first beacon was opened")
	require.Equal(t, []radio.Reason{radio.ReasonPaid, radio.ReasonPaid}, c.reasons(3, c.radios[2]), "by the last one all had been")
	c.holds()
}

// TestRadiosArePaid: three radios hear each other, commit, open, and are paid by the curve; the tally is their sum and
// freezes when the window is gone.
func TestRadiosArePaid(t *testing.T) {
	c := newRadioChain(t, 3)
	w := c.radioWindow(4)
	receipts := [][]radio.Receipt{c.hear(w, 0), c.hear(w, 1), c.hear(w, 2)}
	for _, d := range c.radios {
		c.accept(d.Commit(w))
	}
	w = c.drawnRadio(4)
	for i, d := range c.radios {
		results := c.accept(d.Open(w, receipts[i]...))
		require.EqualValues(t, full/2, results[0].Units, "two of four witnesses")
		require.EqualValues(t, 4, results[0].Epoch)
	}
	c.next()
	for _, d := range c.radios {
		require.EqualValues(t, full/2+2*full, c.units(d, 4))
	}
	tally := c.radioTally(4)
	require.EqualValues(t, 3*(full/2+2*full), tally.Units.Int64())
	require.EqualValues(t, 3, tally.Evidence)

	b := c.beacon(4, c.radios[0])
	require.Equal(t, "paid", b.ReasonText)
	require.EqualValues(t, 1<<radio.ScaleBits, b.Beacon.Scale)
	require.Equal(t, c.radios[0].Text(), b.DeviceId)
	require.Equal(t, c.radios[1].Text(), b.Witnesses[0].DeviceId)
	require.Equal(t, "paid", b.Witnesses[0].ReasonText)
	require.EqualValues(t, -115, b.Witnesses[0].RssiDbm)
	require.InDelta(t, 2_001_000, b.Witnesses[0].Witness.Millimetres, 2_000)
	hash := c.radios[0].Beacon(w).PayloadHash()
	byPayload, err := c.query.RadioBeaconByPayload(c.ctx, &types.QueryRadioBeaconByPayloadRequest{PayloadHash: hex.EncodeToString(hash[:])})
	require.NoError(t, err)
	require.Equal(t, b, byPayload)
	verdicts, err := c.query.RadioVerdicts(c.ctx, &types.QueryRadioVerdictsRequest{DeviceId: c.radios[1].Text()})
	require.NoError(t, err)
	last := verdicts.Verdicts[len(verdicts.Verdicts)-1]
	require.Equal(t, types.RadioVerdict{Epoch: 4, Beaconer: 3, Units: full}, last.Verdict)
	require.Equal(t, "paid", last.ReasonText)

	c.holds()
	c.reachEpoch(7)
	require.True(t, c.radioTally(4).Frozen)
	paid := c.claim(c.radios[0]) + c.claim(c.radios[1]) + c.claim(c.radios[2])
	require.InDelta(t, 2*c.pool, paid, 6, "epochs 3 and 4, but for what is rounded off")
	c.holds()
}

// TestRadioPhases: each phase at the first and last height that takes it, and beside them.
func TestRadioPhases(t *testing.T) {
	c := newRadioChain(t, 3)
	w := c.radioWindow(4)
	a, b := c.radios[0], c.radios[1]
	receipts := c.hear(w, 0)
	c.skip(types.ErrTooEarly, a.Open(w, receipts...))
	c.skip(types.ErrTooEarly, b.Late(w, a.Number, 0))
	c.accept(b.Commit(w))
	c.skip(types.ErrAlreadyCommitted, b.Statement(w.Id, types.PHASE_COMMIT, make([]byte, 32)))
	c.reach(w.CloseHeight)
	c.accept(c.radios[2].Commit(w))
	c.skip(types.ErrTooEarly, a.Open(w, receipts...))
	c.next()
	a.Hear(w, b)
	c.skip(types.ErrWindowClosed, a.Commit(w))
	w = c.radioWindow(4)
	c.accept(a.Open(w))
	c.skip(types.ErrAlreadyOpened, a.Open(w, receipts...))
	c.skip(types.ErrTooEarly, b.Late(w, a.Number, 0))
	c.reach(w.Radio.ProveHeight - 1)
	c.accept(b.Open(w))
	c.next()
	c.skip(types.ErrTooLate, c.radios[2].Open(w))
	c.accept(b.Late(w, a.Number, 0))
	c.reach(w.DeadlineHeight)
	c.accept(c.radios[2].Late(w, a.Number, 0))
	c.next()
	c.skip(types.ErrTooLate, c.radios[2].Late(w, a.Number, 0))
	later := w
	later.Id = 99
	c.skip(types.ErrUnknownWindow, a.Open(later))
	c.holds()
}

// TestLateReceiptRepairs: a beaconer that leaves a witness out, or a relayer that drops its receipt, pays it all the
// same.
func TestLateReceiptRepairs(t *testing.T) {
	c := newRadioChain(t, 4)
	w := c.radioWindow(4)
	a, receipts := c.radios[0], c.hear(w, 0)
	victim := c.radios[2]
	for _, d := range c.radios[1:] {
		c.accept(d.Commit(w))
	}
	w = c.drawnRadio(4)
	c.accept(a.Open(w, receipts[0], receipts[2]))
	w = c.lateRadio(4)
	require.EqualValues(t, full/2, c.units(a, 4))
	results := c.accept(victim.Late(w, a.Number, 0))
	require.EqualValues(t, full, results[0].Units)
	require.EqualValues(t, full*3/4, c.units(a, 4), "the beaconer is paid for three witnesses now")
	require.EqualValues(t, full, c.units(victim, 4))
	require.EqualValues(t, full, c.units(c.radios[1], 4), "up to four, witnesses do not share")
	c.skip(types.ErrAlreadyWitness, victim.Late(w, a.Number, 0))
	b := c.beacon(4, a).Beacon
	require.Len(t, b.Witnesses, 3)
	require.True(t, b.Witnesses[1].Late)
	require.EqualValues(t, 3, b.Paid())
	c.next()
	require.EqualValues(t, 3*full+full*3/4, c.radioTally(4).Units.Int64())
	c.holds()
}

// TestLateReceiptTakesBack: beyond four witnesses the same five units are shared, so that a late one lowers the others'
// pay.
func TestLateReceiptTakesBack(t *testing.T) {
	c := newRadioChain(t, 7)
	w := c.radioWindow(4)
	a, receipts := c.radios[0], c.hear(w, 0)
	for _, d := range c.radios[1:] {
		c.accept(d.Commit(w))
	}
	w = c.drawnRadio(4)
	c.accept(a.Open(w, receipts[:5]...))
	require.EqualValues(t, 760_000, c.units(c.radios[1], 4))
	w = c.lateRadio(4)
	c.accept(c.radios[6].Late(w, a.Number, 0))
	beaconer, witness, err := radio.HIP15().Reward(6)
	require.NoError(t, err)
	require.Equal(t, beaconer, c.units(a, 4))
	for _, d := range c.radios[1:] {
		require.Equal(t, witness, c.units(d, 4))
		verdicts := c.record(d).Radio.Verdicts
		require.Equal(t, types.RadioVerdict{Epoch: 4, Beaconer: 1, Units: witness}, verdicts[len(verdicts)-1])
	}
	c.next()
	require.EqualValues(t, beaconer+6*witness, c.radioTally(4).Units.Uint64())
	c.holds()
}

// TestLateReceiptIsDrawn: with 14 receipts in the record a late one takes a place or not by the draw alone, and whoever
// loses it is told.
func TestLateReceiptIsDrawn(t *testing.T) {
	c := newRadioChain(t, 17)
	w := c.radioWindow(4)
	a, receipts := c.radios[0], c.hear(w, 0)
	for _, d := range c.radios[1:] {
		c.accept(d.Commit(w))
	}
	w = c.drawnRadio(4)
	ids := make([]radio.DeviceID, 16)
	for i, d := range c.radios[1:] {
		ids[i] = radio.DeviceID(d.ID())
	}
	order, err := radio.Draw(radio.Mix(w.DrawAMix), a.Beacon(w).PayloadHash(), ids, 16)
	require.NoError(t, err)
	// The beaconer leaves out the first by draw and takes the last instead; the last but one is left out as it should
	// be.
	var chosen []radio.Receipt
	for i, r := range receipts {
		if i != order[0] && i != order[radio.MaxWitnesses] {
			chosen = append(chosen, r)
		}
	}
	c.accept(a.Open(w, chosen...))
	w = c.lateRadio(4)
	first, last, next := c.radios[1+order[0]], c.radios[1+order[radio.MaxWitnesses+1]], c.radios[1+order[radio.MaxWitnesses]]
	earned := c.units(last, 4)
	require.Positive(t, earned)
	results := c.accept(first.Late(w, a.Number, 0))
	require.Positive(t, results[0].Units)
	require.Zero(t, c.units(last, 4))
	verdicts := c.record(last).Radio.Verdicts
	require.Equal(t, types.RadioVerdict{Epoch: 4, Beaconer: 1, Reason: uint32(radio.ReasonDraw)}, verdicts[len(verdicts)-1])
	c.skip(types.ErrNotDrawn, next.Late(w, a.Number, 0))
	c.skip(types.ErrNotDrawn, last.Late(w, a.Number, 0))
	require.Len(t, c.beacon(4, a).Beacon.Witnesses, radio.MaxWitnesses)
	c.holds()
}
