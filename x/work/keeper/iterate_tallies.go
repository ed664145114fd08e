package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/joulechain/joule/x/work/types"
)

// IterateTallies visits every tally by class and epoch; off the consensus path only.
func (k *Keeper) IterateTallies(ctx context.Context, cb func(types.Tally) (stop bool, err error)) error {
	return k.Tallies.Walk(ctx, nil, func(_ collections.Pair[int32, uint64], t types.Tally) (bool, error) { return cb(t) })
}
