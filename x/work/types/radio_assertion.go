package types

import (
	"slices"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/radio"
)

const (
	// RadioAssertionDelay is how many epochs after its own an assertion begins to hold: the mixes of those between were
	// unknown when it was sent (docs/adr/0011, 0012).
	RadioAssertionDelay = 2
	// MaxRadioAssertions bounds a radio's assertions: that of the epoch whose beacons are still judged, the one in
	// effect and those of the next two epochs.
	MaxRadioAssertions = 2 + RadioAssertionDelay
)

// Position is the antenna's.
func (a RadioAssertion) Position() radio.Position {
	return radio.Position{LatitudeE7: a.LatitudeE7, LongitudeE7: a.LongitudeE7}
}

// sameAntenna tells whether two assertions differ in their hash chain alone.
func (a RadioAssertion) sameAntenna(b RadioAssertion) bool {
	return a.Position() == b.Position() && a.Gain == b.Gain && a.Region == b.Region
}

// Validate checks what holds in every epoch and names the field.
func (a RadioAssertion) Validate() error {
	if err := a.Position().Validate(); err != nil {
		return ErrInvalidAssertion.Wrap(err.Error())
	}
	if a.Gain < radio.MinGain || a.Gain > radio.MaxGain {
		return ErrInvalidAssertion.Wrapf("gain is %d tenths of dBi; want %d to %d", a.Gain, radio.MinGain, radio.MaxGain)
	}
	if a.Region > 0xff {
		return ErrInvalidAssertion.Wrapf("region is %d; want %d to %d", a.Region, radio.RegionEU868, radio.RegionKR920)
	}
	if _, err := radio.PlanOf(radio.Region(a.Region)); err != nil {
		return ErrInvalidAssertion.Wrap(err.Error())
	}
	if len(a.Anchor) != radio.PreimageSize {
		return ErrInvalidAssertion.Wrapf("anchor has %d bytes; want %d", len(a.Anchor), radio.PreimageSize)
	}
	return nil
}

// checkAnchor wants an anchor from which the first epoch's preimage can be reached, and that epoch not yet public.
func (a RadioAssertion) checkAnchor(current uint64, steps uint32) error {
	first := current + RadioAssertionDelay
	if a.AnchorEpoch >= first || a.AnchorEpoch+uint64(steps) < first {
		return ErrInvalidAssertion.Wrapf("anchor_epoch is %d; want %d to %d, since the assertion holds from epoch %d and a preimage may be %d steps after it",
			a.AnchorEpoch, first-min(first, uint64(steps)), first-1, first, steps)
	}
	return nil
}

// Newest is the assertion that was sent last.
func (r Radio) Newest() (RadioAssertion, bool) {
	if len(r.Assertions) == 0 {
		return RadioAssertion{}, false
	}
	return r.Assertions[len(r.Assertions)-1], true
}

// AssertionFor is the one that holds in an epoch, for a registration of the device.
func (r Radio) AssertionFor(epoch, generation uint64) (RadioAssertion, bool) {
	if r.Generation != generation {
		return RadioAssertion{}, false
	}
	for _, a := range slices.Backward(r.Assertions) {
		if a.FromEpoch <= epoch {
			return a, true
		}
	}
	return RadioAssertion{}, false
}

// Assert adds an assertion that was sent in the current epoch and returns it with its epochs; moved tells whether it is
// a radio's first or a move, which costs the fee. One that was sent earlier in the epoch is replaced; what holds in
// this epoch and the next one stays, and what held in the epochs of judged, whose beacons are not settled: a beaconer
// that asserts after its opening must not void the receipts that it left out.
func (r *Radio) Assert(a RadioAssertion, current, generation uint64, judged []uint64, p RadioParams) (asserted RadioAssertion, moved bool) {
	a.FromEpoch = current + RadioAssertionDelay
	a.CountsEpoch, moved = a.FromEpoch, true
	if newest, ok := r.Newest(); ok && r.Generation == generation {
		if moved = !newest.sameAntenna(a); moved {
			a.CountsEpoch = current + p.MoveEpochs
		} else {
			a.CountsEpoch = max(newest.CountsEpoch, a.FromEpoch)
		}
	}
	var needed []uint64
	for _, epoch := range append([]uint64{current}, judged...) {
		if held, ok := r.AssertionFor(epoch, generation); ok {
			needed = append(needed, held.FromEpoch)
		}
	}
	var kept []RadioAssertion
	for _, old := range r.Assertions {
		if r.Generation == generation && old.FromEpoch < a.FromEpoch && (old.FromEpoch > current || slices.Contains(needed, old.FromEpoch)) {
			kept = append(kept, old)
		}
	}
	r.Assertions, r.Generation, r.AssertedEpoch = append(kept, a), generation, current
	return a, moved
}

// Validate checks a radio of a genesis.
func (r Radio) Validate() error {
	if len(r.DeviceId) != devicetypes.DeviceIDSize || r.Number == 0 {
		return ErrInvalidGenesis.Wrapf("radio %d: device_id has %d bytes; want %d, and a number from 1", r.Number, len(r.DeviceId), devicetypes.DeviceIDSize)
	}
	if len(r.Assertions) > MaxRadioAssertions {
		return ErrInvalidGenesis.Wrapf("radio %d: %d assertions; want at most %d", r.Number, len(r.Assertions), MaxRadioAssertions)
	}
	for i, a := range r.Assertions {
		if err := a.Validate(); err != nil {
			return ErrInvalidGenesis.Wrapf("radio %d: %s", r.Number, err)
		}
		if cell, err := radio.CellOf(a.Position(), RadioDensityCell); err != nil || uint64(cell) != a.Cell {
			return ErrInvalidGenesis.Wrapf("radio %d: cell is %x; its position is in %x", r.Number, a.Cell, uint64(cell))
		}
		if a.CountsEpoch < a.FromEpoch || i > 0 && a.FromEpoch <= r.Assertions[i-1].FromEpoch {
			return ErrInvalidGenesis.Wrapf("radio %d: epochs of assertions do not ascend", r.Number)
		}
	}
	if newest, ok := r.Newest(); r.CountedCell != 0 && (!ok || newest.Cell != r.CountedCell) {
		return ErrInvalidGenesis.Wrapf("radio %d: counted_cell is %x; want its newest assertion's", r.Number, r.CountedCell)
	}
	return nil
}

// ValidateAssertion checks a message's assertion for the epoch in which it would execute.
func (m *MsgAssertRadio) ValidateAssertion(current uint64, p RadioParams) (RadioAssertion, error) {
	a := RadioAssertion{
		LatitudeE7: m.LatitudeE7, LongitudeE7: m.LongitudeE7, Gain: m.Gain, Region: m.Region, AnchorEpoch: m.AnchorEpoch, Anchor: m.Anchor,
	}
	if err := a.Validate(); err != nil {
		return a, err
	}
	return a, a.checkAnchor(current, p.ChainSteps)
}
