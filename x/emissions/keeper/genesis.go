package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
	vestexported "github.com/cosmos/cosmos-sdk/x/auth/vesting/exported"

	"github.com/joulechain/joule/x/emissions/types"
)

// InitGenesis sets the state. On a new chain the genesis counter is x/bank's supply and the vesting accounts are those
// of x/auth; on an imported one the whole accounting must hold, x/bank's and x/work's state included. It runs after
// those modules.
func (k *Keeper) InitGenesis(ctx context.Context, g types.GenesisState) error {
	if err := g.Validate(); err != nil {
		return err
	}
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	if err := k.initSupply(ctx, g); err != nil {
		return err
	}
	if err := k.initVesting(ctx, g); err != nil {
		return err
	}
	for _, c := range g.Classes {
		if err := k.Classes.Set(ctx, int32(c.WorkClass), c); err != nil {
			return err
		}
	}
	for _, e := range g.Epochs {
		if err := k.Epochs.Set(ctx, e.Epoch, e); err != nil {
			return err
		}
	}
	if err := k.NextClose.Set(ctx, max(g.NextCloseEpoch, 1)); err != nil {
		return err
	}
	if err := k.EscrowEnd.Set(ctx, g.EscrowEndHeight); err != nil || g.Supply.IsNew() {
		return err
	}
	return k.checkImported(ctx)
}

func (k *Keeper) initSupply(ctx context.Context, g types.GenesisState) error {
	held := k.bank.GetSupply(ctx, types.Denom).Amount
	supply := g.Supply
	if supply.IsNew() {
		supply = types.NewSupply(held)
		for _, name := range []string{types.ModuleName, types.EscrowName, types.FeesName} {
			if b := k.moduleBalance(ctx, name); b.IsPositive() {
				return types.ErrInvalidGenesis.Wrapf("balances: the %s account holds %s ujoule, a new chain's must be empty", name, b)
			}
		}
		if held.GT(types.MaxSupply()) {
			return types.ErrInvalidGenesis.Wrapf("balances sum to %s ujoule, at most %d", held, types.MaxSupplyUjoule)
		}
	}
	if !supply.Total().Equal(held) {
		return types.ErrSupplyMismatch.Wrapf("genesis + minted − burned is %s ujoule, x/bank holds %s", supply.Total(), held)
	}
	return k.Supply.Set(ctx, supply)
}

func (k *Keeper) initVesting(ctx context.Context, g types.GenesisState) error {
	if !g.Supply.IsNew() {
		for _, name := range g.VestingAccounts {
			addr, err := k.addresses.StringToBytes(name)
			if err != nil {
				return types.ErrInvalidGenesis.Wrapf("vesting_accounts %q: %s", name, err)
			}
			if err := k.VestingAccounts.Set(ctx, addr); err != nil {
				return err
			}
		}
		return nil
	}
	count := 0
	var failed error
	k.accounts.IterateAccounts(ctx, func(a sdk.AccountI) bool {
		if _, vests := a.(vestexported.VestingAccount); !vests {
			return false
		}
		if count++; count > types.MaxGenesisVestingAccounts {
			failed = types.ErrInvalidGenesis.Wrapf("accounts: more than %d vesting accounts", types.MaxGenesisVestingAccounts)
		} else {
			failed = k.VestingAccounts.Set(ctx, a.GetAddress())
		}
		return failed != nil
	})
	return failed
}

// ExportGenesis gets the state.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	supply, err := k.Supply.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &types.GenesisState{Params: params, Supply: supply}
	if g.Classes, err = k.classStates(ctx); err != nil {
		return nil, err
	}
	if err := k.Epochs.Walk(ctx, nil, func(_ uint64, e types.EpochEmission) (bool, error) {
		g.Epochs = append(g.Epochs, e)
		return false, nil
	}); err != nil {
		return nil, err
	}
	if err := k.VestingAccounts.Walk(ctx, nil, func(addr []byte) (bool, error) {
		name, err := k.addresses.BytesToString(addr)
		g.VestingAccounts = append(g.VestingAccounts, name)
		return false, err
	}); err != nil {
		return nil, err
	}
	if g.NextCloseEpoch, err = optional(k.NextClose.Get(ctx)); err != nil {
		return nil, err
	}
	g.EscrowEndHeight, err = optional(k.EscrowEnd.Get(ctx))
	return g, err
}
