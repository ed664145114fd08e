package gpu

import (
	"fmt"
	"math/bits"
)

// Version2 is the kernel: ChaCha8 expansion, int8 products, keyed BLAKE3 trees of 28-byte nodes, seeds that follow from
// the round before. No network ever ran version 1. A later kernel gets a new number and keeps this verifier beside it
// for as long as evidence of version 2 can arrive.
const Version2 uint32 = 2

// Bounds of Params. They bound work and bytes whatever governance sets.
const (
	// MinN and MaxN bound the matrix side. Above 65536 the exact sum
	// n·128·128 would leave int32.
	MinN, MaxN uint32 = 64, 65536
	// MinB and MaxB bound the tile side. Four makes a leaf one 64-byte
	// compression; eight costs the verifier four times the products per opening.
	MinB, MaxB uint32 = 4, 8
	// MinT is the fewest openings for which a cheat loses in expectation.
	MinT, MaxT uint32 = 2, 16
	// MaxRoundsLimit bounds the depth of the list tree to 20.
	MaxRoundsLimit uint64 = 1 << 20
	// ProofSizeLimit bounds MaxProofSize of any valid Params, in bytes.
	ProofSizeLimit = 16 << 10
	// CostLimit bounds OpeningCost of any valid Params, in cost units (µs).
	CostLimit uint64 = 10_000
)

// Params fixes the kernel. All devices of a window share one Params.
type Params struct {
	Version   uint32 // kernel version, Version2
	N         uint32 // matrix side n, a power of two in MinN..MaxN
	B         uint32 // tile side b, 4 or 8
	T         uint32 // openings per commitment t, MinT..MaxT
	MaxRounds uint64 // largest R a commitment may declare, 1..MaxRoundsLimit
}

// MainnetParams returns the parameters that SPEC.md derives by measurement:
// at most 6748 bytes and about 1 ms an opening on the reference machine.
func MainnetParams() Params {
	return Params{Version: Version2, N: 16384, B: 4, T: 5, MaxRounds: 1 << 15}
}

// DevnetParams returns parameters at which a laptop's CPU does tens of rounds a
// second.
func DevnetParams() Params {
	return Params{Version: Version2, N: 512, B: 4, T: 5, MaxRounds: 1 << 15}
}

// Validate checks every bound and names the field that breaks one. The errors
// wrap ErrParams.
func (p Params) Validate() error {
	if err := p.validateFields(); err != nil {
		return err
	}
	if size := MaxProofSize(p); size > ProofSizeLimit {
		return fmt.Errorf("%w: n, b, t and max_rounds give proofs of up to %d bytes, at most %d allowed: lower t or max_rounds",
			ErrParams, size, ProofSizeLimit)
	}
	if cost := OpeningCost(p); cost > CostLimit {
		return fmt.Errorf("%w: n, b and t give a verification cost of %d units, at most %d allowed: lower n, b or t",
			ErrParams, cost, CostLimit)
	}
	return nil
}

func (p Params) validateFields() error {
	switch {
	case p.Version != Version2:
		return fmt.Errorf("%w: version is %d, this verifier knows %d", ErrParams, p.Version, Version2)
	case p.N < MinN || p.N > MaxN || bits.OnesCount32(p.N) != 1:
		return fmt.Errorf("%w: n is %d, must be a power of two in %d..%d", ErrParams, p.N, MinN, MaxN)
	case p.B < MinB || p.B > MaxB || bits.OnesCount32(p.B) != 1:
		return fmt.Errorf("%w: b is %d, must be %d or %d", ErrParams, p.B, MinB, MaxB)
	case p.T < MinT || p.T > MaxT:
		return fmt.Errorf("%w: t is %d, must be in %d..%d", ErrParams, p.T, MinT, MaxT)
	case p.MaxRounds < 1 || p.MaxRounds > MaxRoundsLimit:
		return fmt.Errorf("%w: max_rounds is %d, must be in 1..%d", ErrParams, p.MaxRounds, MaxRoundsLimit)
	}
	return nil
}

// Grid returns n/b, the number of tiles along one side of C: a power of two.
func (p Params) Grid() uint32 { return p.N / p.B }

// TileDepth returns the depth of a round's tile tree, 2·log2(n/b).
func (p Params) TileDepth() int { return 2 * (bits.Len32(p.Grid()) - 1) }

// MixADraws returns how many of the t positions come from the first beacon mix,
// ceil(t/2). The rest come from the mix seven blocks later.
func (p Params) MixADraws() uint32 { return (p.T + 1) / 2 }

// Units returns ⌊n³·rounds / 2^unitShift⌋, the work of a commitment. The product
// is taken in 128 bits; ErrUnits says that the quotient does not fit 64.
func Units(p Params, rounds uint64, unitShift uint32) (uint64, error) {
	if err := p.validateFields(); err != nil {
		return 0, err
	}
	if unitShift > 127 {
		return 0, fmt.Errorf("%w: unit shift is %d, must be at most 127", ErrUnits, unitShift)
	}
	n := uint64(p.N)
	hi, lo := bits.Mul64(n*n*n, rounds) // n³ ≤ 2^48
	if unitShift >= 64 {
		return hi >> (unitShift - 64), nil
	}
	if hi>>unitShift != 0 {
		return 0, fmt.Errorf("%w: n=%d and %d rounds give more than 2^64 units of 2^%d multiply-adds", ErrUnits, p.N, rounds, unitShift)
	}
	return hi<<(64-unitShift) | lo>>unitShift, nil
}
