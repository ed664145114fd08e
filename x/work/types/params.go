package types

import (
	"cosmossdk.io/math"

	"github.com/joulechain/joule/x/work/proof/gpu"
)

// Bounds of the parameters.
const (
	MaxProbabilityPpm       = 1_000_000
	MaxWindowBlocks         = 1_000
	MaxOpeningBlocks        = 100_000
	MinUnitShift            = 10
	MaxUnitShift            = 40
	MaxEvidencePerTx        = 256
	MinLaneTxBytes          = 1_024
	MaxLaneTxBytes          = 1 << 20
	MaxLaneBlockBytesBps    = 7_500
	MinBlockVerifyUs        = 1_000
	MaxBlockVerifyUs        = 300_000
	MaxSettlementDelay      = MaxUnsettledEpochs - 4 // windows outlive their epoch by their opening period
	MaxLiveWindows          = 64
	MaxFaultLimit           = 100
	MaxSuspensionEpochs     = 10_000
	bpsWhole                = 10_000
	mainnetWindowProbablity = 1_667 // one window in 600 blocks on average
	// MaxTierRounds bounds gpu.tier_rounds.
	MaxTierRounds = gpu.MaxRoundsLimit
	// mainnetTierRounds is the peak of the fastest family that evidence is taken of (GB100, 4,500 dense INT8 TOPS) over
	// a window's 30 s, with 7 % for late blocks; an H100 does 6,750.
	mainnetTierRounds = 1 << 14
)

// DefaultParams are mainnet's.
func DefaultParams() Params {
	p := gpu.MainnetParams()
	return Params{
		Gpu: GpuParams{
			Version: p.Version, N: p.N, B: p.B, T: p.T, MaxRounds: p.MaxRounds, MinRounds: 1, UnitShift: 30, TierRounds: mainnetTierRounds,
			WindowProbabilityPpm: mainnetWindowProbablity, WindowBlocks: 5, OpeningBlocks: 600,
		},
		Lane:                  LaneParams{MaxEvidencePerTx: 32, MaxTxBytes: 262_144, BlockBytesBps: 7_500, BlockVerifyUs: MaxBlockVerifyUs, NewcomerBps: 2_000},
		SettlementDelayEpochs: 2, MaxLiveWindows: 32, FaultLimit: 3, SuspensionEpochs: 4,
		Disk: DefaultDiskParams(), Radio: DefaultRadioParams(),
	}
}

// Validate names the first field that is out of range.
func (p Params) Validate() error {
	if err := p.Gpu.Validate(); err != nil {
		return err
	}
	if err := p.Lane.validate(); err != nil {
		return err
	}
	if err := p.Disk.Validate(); err != nil {
		return err
	}
	if err := p.Radio.Validate(); err != nil {
		return err
	}
	return firstError(
		inRange("settlement_delay_epochs", uint64(p.SettlementDelayEpochs), 1, MaxSettlementDelay),
		inRange("max_live_windows", uint64(p.MaxLiveWindows), 1, MaxLiveWindows),
		inRange("fault_limit", uint64(p.FaultLimit), 1, MaxFaultLimit),
		inRange("suspension_epochs", p.SuspensionEpochs, 1, MaxSuspensionEpochs),
	)
}

// Validate checks the kernel's parameters and the windows' rules.
func (p GpuParams) Validate() error {
	if err := p.Kernel().Validate(); err != nil {
		return ErrInvalidParams.Wrapf("gpu: %s", err)
	}
	if err := firstError(
		inRange("gpu.min_rounds", p.MinRounds, 1, p.MaxRounds),
		inRange("gpu.unit_shift", uint64(p.UnitShift), MinUnitShift, MaxUnitShift),
		inRange("gpu.window_probability_ppm", uint64(p.WindowProbabilityPpm), 1, MaxProbabilityPpm),
		inRange("gpu.window_blocks", uint64(p.WindowBlocks), 1, MaxWindowBlocks),
		inRange("gpu.opening_blocks", uint64(p.OpeningBlocks), 1, MaxOpeningBlocks),
		inRange("gpu.tier_rounds", p.TierRounds, 0, MaxTierRounds),
	); err != nil {
		return err
	}
	if _, err := gpu.Units(p.Kernel(), p.MaxRounds, p.UnitShift); err != nil {
		return ErrInvalidParams.Wrapf("gpu.unit_shift: %s", err)
	}
	units, err := gpu.Units(p.Kernel(), p.MinRounds, p.UnitShift)
	if err == nil && units == 0 {
		return ErrInvalidParams.Wrapf("gpu.min_rounds: %d rounds of n = %d are no unit of 2^%d; raise min_rounds or lower unit_shift", p.MinRounds, p.N, p.UnitShift)
	}
	return nil
}

// CheckUpdate refuses what an update cannot change: units are counted over epochs (baselines, tallies) and priced
// (bonds), and x/emissions' baselines are those of an epoch. Changing the worth of a unit, or how many units the same
// machines do in an epoch, takes an upgrade that moves those with it. n may change: units count operations, whatever
// the matrices.
func (p GpuParams) CheckUpdate(next GpuParams) error {
	for _, f := range []struct {
		name        string
		before, now uint32
	}{
		{"unit_shift", p.UnitShift, next.UnitShift},
		{"window_probability_ppm", p.WindowProbabilityPpm, next.WindowProbabilityPpm},
		{"window_blocks", p.WindowBlocks, next.WindowBlocks},
	} {
		if f.before != f.now {
			return ErrInvalidParams.Wrapf("gpu.%s cannot become %d, it is %d: baselines, tallies and bonds in units would not follow; an upgrade can move them",
				f.name, f.now, f.before)
		}
	}
	return nil
}

// Kernel are the parameters that x/work/proof/gpu knows.
func (p GpuParams) Kernel() gpu.Params {
	return gpu.Params{Version: p.Version, N: p.N, B: p.B, T: p.T, MaxRounds: p.MaxRounds}
}

func (p LaneParams) validate() error {
	return firstError(
		inRange("lane.max_evidence_per_tx", uint64(p.MaxEvidencePerTx), 1, MaxEvidencePerTx),
		inRange("lane.max_tx_bytes", p.MaxTxBytes, MinLaneTxBytes, MaxLaneTxBytes),
		inRange("lane.block_bytes_bps", uint64(p.BlockBytesBps), 0, MaxLaneBlockBytesBps),
		inRange("lane.block_verify_us", p.BlockVerifyUs, MinBlockVerifyUs, MaxBlockVerifyUs),
		inRange("lane.newcomer_bps", uint64(p.NewcomerBps), 0, bpsWhole),
	)
}

func inRange(field string, value, least, most uint64) error {
	if value < least || value > most {
		return ErrInvalidParams.Wrapf("%s is %d; want %d to %d", field, value, least, most)
	}
	return nil
}

func intOf(units uint64) math.Int { return math.NewIntFromUint64(units) }

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// nonNegative reads an amount that may be missing from JSON as zero.
func nonNegative(v math.Int) (math.Int, bool) {
	if v.IsNil() {
		return math.ZeroInt(), true
	}
	return v, !v.IsNegative()
}
