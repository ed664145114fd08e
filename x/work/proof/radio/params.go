package radio

import "fmt"

// Bounds of Params. They bound work and bytes whatever governance sets.
const (
	// MaxChainSteps bounds the hashes between a registered anchor and a preimage: 4096 epochs of an hour are 170 days.
	MaxChainSteps = 4096
	// MaxSlots bounds the slots of an epoch, one for each block.
	MaxSlots = 1 << 20
	// MaxBackoff bounds the power back-off in dB: more would make beacons that nobody hears.
	MaxBackoff = 10
)

// Params are the class's rules. Distances are in metres, levels in dB, times in milliseconds and seconds.
type Params struct {
	MinDistance        uint32 // metres, 1..MaxDistance
	MaxDistance        uint32 // metres, up to 100,000: the distance formula's error is stated to there
	FrequencyTolerance uint32 // kHz around the beacon's channel, 1..127
	RSSIMargin         uint32 // dB above the free-space bound, 0..10
	MaxBackoff         uint32 // dB, largest power back-off, 0..MaxBackoff
	Slots              uint32 // slots in an epoch, 1..MaxSlots
	SlotMillis         uint32 // milliseconds from a slot's start in which its beacon may be heard, 1..3,600,000
	ReciprocitySeconds uint64 // 1 .. 30 days
	EdgeLimit          uint32 // paid beacons of one edge a week, 1..10,000
	WitnessCell        int    // resolution of the cell that holds at most one paid witness, 0..15
	ChainSteps         uint32 // most hashes from anchor to preimage, 1..MaxChainSteps
	Curve              RewardCurve
	Density            []DensityLevel
}

// DefaultParams are section 3.3 of the protocol for an epoch of 600 blocks of 6 s.
func DefaultParams() Params {
	return Params{
		MinDistance: 300, MaxDistance: 100_000, FrequencyTolerance: 100, RSSIMargin: 1, MaxBackoff: 6,
		Slots: 500, SlotMillis: 60_000, ReciprocitySeconds: 48 * 3600, EdgeLimit: 4, WitnessCell: 8, ChainSteps: MaxChainSteps,
		Curve: HIP15(), Density: HIP104(),
	}
}

// Validate checks every bound and names the field that breaks one. The errors wrap ErrParams.
func (p Params) Validate() error {
	for _, f := range []struct {
		name             string
		value, low, high uint64
	}{
		{"max_distance", uint64(p.MaxDistance), 1, 100_000},
		{"min_distance", uint64(p.MinDistance), 1, uint64(p.MaxDistance)},
		{"frequency_tolerance", uint64(p.FrequencyTolerance), 1, 127},
		{"rssi_margin", uint64(p.RSSIMargin), 0, 10},
		{"max_backoff", uint64(p.MaxBackoff), 0, MaxBackoff},
		{"slots", uint64(p.Slots), 1, MaxSlots},
		{"slot_millis", uint64(p.SlotMillis), 1, 3_600_000},
		{"reciprocity_seconds", p.ReciprocitySeconds, 1, 30 * 86_400},
		{"edge_limit", uint64(p.EdgeLimit), 1, 10_000},
		{"chain_steps", uint64(p.ChainSteps), 1, MaxChainSteps},
	} {
		if f.value < f.low || f.value > f.high {
			return fmt.Errorf("%w: %s is %d, must be in %d..%d", ErrParams, f.name, f.value, f.low, f.high)
		}
	}
	if p.WitnessCell < 0 || p.WitnessCell > MaxResolution {
		return fmt.Errorf("%w: witness_cell is %d, must be a resolution in 0..%d", ErrParams, p.WitnessCell, MaxResolution)
	}
	if err := p.Curve.Validate(); err != nil {
		return err
	}
	return ValidateDensity(p.Density)
}
