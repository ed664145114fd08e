package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/joulechain/joule/x/beacon/types"
)

// pruneBatch is how many heights a block may drop: one keeps the history's length, the second shrinks it after the
// parameter was lowered.
const pruneBatch = 2

// Mix returns the 32 bytes that the block at height left behind, or ErrMixUnknown for a height ahead of the chain or
// out of the history. A block's own mix exists from its PreBlock on.
func (k *Keeper) Mix(ctx context.Context, height int64) ([]byte, error) {
	mix, err := k.mixes.Get(ctx, height)
	if errors.Is(err, collections.ErrNotFound) {
		last, err := k.LastMix(ctx)
		if err != nil {
			return nil, err
		}
		return nil, types.ErrMixUnknown.Wrapf("height %d; the newest is %d and mix_history_blocks are kept", height, last.Height)
	}
	return mix.Mix, err
}

// LastMix returns the newest mix: of the executing block after its PreBlock, of the block before it in ProcessProposal
// and PrepareProposal.
func (k *Keeper) LastMix(ctx context.Context) (types.Mix, error) { return k.lastMix.Get(ctx) }

// setMix appends a mix and drops what has left the history.
func (k *Keeper) setMix(ctx context.Context, mix types.Mix, history uint64) error {
	if err := k.lastMix.Set(ctx, mix); err != nil {
		return err
	}
	if err := k.mixes.Set(ctx, mix.Height, mix); err != nil {
		return err
	}
	return k.pruneMixes(ctx, mix.Height-int64(history))
}

// pruneMixes drops up to pruneBatch of the oldest heights up to and including last.
func (k *Keeper) pruneMixes(ctx context.Context, last int64) error {
	it, err := k.mixes.Iterate(ctx, new(collections.Range[int64]).EndInclusive(last))
	if err != nil {
		return err
	}
	var old []int64
	for ; it.Valid() && len(old) < pruneBatch; it.Next() {
		height, err := it.Key()
		if err != nil {
			return errors.Join(err, it.Close())
		}
		old = append(old, height)
	}
	if err := it.Close(); err != nil {
		return err
	}
	for _, height := range old {
		if err := k.mixes.Remove(ctx, height); err != nil {
			return err
		}
	}
	return nil
}
