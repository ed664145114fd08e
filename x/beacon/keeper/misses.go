package keeper

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/go-metrics"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/telemetry"
	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/joulechain/joule/x/beacon/types"
)

// Misses returns an operator's counters, zero for one that never proposed.
func (k *Keeper) Misses(ctx context.Context, operator []byte) (types.MissRecord, error) {
	record, err := k.misses.Get(ctx, operator)
	if errors.Is(err, collections.ErrNotFound) {
		address, err := k.operators.BytesToString(operator)
		return types.MissRecord{OperatorAddress: address}, err
	}
	return record, err
}

func (k *Keeper) recordReveal(ctx sdk.Context, e Expectation, _ types.Params) error {
	record, err := k.Misses(ctx, e.Operator)
	if err != nil {
		return err
	}
	record.Reveals++
	record.Consecutive = 0
	countMetric("reveals", e.Address)
	return k.misses.Set(ctx, e.Operator, record)
}

// recordMiss counts a proposal without a valid reveal against the validator that the header names, and jails one that
// repeats it. A header that names nobody known counts against nobody.
func (k *Keeper) recordMiss(ctx sdk.Context, e Expectation, params types.Params) error {
	if e.Operator == nil {
		return nil
	}
	record, err := k.Misses(ctx, e.Operator)
	if err != nil {
		return err
	}
	record.Total++
	record.Consecutive++
	record.LastHeight = e.Height
	countMetric("misses", e.Address)
	err = ctx.EventManager().EmitTypedEvent(&types.EventRevealMissed{
		OperatorAddress: e.Address, Height: e.Height, Consecutive: record.Consecutive,
	})
	if err != nil {
		return err
	}
	// Consensus does not authenticate the header's proposer, so that anyone who proposes can name a validator whose
	// first key is still waiting. That validator did all it can and is not jailed for it.
	if record.Consecutive >= params.MaxConsecutiveMisses && !e.AwaitsFirstKey {
		jailed, err := k.jail(ctx, e)
		if err != nil {
			return err
		}
		if jailed {
			err = ctx.EventManager().EmitTypedEvent(&types.EventValidatorJailed{
				OperatorAddress: e.Address, Height: e.Height, Misses: record.Consecutive,
			})
			if err != nil {
				return err
			}
			// After its return the validator has as many proposals again.
			record.Consecutive = 0
		}
	}
	return k.misses.Set(ctx, e.Operator, record)
}

// jail jails the validator unless it is jailed, or no other bonded validator could reveal: then jailing would only
// bring the chain nearer to an empty validator set. A failure leaves the validator as it is; the next miss tries again.
func (k *Keeper) jail(ctx sdk.Context, e Expectation) (bool, error) {
	validator, err := k.staking.GetValidator(ctx, e.Operator)
	if errors.Is(err, stakingtypes.ErrNoValidatorFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if validator.IsJailed() || !validator.IsBonded() {
		return false, nil
	}
	others, err := k.othersReveal(ctx, e)
	if err != nil || !others {
		return false, err
	}
	addr, err := validator.GetConsAddr()
	if err != nil {
		return false, err
	}
	cached, write := ctx.CacheContext()
	if err := k.staking.Jail(cached, addr); err != nil {
		ctx.Logger().Error("beacon: cannot jail", "operator", e.Address, "err", err)
		return false, nil
	}
	write()
	return true, nil
}

// othersReveal tells whether a bonded validator other than e's has an active key. It reads at most max_validators
// records, and only at a miss that would jail.
func (k *Keeper) othersReveal(ctx sdk.Context, e Expectation) (bool, error) {
	var (
		found  bool
		failed error
	)
	err := k.staking.IterateBondedValidatorsByPower(ctx, func(_ int64, v stakingtypes.ValidatorI) bool {
		if v.GetOperator() == e.Address || v.IsJailed() {
			return false
		}
		operator, err := k.operators.StringToBytes(v.GetOperator())
		if err != nil {
			failed = fmt.Errorf("validator %s: %w", v.GetOperator(), err)
			return true
		}
		record, _, err := k.ValidatorKey(ctx, operator, e.Height)
		found, failed = record.At(e.Height) != nil, err
		return found || failed != nil
	})
	return found, errors.Join(err, failed)
}

// countMetric adds one to joule_beacon_misses or joule_beacon_reveals of an operator. An optimistic execution that is
// thrown away counts too; the exact numbers are in state.
func countMetric(name, operator string) {
	telemetry.IncrCounterWithLabels([]string{types.ModuleName, name}, 1,
		[]metrics.Label{telemetry.NewLabel("operator", operator)})
}
