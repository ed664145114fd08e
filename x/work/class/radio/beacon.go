package radio

import (
	"encoding/hex"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/class"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// applyBeacon judges a verified beacon by the state and pays it: the beaconer in the item's record, its witnesses
// in theirs.
func (c *Class) applyBeacon(ctx sdk.Context, it *class.Item) (uint64, error) {
	var changed unitChanges
	w := it.Window
	evidence, err := proof.UnmarshalEvidence(it.Evidence.Payload)
	if err != nil {
		return 0, types.ErrInvalidEvidence.Wrap(err.Error())
	}
	own, err := c.asserted(ctx, it)
	if err != nil {
		return 0, err
	}
	rules := w.Radio.Rules()
	beacon, err := proof.DeriveBeacon(w.RadioChallenge(ctx.ChainID(), proof.DeviceID(it.Device.Id)), proof.Region(own.assertion.Region), rules.MaxBackoff, evidence.Preimage)
	if err != nil {
		return 0, types.ErrAccounting.Wrap(err.Error())
	}
	edges, err := c.edgesOf(ctx, w.Epoch, own.number, w.Radio.Params.EdgeEpochs)
	if err != nil {
		return 0, err
	}
	b, witnesses, facts, err := c.allFacts(ctx, w, own, evidence.Receipts, &edges)
	if err != nil {
		return 0, err
	}
	verified := proof.Verified{Beacon: beacon, Heard: make([]bool, len(witnesses))}
	for i, f := range witnesses {
		verified.Heard[i] = f.known
	}
	j, err := proof.Judge(rules, evidence.Receipts, verified, b, facts)
	if err != nil {
		return 0, types.ErrAccounting.Wrap(err.Error())
	}
	record := beaconRecord(w.Epoch, own.number, beacon, evidence.Receipts, j)
	part := it.Record.RadioPart()
	part.Revealed, part.ActiveEpoch = evidence.Preimage[:], max(part.ActiveEpoch, w.Epoch)
	it.Record.LastProvenEpoch = w.Epoch
	for i, v := range record.Witnesses {
		if proof.Reason(v.Reason).Physical() {
			part.Heard(w.Epoch, w.Radio.StartSeconds())
		}
		if err := c.creditWitness(ctx, w, record, v, witnesses[i], &edges, it, &changed); err != nil {
			return 0, err
		}
	}
	if record.Units > 0 {
		if err := it.Record.Credit(w.Epoch, record.Units); err != nil {
			return 0, types.ErrAccounting.Wrap(err.Error())
		}
		changed.add(it.Device.Id, own.number, 0, record.Units)
	}
	if err := c.Edges.Set(ctx, own.number, edges); err != nil {
		return 0, err
	}
	if err := c.setBeacon(ctx, record); err != nil {
		return 0, err
	}
	return record.Units, emitBeacon(ctx, it, record, changed)
}

// allFacts reads what the rules need of the beaconer and of each receipt's radio.
func (c *Class) allFacts(ctx sdk.Context, w types.Window, own station, receipts []proof.Receipt, edges *types.RadioEdges) (
	b proof.BeaconFacts, witnesses []station, facts []proof.WitnessFacts, err error,
) {
	if b, err = c.beaconFacts(ctx, w, own); err != nil {
		return b, nil, nil, err
	}
	witnesses, facts = make([]station, len(receipts)), make([]proof.WitnessFacts, len(receipts))
	for i, r := range receipts {
		if witnesses[i], err = c.factsOf(ctx, w.Epoch, r.Number); err != nil {
			return b, nil, nil, err
		}
		if facts[i], err = c.witnessFacts(ctx, w, witnesses[i], own.number, edges); err != nil {
			return b, nil, nil, err
		}
	}
	return b, witnesses, facts, nil
}

func beaconRecord(epoch uint64, number uint32, beacon proof.Beacon, receipts []proof.Receipt, j proof.Judgement) types.RadioBeacon {
	record := types.RadioBeacon{
		Epoch: epoch, Number: number, Payload: beacon.Payload[:], Channel: uint32(beacon.Channel), Backoff: beacon.Backoff,
		Reason: uint32(j.Beacon), Units: j.Units, Scale: j.Scale,
	}
	for i, v := range j.Witnesses {
		record.Witnesses = append(record.Witnesses, types.RadioWitness{
			Number: receipts[i].Number, Judged: uint32(v.Judged), Reason: uint32(v.Reason), Units: v.Units, Millimetres: v.Millimetres,
			Readings: receipts[i].Readings.Marshal(),
		})
	}
	return record
}

// creditWitness tells a witness its verdict and pays it. A radio that is no radio, or the beaconer itself, has no
// record to write to.
func (c *Class) creditWitness(ctx sdk.Context, w types.Window, b types.RadioBeacon, v types.RadioWitness, f station, edges *types.RadioEdges, it *class.Item,
	changed *unitChanges,
) error {
	if !f.known || string(f.device.Id) == string(it.Device.Id) {
		return nil
	}
	if proof.Reason(v.Reason) == proof.ReasonPaid {
		edges.Add(v.Number)
	}
	record := f.record
	if err := c.ledger.Settle(ctx, &record); err != nil {
		return err
	}
	part := record.RadioPart()
	if proof.Reason(v.Reason).Physical() {
		part.Hearing(w.Epoch, w.Radio.StartSeconds())
	}
	part.SetVerdict(types.RadioVerdict{Epoch: b.Epoch, Beaconer: b.Number, Reason: v.Reason, Units: v.Units})
	if v.Units > 0 {
		if err := record.Credit(w.Epoch, v.Units); err != nil {
			return types.ErrAccounting.Wrap(err.Error())
		}
		c.ledger.Contribute(ctx, w.Epoch, intOf(v.Units))
		changed.add(f.device.Id, v.Number, 0, v.Units)
	}
	return c.ledger.SetRecord(ctx, record)
}

func emitBeacon(ctx sdk.Context, it *class.Item, b types.RadioBeacon, changed unitChanges) error {
	hash := b.Beacon().PayloadHash()
	return ctx.EventManager().EmitTypedEvent(&types.EventRadioBeacon{
		Epoch: b.Epoch, Number: b.Number, PayloadHash: hex.EncodeToString(hash[:]), Reason: b.Reason, Units: b.Units,
		Witnesses: uint32(len(b.Witnesses)), Paid: b.Paid(), DeviceId: it.Device.Text(), Changes: changed.of(b.Number),
	})
}
