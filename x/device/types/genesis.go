package types

import (
	"bytes"

	"cosmossdk.io/math"
)

// DefaultGenesis has the default parameters and no device.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the parameters, each device, their order and that all bonds are in the bond denomination.
func (g GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	for i, d := range g.Devices {
		if err := d.Validate(); err != nil {
			return ErrInvalidGenesis.Wrapf("devices[%d]: %s", i, err)
		}
		if d.Bond.Denom != g.Params.BondDenom {
			return ErrInvalidGenesis.Wrapf("devices[%d]: bond in %q, want %q", i, d.Bond.Denom, g.Params.BondDenom)
		}
		if i > 0 && bytes.Compare(g.Devices[i-1].Id, d.Id) >= 0 {
			return ErrInvalidGenesis.Wrapf("devices[%d]: id %x is not above the one before; sort by id, each once", i, d.Id)
		}
	}
	if err := g.validateAttestations(); err != nil {
		return err
	}
	if err := g.validateRevocations(); err != nil {
		return err
	}
	_, err := g.TotalBonds()
	return err
}

// TotalBonds is the sum of the bonds in the bond denomination; an overflow is ErrInvalidGenesis.
func (g GenesisState) TotalBonds() (math.Int, error) {
	sum := math.ZeroInt()
	for i, d := range g.Devices {
		next, err := sum.SafeAdd(d.Bond.Amount)
		if err != nil {
			return math.Int{}, ErrInvalidGenesis.Wrapf("devices[%d]: the sum of bonds overflows", i)
		}
		sum = next
	}
	return sum, nil
}
