package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/emissions/types"
)

// BeginBlocker opens a new epoch's account with the parameters of its start, before any transaction can change them,
// and releases the block's part of the validators' escrow. It runs before x/distribution allocates the fee collector.
func (k *Keeper) BeginBlocker(ctx context.Context) error {
	epoch, err := k.epochs.CurrentEpoch(ctx)
	if err != nil {
		return err
	}
	if has, err := k.Epochs.Has(ctx, epoch.Number); err != nil {
		return err
	} else if !has {
		if _, err := k.openEpoch(ctx, epoch); err != nil {
			return err
		}
	}
	return k.releaseEscrow(ctx)
}

// EndBlocker settles the block's fees, which x/bank has credited. Then it acts on an epoch's last block, after x/work
// has folded the block's evidence and before x/beacon starts the next epoch: it ends the epoch, freezes those whose
// evidence is final, and closes those whose claim window is over.
func (k *Keeper) EndBlocker(ctx context.Context) error {
	if err := k.settleFees(ctx); err != nil {
		return err
	}
	if end, err := k.epochs.IsEpochEnd(ctx); err != nil || !end {
		return err
	}
	epoch, err := k.epochs.CurrentEpoch(ctx)
	if err != nil {
		return err
	}
	if err := k.endEpoch(ctx, epoch); err != nil {
		return err
	}
	final, err := k.work.FreezableEpochs(ctx)
	if err != nil {
		return err
	}
	for _, e := range final {
		if err := k.freezeEpoch(ctx, e, epoch.Number); err != nil {
			return err
		}
	}
	return k.closeEpochs(ctx, epoch.Number)
}

func (k *Keeper) openEpoch(ctx context.Context, epoch beacontypes.Epoch) (types.EpochEmission, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return types.EpochEmission{}, err
	}
	e := types.NewEpochEmission(epoch.Number, epoch.StartHeight, epoch.Blocks, params)
	return e, k.Epochs.Set(ctx, epoch.Number, e)
}

// epochAccount returns an epoch's account; found is false when the module did not see the epoch's start.
func (k *Keeper) epochAccount(ctx context.Context, epoch uint64) (e types.EpochEmission, found bool, err error) {
	e, err = k.Epochs.Get(ctx, epoch)
	if errors.Is(err, collections.ErrNotFound) {
		return e, false, nil
	}
	return e, err == nil, err
}
