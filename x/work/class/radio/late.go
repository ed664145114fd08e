package radio

import (
	"slices"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/class"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// lateReceipt is a late receipt with what judging it needs.
type lateReceipt struct {
	late   proof.Late
	root   [proof.HashSize]byte
	beacon types.RadioBeacon
	// beaconer and witness are the pair; verdict is what the rules that concern it alone say.
	beaconer, witness station
	facts             proof.BeaconFacts
	verdict           proof.Verdict
	// evicts is the place of the receipt that makes room, -1 if there is room.
	evicts int
}

// lateReceipt judges an item by the state alone.
func (c *Class) lateReceipt(ctx sdk.Context, it *class.Item) (l lateReceipt, err error) {
	if err := it.Window.CheckLate(it.Height); err != nil {
		return l, err
	}
	if l.late, err = proof.UnmarshalLate(it.Evidence.Payload); err != nil {
		return l, types.ErrInvalidEvidence.Wrap(err.Error())
	}
	if l.witness, err = c.asserted(ctx, it); err != nil {
		return l, err
	}
	epoch, number := it.Window.Epoch, l.late.Beaconer
	if l.late.Receipt.Number != l.witness.number {
		return l, types.ErrReceiptRefused.Wrapf("the receipt is of radio %d, device %s is radio %d", l.late.Receipt.Number, it.Device.Text(), l.witness.number)
	}
	var found bool
	if l.beacon, found, err = c.beaconOf(ctx, epoch, number); err != nil {
		return l, err
	}
	if !found {
		return l, types.ErrNoBeacon.Wrapf("radio %d opened no beacon of epoch %d; without its preimage nobody is paid", number, epoch)
	}
	if _, found := l.beacon.Witness(l.witness.number); found {
		return l, types.ErrAlreadyWitness.Wrapf("the beacon of radio %d, epoch %d, has the receipt of radio %d", number, epoch, l.witness.number)
	}
	root, found := it.Record.Radio.CommitmentOf(epoch)
	if !found {
		return l, types.ErrNoCommitment.Wrapf("device %s did not commit to its receipts in epoch %d", it.Device.Text(), epoch)
	}
	l.root = [proof.HashSize]byte(root)
	if err := c.judgeLate(ctx, it.Window, &l); err != nil {
		return l, err
	}
	return l, c.drawLate(ctx, it.Window, &l)
}

// judgeLate applies the rules that concern the pair alone.
func (c *Class) judgeLate(ctx sdk.Context, w types.Window, l *lateReceipt) (err error) {
	if l.beaconer, err = c.factsOf(ctx, w.Epoch, l.beacon.Number); err != nil {
		return err
	}
	l.facts = pairFacts(ctx.ChainID(), w, l.beaconer)
	edges := types.RadioEdges{}
	witness, err := c.witnessFacts(ctx, w, l.witness, l.beacon.Number, &edges)
	if err != nil {
		return err
	}
	if !l.facts.Asserted {
		return types.ErrReceiptRefused.Wrapf("radio %d no longer asserts the position it had in epoch %d", l.beacon.Number, w.Epoch)
	}
	if l.verdict, err = proof.JudgeLate(w.Radio.Rules(), l.late.Receipt, l.beacon.Beacon(), proof.Reason(l.beacon.Reason), l.facts, witness); err != nil {
		return types.ErrAccounting.Wrap(err.Error())
	}
	if !l.verdict.Reason.Physical() {
		return types.ErrReceiptRefused.Wrapf("reason %d: %s", l.verdict.Reason, l.verdict.Reason)
	}
	return nil
}

// drawLate finds the receipt that makes room in a full record: the last by draw of those that physics does not allow,
// else of all.
func (c *Class) drawLate(ctx sdk.Context, w types.Window, l *lateReceipt) error {
	l.evicts = -1
	n := len(l.beacon.Witnesses)
	if n < proof.MaxWitnesses {
		return nil
	}
	ids := make([]proof.DeviceID, 0, n+1)
	physical := true
	for _, v := range l.beacon.Witnesses {
		id, _, err := c.deviceOf(ctx, v.Number)
		if err != nil {
			return err
		}
		var d proof.DeviceID
		copy(d[:], id)
		ids = append(ids, d)
		physical = physical && proof.Reason(v.Judged).Physical()
	}
	ids = append(ids, proof.DeviceID(l.witness.device.Id))
	order, err := proof.Draw(proof.Mix(w.DrawAMix), l.beacon.Beacon().PayloadHash(), ids, len(ids))
	if err != nil {
		return types.ErrAccounting.Wrap(err.Error())
	}
	for _, i := range slices.Backward(order) {
		switch {
		case i == n && physical:
			return types.ErrNotDrawn.Wrapf("the beacon of radio %d has %d receipts, all drawn before that of radio %d", l.beacon.Number, n, l.witness.number)
		case i < n && (physical || !proof.Reason(l.beacon.Witnesses[i].Judged).Physical()):
			l.evicts = i
			return nil
		}
	}
	return nil
}

// applyLate puts a verified late receipt into the beacon's record and settles the differences that follow from it.
func (c *Class) applyLate(ctx sdk.Context, it *class.Item) (uint64, error) {
	var changed unitChanges
	w := it.Window
	l, err := c.lateReceipt(ctx, it)
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
	edges, err := c.edgesOf(ctx, w.Epoch, before.Number, w.Radio.Params.EdgeEpochs)
	if err != nil {
		return 0, err
	}
	for _, v := range before.Witnesses {
		if proof.Reason(v.Reason) == proof.ReasonPaid {
			edges.Sub(v.Number)
		}
	}
	if err := c.limitAgain(ctx, w, &after, l, &edges); err != nil {
		return 0, err
	}
	part := it.Record.RadioPart()
	part.Hearing(w.Epoch, w.Radio.StartSeconds())
	own := after.Witnesses[at]
	part.SetVerdict(types.RadioVerdict{Epoch: w.Epoch, Beaconer: after.Number, Reason: own.Reason, Units: own.Units})
	if own.Units > 0 {
		if err := it.Record.Credit(w.Epoch, own.Units); err != nil {
			return 0, types.ErrAccounting.Wrap(err.Error())
		}
		changed.add(it.Device.Id, own.Number, 0, own.Units)
	}
	if err := c.settleDifferences(ctx, it, &changed, before, after, l.witness.number); err != nil {
		return 0, err
	}
	if err := c.Edges.Set(ctx, after.Number, edges); err != nil {
		return 0, err
	}
	if err := c.setBeacon(ctx, after); err != nil {
		return 0, err
	}
	return own.Units, ctx.EventManager().EmitTypedEvent(&types.EventRadioLateReceipt{
		Epoch: w.Epoch, Number: after.Number, Witness: own.Number, Reason: own.Reason, Units: own.Units,
		DeviceId: it.Device.Text(), Changes: changed.of(after.Number),
	})
}

// limitAgain runs the limits and the pay over all receipts and counts the edges that are paid now.
func (c *Class) limitAgain(ctx sdk.Context, w types.Window, b *types.RadioBeacon, l lateReceipt, edges *types.RadioEdges) error {
	candidates := make([]proof.Candidate, len(b.Witnesses))
	for i, v := range b.Witnesses {
		f, err := c.factsOf(ctx, w.Epoch, v.Number)
		if err != nil {
			return err
		}
		candidate := proof.Candidate{Judged: proof.Reason(v.Judged), EdgePaid: edges.Count(v.Number, w.Radio.Params.EdgeLimit)}
		if f.known {
			candidate.Device, candidate.Owner, candidate.Cell = proof.DeviceID(f.device.Id), f.device.Owner, proof.Cell(f.assertion.Cell)
		}
		// A witness that was paid and has given up its assertion since has no cell to compare; it keeps none.
		if candidate.Judged == proof.ReasonPaid && !f.counts(w.Epoch) {
			candidate.Judged = proof.ReasonUnasserted
		}
		candidates[i] = candidate
	}
	limited, err := proof.Limit(w.Radio.Rules(), l.facts.DrawSeed, b.Beacon().PayloadHash(), l.facts.Owner, b.Scale, candidates)
	if err != nil {
		return types.ErrAccounting.Wrap(err.Error())
	}
	b.Units = limited.Units
	for i := range b.Witnesses {
		b.Witnesses[i].Reason, b.Witnesses[i].Units = uint32(limited.Reasons[i]), limited.WitnessUnits[i]
		if limited.Reasons[i] == proof.ReasonPaid {
			edges.Add(b.Witnesses[i].Number)
		}
	}
	return nil
}

// settleDifferences credits or takes back what a late receipt changed for the beaconer and the other witnesses; the
// epoch has no rate yet, since its window lives.
func (c *Class) settleDifferences(ctx sdk.Context, it *class.Item, changed *unitChanges, before, after types.RadioBeacon, late uint32) error {
	w := it.Window
	if err := c.adjust(ctx, it.Window, changed, before.Number, before.Units, after.Units, func(part *types.RadioWork) {
		part.Heard(w.Epoch, w.Radio.StartSeconds())
	}); err != nil {
		return err
	}
	for _, old := range before.Witnesses {
		verdict := types.RadioVerdict{Epoch: after.Epoch, Beaconer: after.Number, Reason: uint32(proof.ReasonDraw)}
		if at, found := after.Witness(old.Number); found {
			verdict.Reason, verdict.Units = after.Witnesses[at].Reason, after.Witnesses[at].Units
		}
		if old.Number == late || verdict.Reason == old.Reason && verdict.Units == old.Units {
			continue
		}
		if err := c.adjust(ctx, it.Window, changed, old.Number, old.Units, verdict.Units, func(part *types.RadioWork) { part.SetVerdict(verdict) }); err != nil {
			return err
		}
	}
	return nil
}

// adjust changes a radio's units of the window's epoch from one figure to another.
func (c *Class) adjust(ctx sdk.Context, w types.Window, changed *unitChanges, number uint32, before, after uint64, note func(*types.RadioWork)) error {
	id, found, err := c.deviceOf(ctx, number)
	if err != nil || !found {
		return err
	}
	record, _, err := c.ledger.Record(ctx, id)
	if err != nil {
		return err
	}
	if err := c.ledger.Settle(ctx, &record); err != nil {
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
		c.ledger.Contribute(ctx, w.Epoch, intOf(after).Sub(intOf(before)))
		changed.add(id, number, before, after)
	}
	return c.ledger.SetRecord(ctx, record)
}

func intOf(units uint64) math.Int { return math.NewIntFromUint64(units) }
