package keeper

import (
	"context"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/joulechain/joule/x/beacon/types"
)

// Hooks makes x/staking refuse a validator whose operator has no beacon key.
type Hooks struct{ k *Keeper }

var _ stakingtypes.StakingHooks = Hooks{}

// Hooks returns the keeper's staking hooks.
func (k *Keeper) Hooks() Hooks { return Hooks{k} }

// AfterValidatorCreated refuses a validator whose operator has no key, active or pending. At genesis a gentx may create
// the validator before it registers the key; CheckGenesisValidators looks at the result.
func (h Hooks) AfterValidatorCreated(ctx context.Context, operator sdk.ValAddress) error {
	genesis, err := h.k.isGenesis(ctx)
	if err != nil || genesis {
		return err
	}
	has, err := h.k.keys.Has(ctx, operator)
	if err != nil || has {
		return err
	}
	address, err := h.k.operators.BytesToString(operator)
	if err != nil {
		return err
	}
	return types.ErrNoKey.Wrapf("operator %s must send joule.beacon.v1.MsgRegisterKey before MsgCreateValidator, or in front of it in one transaction", address)
}

// BeforeValidatorModified does nothing.
func (Hooks) BeforeValidatorModified(context.Context, sdk.ValAddress) error { return nil }

// AfterValidatorRemoved does nothing: the operator's keys stay reserved, and active if it creates a validator again.
func (Hooks) AfterValidatorRemoved(context.Context, sdk.ConsAddress, sdk.ValAddress) error {
	return nil
}

// AfterValidatorConsKeyUpdated does nothing: keys belong to operators.
func (Hooks) AfterValidatorConsKeyUpdated(context.Context, sdk.ConsAddress, sdk.ConsAddress, sdk.ValAddress) error {
	return nil
}

// AfterValidatorBonded does nothing.
func (Hooks) AfterValidatorBonded(context.Context, sdk.ConsAddress, sdk.ValAddress) error { return nil }

// AfterValidatorBeginUnbonding does nothing.
func (Hooks) AfterValidatorBeginUnbonding(context.Context, sdk.ConsAddress, sdk.ValAddress) error {
	return nil
}

// BeforeDelegationCreated does nothing.
func (Hooks) BeforeDelegationCreated(context.Context, sdk.AccAddress, sdk.ValAddress) error {
	return nil
}

// BeforeDelegationSharesModified does nothing.
func (Hooks) BeforeDelegationSharesModified(context.Context, sdk.AccAddress, sdk.ValAddress) error {
	return nil
}

// BeforeDelegationRemoved does nothing.
func (Hooks) BeforeDelegationRemoved(context.Context, sdk.AccAddress, sdk.ValAddress) error {
	return nil
}

// AfterDelegationModified does nothing.
func (Hooks) AfterDelegationModified(context.Context, sdk.AccAddress, sdk.ValAddress) error {
	return nil
}

// BeforeValidatorSlashed does nothing.
func (Hooks) BeforeValidatorSlashed(context.Context, sdk.ValAddress, sdkmath.LegacyDec) error {
	return nil
}

// AfterUnbondingInitiated does nothing.
func (Hooks) AfterUnbondingInitiated(context.Context, uint64) error { return nil }
