package keeper

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/joulechain/joule/x/beacon/types"
)

// ValidatorKey returns an operator's record as it reads at height. found is false for an operator without keys.
func (k *Keeper) ValidatorKey(ctx context.Context, operator []byte, height int64) (key types.ValidatorKey, found bool, err error) {
	key, err = k.keys.Get(ctx, operator)
	if errors.Is(err, collections.ErrNotFound) {
		return types.ValidatorKey{}, false, nil
	}
	if err != nil {
		return types.ValidatorKey{}, false, err
	}
	return key.Promote(height), true, nil
}

// register stores a key whose possession is proven and returns the first height at which it reveals.
// The first key at genesis is active at once; any other waits, since a key must be fixed before anyone can know the
// mixes that it will be asked about.
func (k *Keeper) register(ctx context.Context, operator, key []byte) (int64, error) {
	height := max(sdk.UnwrapSDKContext(ctx).BlockHeight(), 1)
	record, found, err := k.ValidatorKey(ctx, operator, height)
	if err != nil {
		return 0, err
	}
	if len(record.Pending) > 0 {
		return 0, types.ErrKeyPending.Wrapf("it becomes active at height %d; register the next one after that", record.ActivationHeight)
	}
	// Retired keys stay reserved, for their own operator too: their past outputs are public.
	used, err := k.owners.Has(ctx, key)
	if err != nil {
		return 0, err
	}
	if used {
		return 0, types.ErrKeyInUse.Wrapf("key %X; generate a new one", key)
	}
	if record.OperatorAddress, err = k.operators.BytesToString(operator); err != nil {
		return 0, err
	}
	genesis, err := k.isGenesis(ctx)
	if err != nil {
		return 0, err
	}
	active := height
	if genesis && !found {
		record.Active = key
	} else {
		if active, err = k.activationHeight(ctx, height); err != nil {
			return 0, err
		}
		record.Pending, record.ActivationHeight = key, active
	}
	if err := k.keys.Set(ctx, operator, record); err != nil {
		return 0, err
	}
	return active, k.owners.Set(ctx, key, operator)
}

func (k *Keeper) activationHeight(ctx context.Context, height int64) (int64, error) {
	epoch, err := k.epoch.Get(ctx)
	if err != nil {
		return 0, err
	}
	params, err := k.params.Get(ctx)
	if err != nil {
		return 0, err
	}
	return types.ActivationHeight(height, epoch, params), nil
}

// isGenesis tells whether no block has run yet. Before the module's own InitGenesis there is no state at all, which
// is genesis too: x/staking may create its validators first.
func (k *Keeper) isGenesis(ctx context.Context) (bool, error) {
	open, err := k.genesisOpen.Has(ctx)
	if err != nil || open {
		return open, err
	}
	initialised, err := k.lastMix.Has(ctx)
	return !initialised, err
}

// OperatorByConsAddr finds the operator that a header's proposer address belongs to. In the block in which a consensus
// key rotation reaches CometBFT, staking's index still holds the old address; its lock record knows the new one.
// found is false for an address of no validator.
func (k *Keeper) OperatorByConsAddr(ctx context.Context, addr []byte) (operator []byte, found bool, err error) {
	if len(addr) == 0 {
		return nil, false, nil
	}
	validator, err := k.staking.GetValidatorByConsAddr(ctx, addr)
	if err == nil {
		operator, err = k.operators.StringToBytes(validator.GetOperator())
		return operator, err == nil, err
	}
	if !errors.Is(err, stakingtypes.ErrNoValidatorFound) {
		return nil, false, err
	}
	kind, operator, found, err := k.staking.GetRotationLockedConsAddr(ctx, addr)
	if err != nil || !found || kind != stakingtypes.ConsAddrLockPendingTo {
		return nil, false, err
	}
	return operator, true, nil
}

// CheckGenesisValidators refuses a genesis in which a validator has no key. The app calls it after every module's
// InitGenesis, gentxs included.
func (k *Keeper) CheckGenesisValidators(ctx context.Context) error {
	var failed error
	err := k.staking.IterateValidators(ctx, func(_ int64, validator stakingtypes.ValidatorI) bool {
		operator, err := k.operators.StringToBytes(validator.GetOperator())
		if err != nil {
			failed = fmt.Errorf("validator %s: %w", validator.GetOperator(), err)
			return true
		}
		has, err := k.keys.Has(ctx, operator)
		if err == nil && !has {
			err = types.ErrNoKey.Wrapf("genesis validator %s; add a MsgRegisterKey to its gentx or a key to the beacon's genesis", validator.GetOperator())
		}
		failed = err
		return failed != nil
	})
	return errors.Join(err, failed)
}
