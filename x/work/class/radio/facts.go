package radio

import (
	"bytes"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// station are what the state says of one radio in an epoch.
type station struct {
	number    uint32
	known     bool
	device    devicetypes.Device
	assertion types.RadioAssertion
	// asserted tells that an assertion holds; its position may still cool down.
	asserted bool
	denied   bool
	record   types.DeviceWork
}

func publicKey(d devicetypes.Device) proof.PublicKey {
	return proof.PublicKey{Type: proof.KeyType(d.PublicKey.Type), Bytes: bytes.Clone(d.PublicKey.Key)}
}

// asserted are the facts of an item's own device, which must have an assertion in the window's epoch.
func (c *Class) asserted(ctx sdk.Context, it *class.Item) (station, error) {
	f := station{known: true, device: it.Device, record: it.Record}
	r, found, err := c.radioOf(ctx, it.Device.Id)
	if err != nil {
		return f, err
	}
	f.number = r.Number
	f.assertion, f.asserted = r.AssertionFor(it.Window.Epoch, it.Device.Generation)
	if !found || !f.asserted {
		text := "assert its antenna and hash chain, it holds two epochs later"
		if newest, ok := r.Newest(); ok && r.Generation == it.Device.Generation {
			return f, types.ErrNotAsserted.Wrapf("the assertion of device %s holds from epoch %d on; this is epoch %d", it.Device.Text(), newest.FromEpoch, it.Window.Epoch)
		}
		return f, types.ErrNotAsserted.Wrapf("device %s has no assertion in epoch %d; %s", it.Device.Text(), it.Window.Epoch, text)
	}
	f.denied, err = c.Denied.Has(ctx, r.Number)
	return f, err
}

// factsOf are those of the radio with a number; an unknown number has none.
func (c *Class) factsOf(ctx sdk.Context, epoch uint64, number uint32) (f station, err error) {
	f.number = number
	id, found, err := c.deviceOf(ctx, number)
	if err != nil || !found {
		return f, err
	}
	if f.device, f.known, err = c.ledger.Device(ctx, id); err != nil {
		return f, err
	}
	r, _, err := c.radioOf(ctx, id)
	if err != nil {
		return f, err
	}
	f.assertion, f.asserted = r.AssertionFor(epoch, f.device.Generation)
	if f.denied, err = c.Denied.Has(ctx, number); err != nil {
		return f, err
	}
	f.record, _, err = c.ledger.Record(ctx, id)
	return f, err
}

// counts tells whether its position counts in an epoch.
func (f station) counts(epoch uint64) bool { return f.asserted && f.assertion.CountsEpoch <= epoch }

// radio gives the facts as the rules want them; quiet is the moment since which reciprocity counts.
func (f station) radio(w types.Window, quiet func(types.RadioWork) int64) proof.Radio {
	if !f.known {
		return proof.Radio{}
	}
	var work types.RadioWork
	if f.record.Radio != nil {
		work = *f.record.Radio
	}
	return proof.Radio{
		Known: true, Active: f.device.IsActive() && f.device.WorkClass == devicetypes.WORK_CLASS_RADIO, Asserted: f.counts(w.Epoch), Denied: f.denied,
		Device: proof.DeviceID(f.device.Id), Owner: f.device.Owner, Region: proof.Region(f.assertion.Region),
		Position: f.assertion.Position(), Cell: proof.Cell(f.assertion.Cell), Gain: f.assertion.Gain,
		QuietSeconds: types.Quiet(w.Radio.StartSeconds(), quiet(work)),
	}
}

func heardAt(w types.RadioWork) int64   { return w.HeardSeconds }
func hearingAt(w types.RadioWork) int64 { return w.HearingSeconds }

// pairFacts are a beaconer's without the crowds around it, which judging a pair does not need.
func pairFacts(chainID string, w types.Window, f station) proof.BeaconFacts {
	b := proof.BeaconFacts{Radio: f.radio(w, hearingAt), DrawSeed: proof.Mix(w.DrawAMix), Crowds: make([]proof.Crowd, len(proof.HIP104()))}
	slot := proof.SlotOf(w.RadioChallenge(chainID, b.Device), w.Radio.Slots)
	b.SlotOpenMillis = w.Radio.SlotOpenMillis(slot)
	return b
}

// beaconFacts are a beaconer's; one whose position does not count has no crowds worth reading.
func (c *Class) beaconFacts(ctx sdk.Context, w types.Window, f station) (proof.BeaconFacts, error) {
	b := pairFacts(ctx.ChainID(), w, f)
	if !b.Asserted {
		return b, nil
	}
	crowds, err := c.crowds(ctx, b.Cell)
	b.Crowds = crowds
	return b, err
}

// witnessFacts are a witness's beside a beaconer with these edges.
func (c *Class) witnessFacts(ctx sdk.Context, w types.Window, f station, beaconer uint32, edges *types.RadioEdges) (proof.WitnessFacts, error) {
	facts := proof.WitnessFacts{Number: f.number, Radio: f.radio(w, heardAt), EdgePaid: edges.Count(f.number, w.Radio.Params.EdgeLimit)}
	var err error
	if edge := types.NewRadioEdge(beaconer, f.number); f.known && edge.A != edge.B {
		facts.EdgeDenied, err = c.DeniedEdges.Has(ctx, collections.Join(edge.A, edge.B))
	}
	return facts, err
}

// signer is a radio as receipts know it; an unknown number is the zero signer.
func (c *Class) signer(ctx sdk.Context, number uint32) (proof.Signer, error) {
	id, found, err := c.deviceOf(ctx, number)
	if err != nil || !found {
		return proof.Signer{}, err
	}
	d, known, err := c.ledger.Device(ctx, id)
	if err != nil || !known {
		return proof.Signer{}, err
	}
	return proof.Signer{Device: proof.DeviceID(id), Key: publicKey(d)}, nil
}
