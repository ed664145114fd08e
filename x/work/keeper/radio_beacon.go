package keeper

import (
	"encoding/hex"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// applyBeacon judges a verified beacon by the state and pays it: the beaconer in the item's record, at most 14
// witnesses in theirs.
func (k *Keeper) applyBeacon(ctx sdk.Context, it *item) (uint64, error) {
	w := it.window
	evidence, err := radio.UnmarshalEvidence(it.evidence.Payload)
	if err != nil {
		return 0, types.ErrInvalidEvidence.Wrap(err.Error())
	}
	own, err := k.asserted(ctx, it)
	if err != nil {
		return 0, err
	}
	rules := w.Radio.Rules()
	beacon, err := radio.DeriveBeacon(w.RadioChallenge(ctx.ChainID(), radio.DeviceID(it.device.Id)), radio.Region(own.assertion.Region), rules.MaxBackoff, evidence.Preimage)
	if err != nil {
		return 0, types.ErrAccounting.Wrap(err.Error())
	}
	edges, err := k.edgesOf(ctx, w.Epoch, own.number, w.Radio.Params.EdgeEpochs)
	if err != nil {
		return 0, err
	}
	b, witnesses, facts, err := k.allFacts(ctx, w, own, evidence.Receipts, &edges)
	if err != nil {
		return 0, err
	}
	verified := radio.Verified{Beacon: beacon, Heard: make([]bool, len(witnesses))}
	for i, f := range witnesses {
		verified.Heard[i] = f.known
	}
	j, err := radio.Judge(rules, evidence.Receipts, verified, b, facts)
	if err != nil {
		return 0, types.ErrAccounting.Wrap(err.Error())
	}
	record := beaconRecord(w.Epoch, own.number, beacon, evidence.Receipts, j)
	part := it.record.RadioPart()
	part.Revealed, part.ActiveEpoch = evidence.Preimage[:], max(part.ActiveEpoch, w.Epoch)
	it.record.LastProvenEpoch = w.Epoch
	for i, v := range record.Witnesses {
		if radio.Reason(v.Reason).Physical() {
			part.Heard(w.Epoch, w.Radio.StartSeconds())
		}
		if err := k.creditWitness(ctx, w, record, v, witnesses[i], &edges, it); err != nil {
			return 0, err
		}
	}
	if record.Units > 0 {
		if err := it.record.Credit(w.Epoch, record.Units); err != nil {
			return 0, types.ErrAccounting.Wrap(err.Error())
		}
		it.changed.add(it.device.Id, own.number, 0, record.Units)
	}
	if err := k.RadioEdges.Set(ctx, own.number, edges); err != nil {
		return 0, err
	}
	if err := k.setBeacon(ctx, record); err != nil {
		return 0, err
	}
	return record.Units, emitBeacon(ctx, it, record)
}

// allFacts reads what the rules need of the beaconer and of each receipt's radio.
func (k *Keeper) allFacts(ctx sdk.Context, w types.Window, own radioFacts, receipts []radio.Receipt, edges *types.RadioEdges) (
	b radio.BeaconFacts, witnesses []radioFacts, facts []radio.WitnessFacts, err error,
) {
	if b, err = k.beaconFacts(ctx, w, own); err != nil {
		return b, nil, nil, err
	}
	witnesses, facts = make([]radioFacts, len(receipts)), make([]radio.WitnessFacts, len(receipts))
	for i, r := range receipts {
		if witnesses[i], err = k.factsOf(ctx, w.Epoch, r.Number); err != nil {
			return b, nil, nil, err
		}
		if facts[i], err = k.witnessFacts(ctx, w, witnesses[i], own.number, edges); err != nil {
			return b, nil, nil, err
		}
	}
	return b, witnesses, facts, nil
}

func beaconRecord(epoch uint64, number uint32, beacon radio.Beacon, receipts []radio.Receipt, j radio.Judgement) types.RadioBeacon {
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
func (k *Keeper) creditWitness(ctx sdk.Context, w types.Window, b types.RadioBeacon, v types.RadioWitness, f radioFacts, edges *types.RadioEdges, it *item) error {
	if !f.known || string(f.device.Id) == string(it.device.Id) {
		return nil
	}
	if radio.Reason(v.Reason) == radio.ReasonPaid {
		edges.Add(v.Number)
	}
	record := f.record
	if err := k.settle(ctx, &record); err != nil {
		return err
	}
	part := record.RadioPart()
	if radio.Reason(v.Reason).Physical() {
		part.Hearing(w.Epoch, w.Radio.StartSeconds())
	}
	part.SetVerdict(types.RadioVerdict{Epoch: b.Epoch, Beaconer: b.Number, Reason: v.Reason, Units: v.Units})
	if v.Units > 0 {
		if err := record.Credit(w.Epoch, v.Units); err != nil {
			return types.ErrAccounting.Wrap(err.Error())
		}
		k.contributeUnits(ctx, w, intOf(v.Units))
		it.changed.add(f.device.Id, v.Number, 0, v.Units)
	}
	return k.setRecord(ctx, record)
}

func emitBeacon(ctx sdk.Context, it *item, b types.RadioBeacon) error {
	hash := b.Beacon().PayloadHash()
	return ctx.EventManager().EmitTypedEvent(&types.EventRadioBeacon{
		Epoch: b.Epoch, Number: b.Number, PayloadHash: hex.EncodeToString(hash[:]), Reason: b.Reason, Units: b.Units,
		Witnesses: uint32(len(b.Witnesses)), Paid: b.Paid(), DeviceId: it.device.Text(), Changes: it.changed.of(b.Number),
	})
}
