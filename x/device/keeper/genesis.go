package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/x/device/types"
)

// InitGenesis writes a genesis state. The bank's genesis must have run: the module's account must hold exactly the
// bonds.
func (k *Keeper) InitGenesis(ctx context.Context, g types.GenesisState) error {
	if err := g.Validate(); err != nil {
		return err
	}
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	for i, d := range g.Devices {
		if err := k.checkAddresses(d); err != nil {
			return types.ErrInvalidGenesis.Wrapf("devices[%d]: %s", i, err)
		}
		if err := k.setDevice(ctx, d); err != nil {
			return err
		}
	}
	if err := k.initAttestations(ctx, g); err != nil {
		return err
	}
	want, err := g.TotalBonds()
	if err != nil {
		return err
	}
	account := k.accounts.GetModuleAccount(ctx, types.ModuleName)
	if have := k.bank.GetBalance(ctx, account.GetAddress(), g.Params.BondDenom); !have.Amount.Equal(want) {
		return types.ErrInvalidGenesis.Wrapf("module account %s (%s) holds %s, the bonds of %d devices are %s%s",
			types.ModuleName, account.GetAddress(), have, len(g.Devices), want, g.Params.BondDenom)
	}
	return nil
}

func (k *Keeper) checkAddresses(d types.Device) error {
	if _, err := k.receiver("owner", d.Owner); err != nil {
		return err
	}
	if _, err := k.receiver("beneficiary", d.Beneficiary); err != nil {
		return err
	}
	if d.PendingOwner != "" {
		if _, err := k.receiver("pending_owner", d.PendingOwner); err != nil {
			return err
		}
	}
	_, err := k.receiver("bond_payer", d.BondPayer)
	return err
}

// ExportGenesis reads the whole state, devices ascending by id.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &types.GenesisState{Params: params}
	err = k.IterateDevices(ctx, func(d types.Device) (bool, error) {
		g.Devices = append(g.Devices, d)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	return g, k.exportAttestations(ctx, g)
}

// CheckInvariants reads every device and returns what does not hold, nothing when all is well: the module account's
// balance is the sum of the bonds, each device and attestation is valid, the index of accounts has exactly the devices'
// entries, and chips and attestations name each other. For tests, simulation and tools.
func (k *Keeper) CheckInvariants(ctx context.Context) ([]string, error) {
	var broken []string
	sum, wanted := math.ZeroInt(), 0
	err := k.IterateDevices(ctx, func(d types.Device) (bool, error) {
		sum = sum.Add(d.Bond.Amount)
		if err := d.Validate(); err != nil {
			broken = append(broken, fmt.Sprintf("device %s: %s", d.Text(), err))
		}
		missing, entries, err := k.Devices.Indexes.Account.missing(ctx, d)
		if err == nil && missing > 0 {
			broken = append(broken, fmt.Sprintf("device %s: an index entry is missing", d.Text()))
		}
		wanted += entries
		return false, err
	})
	if err != nil {
		return nil, err
	}
	entries, err := k.Devices.Indexes.Account.size(ctx)
	if err != nil {
		return nil, err
	}
	if entries != wanted {
		broken = append(broken, fmt.Sprintf("the index of accounts has %d entries, want %d", entries, wanted))
	}
	unbound, err := k.checkChips(ctx)
	if err != nil {
		return nil, err
	}
	broken = append(broken, unbound...)
	held, err := k.TotalBonds(ctx)
	if err != nil {
		return nil, err
	}
	if !held.Equal(sum) {
		broken = append(broken, fmt.Sprintf("module account holds %s, bonds are %s", held, sum))
	}
	return broken, nil
}
