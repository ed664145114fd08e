package types

import (
	"math/big"

	"cosmossdk.io/math"
)

const (
	// Denom is the base denomination, 10^-6 JOULE.
	Denom = "ujoule"
	// DenomExponent is the number of decimals of a whole JOULE.
	DenomExponent = 6
	// MaxSupplyUjoule is the cap that no epoch, parameter or message can pass: 1,000,000,000 JOULE.
	MaxSupplyUjoule int64 = 1_000_000_000_000_000
	// HalfLifeBlocks is the reserve's half-life: four years of 6-second blocks (4 · 365.25 · 86,400 / 6). Speed follows
	// blocks, not the clock.
	HalfLifeBlocks = 21_038_400
	// BlocksPerYear is a quarter of the half-life.
	BlocksPerYear = HalfLifeBlocks / 4
	// RhoBlock is the part of the reserve that one block releases, scaled by 2^64: floor(2^64 · (1 −
	// 2^(−1/HalfLifeBlocks))).
	RhoBlock uint64 = 607_760_496_737
	// BpsScale is what shares in ten-thousandths sum to.
	BpsScale = 10_000
	// GrowthScale is the denominator of baseline_growth_ppb.
	GrowthScale = 1_000_000_000
	// BaselineShift scales baselines, so that growth slower than a unit an epoch is not lost.
	BaselineShift = 32
	// maxBaselineBits bounds a scaled baseline; math.Int holds 256 bits and trailing sums need 14 more.
	maxBaselineBits = 192
)

var (
	bpsScale    = big.NewInt(BpsScale)
	growthScale = big.NewInt(GrowthScale)
	maxBaseline = new(big.Int).Lsh(big.NewInt(1), maxBaselineBits)
)

// MaxSupply is the cap in ujoule.
func MaxSupply() math.Int { return math.NewInt(MaxSupplyUjoule) }

// Budget is what an epoch of so many blocks may emit, in ujoule: floor(reserve · ρ · blocks / 2^64), times speedBps /
// 10,000, floored. It is never more than the reserve and zero when the reserve is not positive.
func Budget(reserve math.Int, blocks uint64, speedBps uint32) math.Int {
	if !reserve.IsPositive() {
		return math.ZeroInt()
	}
	r := reserve.BigInt()
	b := new(big.Int).Mul(r, new(big.Int).SetUint64(RhoBlock))
	b.Mul(b, new(big.Int).SetUint64(blocks))
	b.Rsh(b, 64)
	if b.Cmp(r) > 0 {
		b.Set(r)
	}
	return Part(math.NewIntFromBigInt(b), speedBps)
}

// Part is floor(amount · bps / 10,000), in ujoule.
func Part(amount math.Int, bps uint32) math.Int {
	p := new(big.Int).Mul(amount.BigInt(), big.NewInt(int64(bps)))
	return math.NewIntFromBigInt(p.Quo(p, bpsScale))
}

// Pool is what a class's verified units of an epoch earn together, in ujoule: floor(budget · shareBps · min(units,
// baseline) / (10,000 · baseline)), floored once. Zero without units; baseline in units, at least 1.
func Pool(budget math.Int, shareBps uint32, units, baseline math.Int) math.Int {
	if !units.IsPositive() || !baseline.IsPositive() {
		return math.ZeroInt()
	}
	n := new(big.Int).Mul(budget.BigInt(), big.NewInt(int64(shareBps)))
	n.Mul(n, math.MinInt(units, baseline).BigInt())
	d := new(big.Int).Mul(bpsScale, baseline.BigInt())
	return math.NewIntFromBigInt(n.Quo(n, d))
}

// Share is a device's part of a pool, in ujoule: floor(units · pool / total). Zero when total is not positive.
func Share(units, pool, total math.Int) math.Int {
	if !total.IsPositive() {
		return math.ZeroInt()
	}
	s := new(big.Int).Mul(units.BigInt(), pool.BigInt())
	return math.NewIntFromBigInt(s.Quo(s, total.BigInt()))
}

// ScaleUnits returns units · 2^32, at most the largest baseline.
func ScaleUnits(units math.Int) math.Int {
	return clampBaseline(new(big.Int).Lsh(units.BigInt(), BaselineShift))
}

// Baseline is the units that earn a whole pool: the larger of schedule and trailing mean (both scaled), rounded up to
// units, at least 1.
func Baseline(scheduled, trailing math.Int) math.Int {
	b := math.MaxInt(scheduled, trailing).BigInt()
	b.Add(b, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), BaselineShift), big.NewInt(1)))
	b.Rsh(b, BaselineShift)
	return math.MaxInt(math.NewIntFromBigInt(b), math.OneInt())
}

// GrowSchedule moves a scaled schedule on by one epoch: times (1 + growthPpb / 10^9), floored, bounded.
func GrowSchedule(scheduled math.Int, growthPpb uint32) math.Int {
	g := new(big.Int).Mul(scheduled.BigInt(), big.NewInt(GrowthScale+int64(growthPpb)))
	return clampBaseline(g.Quo(g, growthScale))
}

// MoveTrailing moves a scaled trailing mean by 1/weight towards the epoch's units, floored. weight is at least 1.
func MoveTrailing(trailing, units math.Int, weight uint32) math.Int {
	t := new(big.Int).Mul(trailing.BigInt(), big.NewInt(int64(weight)-1))
	t.Add(t, ScaleUnits(units).BigInt())
	return clampBaseline(t.Quo(t, big.NewInt(int64(weight))))
}

// RescaleBaseline follows a change of the epoch's length, so that a baseline keeps meaning units per block: scaled ·
// blocks / before, floored.
func RescaleBaseline(scaled math.Int, blocks, before uint64) math.Int {
	if blocks == before || before == 0 {
		return scaled
	}
	s := new(big.Int).Mul(scaled.BigInt(), new(big.Int).SetUint64(blocks))
	return clampBaseline(s.Quo(s, new(big.Int).SetUint64(before)))
}

func clampBaseline(b *big.Int) math.Int {
	if b.Cmp(maxBaseline) > 0 {
		b = new(big.Int).Set(maxBaseline)
	}
	return math.NewIntFromBigInt(b)
}
