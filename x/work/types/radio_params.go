package types

import (
	"cosmossdk.io/math"

	"github.com/joulechain/joule/x/work/proof/radio"
)

// Bounds of the radio class's parameters that x/work/proof/radio does not set; the proto's comments give the reasons.
const (
	RadioVersion1 = 1
	// RadioDensityCell is the finest resolution of the density table: every radio is counted in its cell of it.
	RadioDensityCell    = 10
	MinRadioBlockMillis = 100
	MaxRadioBlockMillis = 600_000
	MaxBeaconPercent    = 95
	MinOpenPercent      = 10
	MaxOpenPercent      = 90
	MaxEdgeLimit        = 255
	MaxEdgeEpochs       = 4_096
	MaxMoveEpochs       = 10_000
	MaxIdleEpochs       = 100_000
	maxAssertFee        = 1_000_000_000_000_000 // the maximum supply in ujoule
)

// DefaultRadioParams are mainnet's.
func DefaultRadioParams() RadioParams {
	p := radio.DefaultParams()
	return RadioParams{
		Version: RadioVersion1, MinDistance: p.MinDistance, MaxDistance: p.MaxDistance, FrequencyTolerance: p.FrequencyTolerance,
		RssiMargin: p.RSSIMargin, MaxBackoff: p.MaxBackoff, SlotMillis: p.SlotMillis, BlockMillis: 6_000, BeaconPercent: 80, OpenPercent: 75,
		ReciprocitySeconds: p.ReciprocitySeconds, EdgeLimit: p.EdgeLimit, EdgeEpochs: 168, WitnessCell: uint32(p.WitnessCell), ChainSteps: 512,
		RewardTarget: p.Curve.Target, DecayAbove: p.Curve.DecayAbove, DecayBelow: p.Curve.DecayBelow,
		AssertFee: math.NewInt(1_000_000), MoveEpochs: 24, IdleEpochs: 336,
	}
}

// Rules are the parameters that x/work/proof/radio knows, for an epoch with so many slots. The density table is
// HIP-104's: the stored counts follow from it, so it is no parameter (docs/adr/0012).
func (p RadioParams) Rules(slots uint32) radio.Params {
	return radio.Params{
		MinDistance: p.MinDistance, MaxDistance: p.MaxDistance, FrequencyTolerance: p.FrequencyTolerance, RSSIMargin: p.RssiMargin,
		MaxBackoff: p.MaxBackoff, Slots: slots, SlotMillis: p.SlotMillis, ReciprocitySeconds: p.ReciprocitySeconds, EdgeLimit: p.EdgeLimit,
		WitnessCell: int(p.WitnessCell), ChainSteps: p.ChainSteps,
		Curve:   radio.RewardCurve{Target: p.RewardTarget, DecayAbove: p.DecayAbove, DecayBelow: p.DecayBelow},
		Density: radio.HIP104(),
	}
}

// Validate names the first field that is out of range.
func (p RadioParams) Validate() error {
	if err := firstError(
		inRange("radio.version", uint64(p.Version), RadioVersion1, RadioVersion1),
		inRange("radio.block_millis", uint64(p.BlockMillis), MinRadioBlockMillis, MaxRadioBlockMillis),
		inRange("radio.beacon_percent", uint64(p.BeaconPercent), 1, MaxBeaconPercent),
		inRange("radio.open_percent", uint64(p.OpenPercent), MinOpenPercent, MaxOpenPercent),
		inRange("radio.edge_limit", uint64(p.EdgeLimit), 1, MaxEdgeLimit),
		inRange("radio.edge_epochs", uint64(p.EdgeEpochs), 1, MaxEdgeEpochs),
		inRange("radio.witness_cell", uint64(p.WitnessCell), 0, RadioDensityCell),
		inRange("radio.move_epochs", p.MoveEpochs, RadioAssertionDelay, MaxMoveEpochs),
		inRange("radio.idle_epochs", p.IdleEpochs, RadioAssertionDelay, MaxIdleEpochs),
	); err != nil {
		return err
	}
	if p.AssertFee.IsNil() || p.AssertFee.IsNegative() || p.AssertFee.GT(math.NewInt(maxAssertFee)) {
		return ErrInvalidParams.Wrapf("radio.assert_fee is %s; want 0 to %d", p.AssertFee, int64(maxAssertFee))
	}
	if err := p.Rules(1).Validate(); err != nil {
		return ErrInvalidParams.Wrapf("radio: %s", err)
	}
	return nil
}
