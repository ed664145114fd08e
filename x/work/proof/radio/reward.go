package radio

import (
	"fmt"
	"math/bits"
)

// RewardUnit is one whole reward unit of the curve: results are millionths.
const RewardUnit = 1_000_000

// Bounds of RewardCurve that keep its powers inside 64 bits: 16^14 = 2^56.
const (
	// MaxWitnesses is the largest number of receipts in one piece of evidence.
	MaxWitnesses = 14
	// MaxRatio bounds the terms of the decay.
	MaxRatio = 16
)

// RewardCurve is Helium's HIP-15: up to Target witnesses everything grows in proportion, beyond it each further witness
// adds less.
type RewardCurve struct {
	Target     uint32 // N, 1..MaxWitnesses
	DecayAbove uint32 // the decay's numerator, 1..DecayBelow
	DecayBelow uint32 // the decay's denominator, up to MaxRatio
}

// HIP15 is the curve as Helium ran it: N = 4, r = 4/5.
func HIP15() RewardCurve { return RewardCurve{Target: 4, DecayAbove: 4, DecayBelow: 5} }

// Validate checks every bound and names the field that breaks one. The errors wrap ErrParams.
func (c RewardCurve) Validate() error {
	switch {
	case c.Target < 1 || c.Target > MaxWitnesses:
		return fmt.Errorf("%w: reward target is %d, must be in 1..%d", ErrParams, c.Target, MaxWitnesses)
	case c.DecayBelow < 1 || c.DecayBelow > MaxRatio:
		return fmt.Errorf("%w: reward decay's denominator is %d, must be in 1..%d", ErrParams, c.DecayBelow, MaxRatio)
	case c.DecayAbove < 1 || c.DecayAbove > c.DecayBelow:
		return fmt.Errorf("%w: reward decay's numerator is %d, must be in 1..%d", ErrParams, c.DecayAbove, c.DecayBelow)
	}
	return nil
}

// Reward returns what the beaconer and each of w counted witnesses get, in millionths of a unit, floored (SPEC.md 3).
// More than MaxWitnesses count as MaxWitnesses. An invalid curve is ErrParams.
//
//	w ≤ N: beaconer w/N, witness 1
//	w > N: beaconer 2 − r^(w−N), witness (N − 1 + r^(w−N))/w
func (c RewardCurve) Reward(w uint32) (beaconer, witness uint64, err error) {
	if err := c.Validate(); err != nil {
		return 0, 0, err
	}
	w = min(w, MaxWitnesses)
	switch {
	case w == 0:
		return 0, 0, nil
	case w <= c.Target:
		return RewardUnit * uint64(w) / uint64(c.Target), RewardUnit, nil
	}
	above, below := uint64(1), uint64(1)
	for range w - c.Target {
		above *= uint64(c.DecayAbove)
		below *= uint64(c.DecayBelow)
	}
	beaconer = scaled(RewardUnit, 2*below-above, below)
	witness = scaled(RewardUnit, uint64(c.Target-1)*below+above, uint64(w)*below)
	return beaconer, witness, nil
}

// scaled is ⌊value·above/below⌋ over a 128-bit product. The quotient must fit 64 bits: callers have above ≤ 2·below or
// value ≤ below.
func scaled(value, above, below uint64) uint64 {
	hi, lo := bits.Mul64(value, above)
	quotient, _ := bits.Div64(hi, lo, below)
	return quotient
}
