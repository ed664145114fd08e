package types

import (
	"math/bits"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

// TierFor is the multiplier, in millionths, of all units of a commitment to so many rounds, for a device whose hardware
// evidence gives it a tier: the tier over the first tier_rounds and 10^6 over the rest, together. It is rounded down,
// less than a millionth of the units. So what a chip raises in a window is bounded, whatever works under its key.
func (p GpuParams) TierFor(rounds uint64, tier uint32) uint32 {
	if rounds <= p.TierRounds || tier <= devicetypes.BaseTierPpm {
		return tier
	}
	hi, lo := bits.Mul64(uint64(tier-devicetypes.BaseTierPpm), p.TierRounds)
	extra, _ := bits.Div64(hi, lo, rounds) // tier_rounds < rounds, so that the quotient is below the tier
	return devicetypes.BaseTierPpm + uint32(extra)
}
