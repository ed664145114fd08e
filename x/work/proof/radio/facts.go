package radio

import "fmt"

// Never is the age of something that has not happened.
const Never uint64 = 1<<64 - 1

// Bounds of an antenna's gain in tenths of dBi.
const (
	MinGain int32 = -100
	MaxGain int32 = 200
)

// Radio is what the chain knows about one radio when it judges. An unknown radio is the zero Radio.
type Radio struct {
	Known    bool
	Active   bool
	Asserted bool // a position is in force, not cooling down
	Denied   bool
	Device   DeviceID
	Owner    string // the owner account's bytes
	Region   Region
	Position Position
	Cell     Cell  // of Position, at least as fine as Params.WitnessCell
	Gain     int32 // tenths of dBi, MinGain..MaxGain
	// QuietSeconds is the time since a witness's own beacon was last heard, or since a beaconer last heard another
	// radio's; or Never.
	QuietSeconds uint64
}

// BeaconFacts are what the chain knows about a beaconer and its slot.
type BeaconFacts struct {
	Radio
	SlotOpenMillis uint64  // when the slot opened, milliseconds after the header time of the epoch's first block
	DrawSeed       Mix     // of a block after the slot
	Crowds         []Crowd // around the beaconer, one for each level of Params.Density
}

// WitnessFacts are what the chain knows about the radio that a receipt's number names, and its pair with the beaconer.
type WitnessFacts struct {
	Number uint32
	Radio
	EdgeDenied bool
	EdgePaid   uint32 // how often this beaconer and this witness, in these roles, were paid in the edge's present week
}

// validate refuses facts that registration should have refused: they are the chain's fault, not a radio's.
func (r Radio) validate(p Params) error {
	if !r.Known || !r.Asserted {
		return nil
	}
	if err := r.Position.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrFacts, err)
	}
	if err := r.Cell.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrFacts, err)
	}
	if r.Cell.Resolution() < p.WitnessCell {
		return fmt.Errorf("%w: cell %x has resolution %d, must be at least %d", ErrFacts, uint64(r.Cell), r.Cell.Resolution(), p.WitnessCell)
	}
	if r.Gain < MinGain || r.Gain > MaxGain {
		return fmt.Errorf("%w: gain is %d tenths of dBi, must be in %d..%d", ErrFacts, r.Gain, MinGain, MaxGain)
	}
	return nil
}

// standing checks the rules that concern one radio alone.
func (r Radio) standing() Reason {
	switch {
	case !r.Known:
		return ReasonUnknown
	case !r.Active:
		return ReasonInactive
	case !r.Asserted:
		return ReasonUnasserted
	case r.Denied:
		return ReasonDenied
	}
	return ReasonPaid
}
