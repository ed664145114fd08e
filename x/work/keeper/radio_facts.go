package keeper

import (
	"bytes"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// radioFacts are what the state says of one radio in an epoch.
type radioFacts struct {
	number    uint32
	known     bool
	device    devicetypes.Device
	assertion types.RadioAssertion
	// asserted tells that an assertion holds; its position may still cool down.
	asserted bool
	denied   bool
	record   types.DeviceWork
}

func publicKey(d devicetypes.Device) radio.PublicKey {
	return radio.PublicKey{Type: radio.KeyType(d.PublicKey.Type), Bytes: bytes.Clone(d.PublicKey.Key)}
}

// asserted are the facts of an item's own device, which must have an assertion in the window's epoch.
func (k *Keeper) asserted(ctx sdk.Context, it *item) (radioFacts, error) {
	f := radioFacts{known: true, device: it.device, record: it.record}
	r, found, err := k.radioOf(ctx, it.device.Id)
	if err != nil {
		return f, err
	}
	f.number = r.Number
	f.assertion, f.asserted = r.AssertionFor(it.window.Epoch, it.device.Generation)
	if !found || !f.asserted {
		text := "assert its antenna and hash chain, it holds two epochs later"
		if newest, ok := r.Newest(); ok && r.Generation == it.device.Generation {
			return f, types.ErrNotAsserted.Wrapf("the assertion of device %s holds from epoch %d on; this is epoch %d", it.device.Text(), newest.FromEpoch, it.window.Epoch)
		}
		return f, types.ErrNotAsserted.Wrapf("device %s has no assertion in epoch %d; %s", it.device.Text(), it.window.Epoch, text)
	}
	f.denied, err = k.DeniedRadios.Has(ctx, r.Number)
	return f, err
}

// factsOf are those of the radio with a number; an unknown number has none.
func (k *Keeper) factsOf(ctx sdk.Context, epoch uint64, number uint32) (f radioFacts, err error) {
	f.number = number
	id, found, err := k.deviceOf(ctx, number)
	if err != nil || !found {
		return f, err
	}
	if f.device, f.known, err = k.Device(ctx, id); err != nil {
		return f, err
	}
	r, _, err := k.radioOf(ctx, id)
	if err != nil {
		return f, err
	}
	f.assertion, f.asserted = r.AssertionFor(epoch, f.device.Generation)
	if f.denied, err = k.DeniedRadios.Has(ctx, number); err != nil {
		return f, err
	}
	f.record, _, err = k.record(ctx, devicetypes.WORK_CLASS_RADIO, id)
	return f, err
}

// counts tells whether its position counts in an epoch.
func (f radioFacts) counts(epoch uint64) bool { return f.asserted && f.assertion.CountsEpoch <= epoch }

// radio gives the facts as the rules want them; quiet is the moment since which reciprocity counts.
func (f radioFacts) radio(w types.Window, quiet func(types.RadioWork) int64) radio.Radio {
	if !f.known {
		return radio.Radio{}
	}
	var work types.RadioWork
	if f.record.Radio != nil {
		work = *f.record.Radio
	}
	return radio.Radio{
		Known: true, Active: f.device.IsActive() && f.device.WorkClass == devicetypes.WORK_CLASS_RADIO, Asserted: f.counts(w.Epoch), Denied: f.denied,
		Device: radio.DeviceID(f.device.Id), Owner: f.device.Owner, Region: radio.Region(f.assertion.Region),
		Position: f.assertion.Position(), Cell: radio.Cell(f.assertion.Cell), Gain: f.assertion.Gain,
		QuietSeconds: types.Quiet(w.Radio.StartSeconds(), quiet(work)),
	}
}

func heardAt(w types.RadioWork) int64   { return w.HeardSeconds }
func hearingAt(w types.RadioWork) int64 { return w.HearingSeconds }

// pairFacts are a beaconer's without the crowds around it, which judging a pair does not need.
func pairFacts(chainID string, w types.Window, f radioFacts) radio.BeaconFacts {
	b := radio.BeaconFacts{Radio: f.radio(w, hearingAt), DrawSeed: radio.Mix(w.DrawAMix), Crowds: make([]radio.Crowd, len(radio.HIP104()))}
	slot := radio.SlotOf(w.RadioChallenge(chainID, b.Device), w.Radio.Slots)
	b.SlotOpenMillis = w.Radio.SlotOpenMillis(slot)
	return b
}

// beaconFacts are a beaconer's; one whose position does not count has no crowds worth reading.
func (k *Keeper) beaconFacts(ctx sdk.Context, w types.Window, f radioFacts) (radio.BeaconFacts, error) {
	b := pairFacts(ctx.ChainID(), w, f)
	if !b.Asserted {
		return b, nil
	}
	crowds, err := k.crowds(ctx, b.Cell)
	b.Crowds = crowds
	return b, err
}

// witnessFacts are a witness's beside a beaconer with these edges.
func (k *Keeper) witnessFacts(ctx sdk.Context, w types.Window, f radioFacts, beaconer uint32, edges *types.RadioEdges) (radio.WitnessFacts, error) {
	facts := radio.WitnessFacts{Number: f.number, Radio: f.radio(w, heardAt), EdgePaid: edges.Count(f.number, w.Radio.Params.EdgeLimit)}
	var err error
	if edge := types.NewRadioEdge(beaconer, f.number); f.known && edge.A != edge.B {
		facts.EdgeDenied, err = k.DeniedRadioEdges.Has(ctx, collections.Join(edge.A, edge.B))
	}
	return facts, err
}

// signer is a radio as receipts know it; an unknown number is the zero signer.
func (k *Keeper) signer(ctx sdk.Context, number uint32) (radio.Signer, error) {
	id, found, err := k.deviceOf(ctx, number)
	if err != nil || !found {
		return radio.Signer{}, err
	}
	d, known, err := k.Device(ctx, id)
	if err != nil || !known {
		return radio.Signer{}, err
	}
	return radio.Signer{Device: radio.DeviceID(id), Key: publicKey(d)}, nil
}
