package types

import (
	"fmt"

	"cosmossdk.io/math"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

// DefaultGenesis is a new chain's genesis: the counters come from x/bank's supply.
func DefaultGenesis() *GenesisState {
	return &GenesisState{
		Params:  DefaultParams(),
		Supply:  NewSupply(math.ZeroInt()),
		Classes: []ClassState{},
		Epochs:  []EpochEmission{},
	}
}

// Validate names what it refuses. What needs other modules' state is checked by InitGenesis.
func (g GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return ErrInvalidGenesis.Wrapf("params: %s", err)
	}
	if !g.Supply.IsNew() {
		if err := g.Supply.Validate(); err != nil {
			return ErrInvalidGenesis.Wrap(err.Error())
		}
	} else if len(g.Classes)+len(g.Epochs) > 0 {
		return ErrInvalidGenesis.Wrap("supply is all zero, which means a new chain: classes and epochs must be empty")
	}
	if err := g.validateLists(); err != nil {
		return ErrInvalidGenesis.Wrap(err.Error())
	}
	return nil
}

func (g GenesisState) validateLists() error {
	lastClass := devicetypes.WORK_CLASS_UNSPECIFIED
	for i, c := range g.Classes {
		if c.WorkClass <= lastClass {
			return fmt.Errorf("classes[%d].work_class is %d: each once, ascending", i, c.WorkClass)
		}
		lastClass = c.WorkClass
		if err := c.Validate(); err != nil {
			return err
		}
	}
	var last uint64
	minted := math.ZeroInt()
	for i, e := range g.Epochs {
		if e.Epoch <= last {
			return fmt.Errorf("epochs[%d].epoch is %d: each once, ascending", i, e.Epoch)
		}
		last = e.Epoch
		if err := e.Validate(); err != nil {
			return err
		}
		minted = minted.Add(e.Minted())
	}
	if !g.Supply.IsNew() && !minted.Equal(g.Supply.Minted) {
		return fmt.Errorf("supply.minted is %s, the epochs' accounts sum to %s", g.Supply.Minted, minted)
	}
	if g.EscrowEndHeight < 0 {
		return fmt.Errorf("escrow_end_height is %d, it must not be negative", g.EscrowEndHeight)
	}
	return g.validateVesting()
}

func (g GenesisState) validateVesting() error {
	if n := len(g.VestingAccounts); n > MaxGenesisVestingAccounts {
		return fmt.Errorf("vesting_accounts has %d entries, at most %d", n, MaxGenesisVestingAccounts)
	}
	seen := make(map[string]struct{}, len(g.VestingAccounts))
	for _, a := range g.VestingAccounts {
		if _, twice := seen[a]; twice {
			return fmt.Errorf("vesting_accounts names %s twice", a)
		}
		seen[a] = struct{}{}
	}
	return nil
}
