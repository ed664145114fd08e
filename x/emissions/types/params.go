package types

import (
	"fmt"

	"cosmossdk.io/math"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

// Limits of the parameters; proto/joule/emissions/v1/emissions.proto gives the reasons.
const (
	MaxGrowthPpb         = 100_000_000
	MinClaimWindowEpochs = 16
	MaxClaimWindowEpochs = 100_000
	MaxTrailingEpochs    = 10_000
	MaxClaimDevicesLimit = 500
	// maxBaselineUnitsBits bounds baseline_units: their scaled value must fit a baseline.
	maxBaselineUnitsBits = 128
	// diskBaseline is a pebibyte in the disk class's units of 64 KiB.
	diskBaseline = 1 << 34
	// radioBaseline is what a thousand radios' beacons pay in full, five units of a million each.
	radioBaseline = 1_000 * 5_000_000
)

// DefaultParams are mainnet's: 70 % work, 20 % validators and delegators, 10 % community pool. Coverage gets under 5 %
// of the work pools.
func DefaultParams() Params {
	share := func(c devicetypes.WorkClass, bps uint32, baseline int64) ClassShare {
		return ClassShare{WorkClass: c, ShareBps: bps, BaselineUnits: math.NewInt(baseline), BaselineGrowthPpb: 40_000}
	}
	return Params{
		Denom: Denom,
		Classes: []ClassShare{
			share(devicetypes.WORK_CLASS_GPU, 4_200, 1_000_000_000),
			share(devicetypes.WORK_CLASS_DISK, 2_500, diskBaseline),
			share(devicetypes.WORK_CLASS_RADIO, 300, radioBaseline),
		},
		ValidatorsBps:     2_000,
		CommunityBps:      1_000,
		SpeedBps:          BpsScale,
		ClaimWindowEpochs: 4_320,
		TrailingEpochs:    168,
		MaxClaimDevices:   100,
		Fees:              DefaultFeeParams(),
	}
}

// Validate names the field that it refuses, its limit and what would be right.
func (p Params) Validate() error {
	if p.Denom != Denom {
		return fmt.Errorf("denom is %q, it must be %q", p.Denom, Denom)
	}
	if err := validateShares(p); err != nil {
		return err
	}
	if p.SpeedBps > BpsScale {
		return fmt.Errorf("speed_bps is %d, at most %d: emission can be slowed down, never sped up", p.SpeedBps, BpsScale)
	}
	for _, f := range []struct {
		name           string
		value, min, to uint64
	}{
		{"claim_window_epochs", p.ClaimWindowEpochs, MinClaimWindowEpochs, MaxClaimWindowEpochs},
		{"trailing_epochs", uint64(p.TrailingEpochs), 1, MaxTrailingEpochs},
		{"max_claim_devices", uint64(p.MaxClaimDevices), 1, MaxClaimDevicesLimit},
	} {
		if f.value < f.min || f.value > f.to {
			return fmt.Errorf("%s is %d, it must be within %d..%d", f.name, f.value, f.min, f.to)
		}
	}
	return p.Fees.Validate()
}

func validateShares(p Params) error {
	if n := len(p.Classes); n > MaxClasses {
		return fmt.Errorf("classes has %d entries, at most %d", n, MaxClasses)
	}
	sum := uint64(p.ValidatorsBps) + uint64(p.CommunityBps)
	last := devicetypes.WORK_CLASS_UNSPECIFIED
	for i, c := range p.Classes {
		if _, known := devicetypes.WorkClass_name[int32(c.WorkClass)]; !known || c.WorkClass <= last {
			return fmt.Errorf("classes[%d].work_class is %d: known classes, each once, ascending", i, c.WorkClass)
		}
		last = c.WorkClass
		if c.BaselineUnits.IsNil() || !c.BaselineUnits.IsPositive() || c.BaselineUnits.BigInt().BitLen() > maxBaselineUnitsBits {
			return fmt.Errorf("classes[%d].baseline_units must be within 1..2^%d−1", i, maxBaselineUnitsBits)
		}
		if c.BaselineGrowthPpb > MaxGrowthPpb {
			return fmt.Errorf("classes[%d].baseline_growth_ppb is %d, at most %d", i, c.BaselineGrowthPpb, MaxGrowthPpb)
		}
		sum += uint64(c.ShareBps)
	}
	if sum != BpsScale {
		return fmt.Errorf("classes' share_bps, validators_bps and community_bps sum to %d, they must sum to %d", sum, BpsScale)
	}
	return nil
}

// ClassShare returns the class's share and whether it has one.
func (p Params) ClassShare(class devicetypes.WorkClass) (ClassShare, bool) {
	for _, c := range p.Classes {
		if c.WorkClass == class {
			return c, true
		}
	}
	return ClassShare{}, false
}
