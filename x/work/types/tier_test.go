package types

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

func TestTierFor(t *testing.T) {
	const base = devicetypes.BaseTierPpm
	for _, tc := range []struct {
		rounds, tierRounds uint64
		tier, want         uint32
	}{
		{1, 100, 1_100_000, 1_100_000},
		{100, 100, 1_100_000, 1_100_000},
		{101, 100, 1_100_000, 1_099_009},
		{200, 100, 1_100_000, 1_050_000},
		{1_000, 100, 4_000_000, 1_300_000},
		{1_000, 0, 4_000_000, base},
		{1_000, 100, base, base},
		{1 << 20, 1, 4_000_000, base + 2},
		{math.MaxUint64, math.MaxUint64 - 1, 4_000_000, 3_999_999},
	} {
		require.Equal(t, tc.want, GpuParams{TierRounds: tc.tierRounds}.TierFor(tc.rounds, tc.tier), "%+v", tc)
	}
}

// What a tier adds never exceeds what it adds to tier_rounds, however many rounds are declared.
func TestTierForBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		p := GpuParams{TierRounds: rng.Uint64N(1 << 20)}
		rounds, tier := rng.Uint64N(1<<20)+1, devicetypes.BaseTierPpm+rng.Uint32N(devicetypes.MaxTierPpm-devicetypes.BaseTierPpm+1)
		got := p.TierFor(rounds, tier)
		require.GreaterOrEqual(t, got, uint32(devicetypes.BaseTierPpm))
		require.LessOrEqual(t, got, tier)
		added := new(big.Int).Mul(big.NewInt(int64(got-devicetypes.BaseTierPpm)), new(big.Int).SetUint64(rounds))
		most := new(big.Int).Mul(big.NewInt(int64(tier-devicetypes.BaseTierPpm)), new(big.Int).SetUint64(min(rounds, p.TierRounds)))
		require.LessOrEqual(t, added.Cmp(most), 0)
		require.Less(t, new(big.Int).Sub(most, added).Cmp(new(big.Int).SetUint64(rounds)), 1, "at most a millionth is lost")
	}
}
