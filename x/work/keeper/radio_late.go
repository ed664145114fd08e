package keeper

import (
	"slices"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// lateReceipt is a late receipt with what judging it needs.
type lateReceipt struct {
	late   radio.Late
	root   [radio.HashSize]byte
	beacon types.RadioBeacon
	// beaconer and witness are the pair; verdict is what the rules that concern it alone say.
	beaconer, witness radioFacts
	facts             radio.BeaconFacts
	verdict           radio.Verdict
	// evicts is the place of the receipt that makes room, -1 if there is room.
	evicts int
}

// lateReceipt judges an item by the state alone.
func (k *Keeper) lateReceipt(ctx sdk.Context, it *item) (l lateReceipt, err error) {
	if err := it.window.CheckLate(it.height); err != nil {
		return l, err
	}
	if l.late, err = radio.UnmarshalLate(it.evidence.Payload); err != nil {
		return l, types.ErrInvalidEvidence.Wrap(err.Error())
	}
	if l.witness, err = k.asserted(ctx, it); err != nil {
		return l, err
	}
	epoch, number := it.window.Epoch, l.late.Beaconer
	if l.late.Receipt.Number != l.witness.number {
		return l, types.ErrReceiptRefused.Wrapf("the receipt is of radio %d, device %s is radio %d", l.late.Receipt.Number, it.device.Text(), l.witness.number)
	}
	var found bool
	if l.beacon, found, err = k.beaconOf(ctx, epoch, number); err != nil {
		return l, err
	}
	if !found {
		return l, types.ErrNoBeacon.Wrapf("radio %d opened no beacon of epoch %d; without its preimage nobody is paid", number, epoch)
	}
	if _, found := l.beacon.Witness(l.witness.number); found {
		return l, types.ErrAlreadyWitness.Wrapf("the beacon of radio %d, epoch %d, has the receipt of radio %d", number, epoch, l.witness.number)
	}
	root, found := it.record.Radio.CommitmentOf(epoch)
	if !found {
		return l, types.ErrNoCommitment.Wrapf("device %s did not commit to its receipts in epoch %d", it.device.Text(), epoch)
	}
	l.root = [radio.HashSize]byte(root)
	if err := k.judgeLate(ctx, it.window, &l); err != nil {
		return l, err
	}
	return l, k.drawLate(ctx, it.window, &l)
}

// judgeLate applies the rules that concern the pair alone.
func (k *Keeper) judgeLate(ctx sdk.Context, w types.Window, l *lateReceipt) (err error) {
	if l.beaconer, err = k.factsOf(ctx, w.Epoch, l.beacon.Number); err != nil {
		return err
	}
	l.facts = pairFacts(ctx.ChainID(), w, l.beaconer)
	edges := types.RadioEdges{}
	witness, err := k.witnessFacts(ctx, w, l.witness, l.beacon.Number, &edges)
	if err != nil {
		return err
	}
	if !l.facts.Asserted {
		return types.ErrReceiptRefused.Wrapf("radio %d no longer asserts the position it had in epoch %d", l.beacon.Number, w.Epoch)
	}
	if l.verdict, err = radio.JudgeLate(w.Radio.Rules(), l.late.Receipt, l.beacon.Beacon(), radio.Reason(l.beacon.Reason), l.facts, witness); err != nil {
		return types.ErrAccounting.Wrap(err.Error())
	}
	if !l.verdict.Reason.Physical() {
		return types.ErrReceiptRefused.Wrapf("reason %d: %s", l.verdict.Reason, l.verdict.Reason)
	}
	return nil
}

// drawLate finds the receipt that makes room among the record's 14: the last by draw of those that physics does not
// allow, else of all.
func (k *Keeper) drawLate(ctx sdk.Context, w types.Window, l *lateReceipt) error {
	l.evicts = -1
	n := len(l.beacon.Witnesses)
	if n < radio.MaxWitnesses {
		return nil
	}
	ids := make([]radio.DeviceID, 0, n+1)
	physical := true
	for _, v := range l.beacon.Witnesses {
		id, _, err := k.deviceOf(ctx, v.Number)
		if err != nil {
			return err
		}
		var d radio.DeviceID
		copy(d[:], id)
		ids = append(ids, d)
		physical = physical && radio.Reason(v.Judged).Physical()
	}
	ids = append(ids, radio.DeviceID(l.witness.device.Id))
	order, err := radio.Draw(radio.Mix(w.DrawAMix), l.beacon.Beacon().PayloadHash(), ids, len(ids))
	if err != nil {
		return types.ErrAccounting.Wrap(err.Error())
	}
	for _, i := range slices.Backward(order) {
		switch {
		case i == n && physical:
			return types.ErrNotDrawn.Wrapf("the beacon of radio %d has %d receipts, all drawn before that of radio %d", l.beacon.Number, n, l.witness.number)
		case i < n && (physical || !radio.Reason(l.beacon.Witnesses[i].Judged).Physical()):
			l.evicts = i
			return nil
		}
	}
	return nil
}

// applyLate puts a verified late receipt into the beacon's record and settles the differences that follow from it.
func (k *Keeper) applyLate(ctx sdk.Context, it *item) (uint64, error) {
	w := it.window
	l, err := k.lateReceipt(ctx, it)
	if err != nil {
		return 0, err
	}
	before := l.beacon
	after := before
	after.Witnesses = slices.Clone(before.Witnesses)
	if l.evicts >= 0 {
		after.Witnesses = slices.Delete(after.Witnesses, l.evicts, l.evicts+1)
	}
	at, _ := after.Witness(l.witness.number)
	after.Witnesses = slices.Insert(after.Witnesses, at, types.RadioWitness{
		Number: l.witness.number, Judged: uint32(l.verdict.Reason), Millimetres: l.verdict.Millimetres, Readings: l.late.Receipt.Readings.Marshal(), Late: true,
	})
	edges, err := k.edgesOf(ctx, w.Epoch, before.Number, w.Radio.Params.EdgeEpochs)
	if err != nil {
		return 0, err
	}
	for _, v := range before.Witnesses {
		if radio.Reason(v.Reason) == radio.ReasonPaid {
			edges.Sub(v.Number)
		}
	}
	if err := k.limitAgain(ctx, w, &after, l, &edges); err != nil {
		return 0, err
	}
	part := it.record.RadioPart()
	part.Hearing(w.Epoch, w.Radio.StartSeconds())
	own := after.Witnesses[at]
	part.SetVerdict(types.RadioVerdict{Epoch: w.Epoch, Beaconer: after.Number, Reason: own.Reason, Units: own.Units})
	if own.Units > 0 {
		if err := it.record.Credit(w.Epoch, own.Units); err != nil {
			return 0, types.ErrAccounting.Wrap(err.Error())
		}
		it.changed.add(it.device.Id, own.Number, 0, own.Units)
	}
	if err := k.settleDifferences(ctx, it, before, after, l.witness.number); err != nil {
		return 0, err
	}
	if err := k.RadioEdges.Set(ctx, after.Number, edges); err != nil {
		return 0, err
	}
	if err := k.setBeacon(ctx, after); err != nil {
		return 0, err
	}
	return own.Units, ctx.EventManager().EmitTypedEvent(&types.EventRadioLateReceipt{
		Epoch: w.Epoch, Number: after.Number, Witness: own.Number, Reason: own.Reason, Units: own.Units,
		DeviceId: it.device.Text(), Changes: it.changed.of(after.Number),
	})
}

// limitAgain runs the limits and the pay over all receipts and counts the edges that are paid now.
func (k *Keeper) limitAgain(ctx sdk.Context, w types.Window, b *types.RadioBeacon, l lateReceipt, edges *types.RadioEdges) error {
	candidates := make([]radio.Candidate, len(b.Witnesses))
	for i, v := range b.Witnesses {
		f, err := k.factsOf(ctx, w.Epoch, v.Number)
		if err != nil {
			return err
		}
		c := radio.Candidate{Judged: radio.Reason(v.Judged), EdgePaid: edges.Count(v.Number, w.Radio.Params.EdgeLimit)}
		if f.known {
			c.Device, c.Owner, c.Cell = radio.DeviceID(f.device.Id), f.device.Owner, radio.Cell(f.assertion.Cell)
		}
		// A witness that was paid and has given up its assertion since has no cell to compare; it keeps none.
		if c.Judged == radio.ReasonPaid && !f.counts(w.Epoch) {
			c.Judged = radio.ReasonUnasserted
		}
		candidates[i] = c
	}
	limited, err := radio.Limit(w.Radio.Rules(), l.facts.DrawSeed, b.Beacon().PayloadHash(), l.facts.Owner, b.Scale, candidates)
	if err != nil {
		return types.ErrAccounting.Wrap(err.Error())
	}
	b.Units = limited.Units
	for i := range b.Witnesses {
		b.Witnesses[i].Reason, b.Witnesses[i].Units = uint32(limited.Reasons[i]), limited.WitnessUnits[i]
		if limited.Reasons[i] == radio.ReasonPaid {
			edges.Add(b.Witnesses[i].Number)
		}
	}
	return nil
}

// settleDifferences credits or takes back what a late receipt changed for the beaconer and the other witnesses; the
// epoch has no rate yet, since its window lives.
func (k *Keeper) settleDifferences(ctx sdk.Context, it *item, before, after types.RadioBeacon, late uint32) error {
	w := it.window
	if err := k.adjust(ctx, it, before.Number, before.Units, after.Units, func(part *types.RadioWork) {
		part.Heard(w.Epoch, w.Radio.StartSeconds())
	}); err != nil {
		return err
	}
	for _, old := range before.Witnesses {
		verdict := types.RadioVerdict{Epoch: after.Epoch, Beaconer: after.Number, Reason: uint32(radio.ReasonDraw)}
		if at, found := after.Witness(old.Number); found {
			verdict.Reason, verdict.Units = after.Witnesses[at].Reason, after.Witnesses[at].Units
		}
		if old.Number == late || verdict.Reason == old.Reason && verdict.Units == old.Units {
			continue
		}
		if err := k.adjust(ctx, it, old.Number, old.Units, verdict.Units, func(part *types.RadioWork) { part.SetVerdict(verdict) }); err != nil {
			return err
		}
	}
	return nil
}

// adjust changes a radio's units of the window's epoch from one figure to another.
func (k *Keeper) adjust(ctx sdk.Context, it *item, number uint32, before, after uint64, note func(*types.RadioWork)) error {
	w := it.window
	id, found, err := k.deviceOf(ctx, number)
	if err != nil || !found {
		return err
	}
	record, _, err := k.record(ctx, devicetypes.WORK_CLASS_RADIO, id)
	if err != nil {
		return err
	}
	if err := k.settle(ctx, &record); err != nil {
		return err
	}
	note(record.RadioPart())
	if before > 0 {
		if err := record.Debit(w.Epoch, before); err != nil {
			return err
		}
	}
	if after > 0 {
		if err := record.Credit(w.Epoch, after); err != nil {
			return types.ErrAccounting.Wrap(err.Error())
		}
	}
	if before != after {
		k.contributeUnits(ctx, w, intOf(after).Sub(intOf(before)))
		it.changed.add(id, number, before, after)
	}
	return k.setRecord(ctx, record)
}

// contributeUnits adds to the tally of the window's epoch, or takes from it.
func (k *Keeper) contributeUnits(ctx sdk.Context, w types.Window, units math.Int) {
	c := newContribution()
	c.units = units
	k.contribute(ctx, w.WorkClass, w.Epoch, c)
}

func intOf(units uint64) math.Int { return math.NewIntFromUint64(units) }
