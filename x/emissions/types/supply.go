package types

import (
	"fmt"

	"cosmossdk.io/math"
)

// NewSupply returns the counters of a chain whose genesis holds so many ujoule.
func NewSupply(genesis math.Int) Supply {
	return Supply{Genesis: genesis, Minted: math.ZeroInt(), Burned: math.ZeroInt()}
}

// Total is the supply: genesis + minted − burned, in ujoule.
func (s Supply) Total() math.Int { return s.Genesis.Add(s.Minted).Sub(s.Burned) }

// Reserve is what may still be minted: max_supply − genesis − minted + burned, in ujoule.
func (s Supply) Reserve() math.Int { return MaxSupply().Sub(s.Total()) }

// IsNew tells whether all counters are zero or absent: a new chain.
func (s Supply) IsNew() bool {
	return isZero(s.Genesis) && isZero(s.Minted) && isZero(s.Burned)
}

// Validate refuses absent or negative counters and a supply outside 0..max_supply.
func (s Supply) Validate() error {
	for _, c := range []struct {
		name  string
		value math.Int
	}{{"genesis", s.Genesis}, {"minted", s.Minted}, {"burned", s.Burned}} {
		if err := checkAmount("supply."+c.name, c.value); err != nil {
			return err
		}
	}
	if t := s.Total(); t.IsNegative() || t.GT(MaxSupply()) {
		return fmt.Errorf("supply: genesis + minted − burned is %s ujoule, it must be within 0..%d", t, MaxSupplyUjoule)
	}
	return nil
}

func isZero(i math.Int) bool { return i.IsNil() || i.IsZero() }

// checkAmount refuses an absent, negative or absurdly large number; sums of counters must stay far from 256 bits.
func checkAmount(name string, i math.Int) error {
	switch {
	case i.IsNil():
		return fmt.Errorf("%s is missing; write \"0\"", name)
	case i.IsNegative():
		return fmt.Errorf("%s is %s, it must not be negative", name, i)
	case i.BigInt().BitLen() > maxBaselineBits+1:
		return fmt.Errorf("%s has %d bits, at most %d are possible", name, i.BigInt().BitLen(), maxBaselineBits+1)
	}
	return nil
}
