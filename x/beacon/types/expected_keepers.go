package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
)

// StakingKeeper is what the beacon needs of x/staking: who the header names, and jailing.
type StakingKeeper interface {
	GetValidator(ctx context.Context, operator sdk.ValAddress) (stakingtypes.Validator, error)
	GetValidatorByConsAddr(ctx context.Context, addr sdk.ConsAddress) (stakingtypes.Validator, error)
	// GetRotationLockedConsAddr answers for consensus addresses that a key rotation leaves or enters.
	GetRotationLockedConsAddr(ctx context.Context, addr sdk.ConsAddress) (stakingtypes.ConsAddrLockType, sdk.ValAddress, bool, error)
	IterateValidators(ctx context.Context, fn func(index int64, validator stakingtypes.ValidatorI) (stop bool)) error
	IterateBondedValidatorsByPower(ctx context.Context, fn func(index int64, validator stakingtypes.ValidatorI) (stop bool)) error
	Jail(ctx context.Context, addr sdk.ConsAddress) error
}
