package app

import (
	"context"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/appmodule"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/auth"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"

	"github.com/joulechain/joule/app/abci"
)

// expiredNoncesPerBlock is how many expired nonces of unordered transactions a block removes: twice what a block may
// add, so that the expired ones never pile up.
const expiredNoncesPerBlock = 2 * abci.MaxUnorderedNonces

// authModule is x/auth with a bounded clean-up. The SDK's removes everything that has expired: 100 blocks of nonces can
// be given one and the same timeout, and that block would stand for seconds. An expired nonce that still waits changes
// nothing, since its transaction has expired with it.
type authModule struct {
	auth.AppModule
	keeper authkeeper.AccountKeeper
}

// PreBlock removes the oldest expired nonces.
func (m authModule) PreBlock(goCtx context.Context) (appmodule.ResponsePreBlock, error) {
	ctx := sdk.UnwrapSDKContext(goCtx)
	expired, err := m.expired(ctx)
	if err != nil {
		return nil, err
	}
	for _, key := range expired {
		if err := m.keeper.UnorderedNonces.Remove(ctx, key); err != nil {
			return nil, err
		}
	}
	return &sdk.ResponsePreBlock{}, nil
}

func (m authModule) expired(ctx sdk.Context) (keys []collections.Pair[int64, []byte], err error) {
	it, err := m.keeper.UnorderedNonces.Iterate(ctx, collections.NewPrefixUntilPairRange[int64, []byte](ctx.BlockTime().UnixNano()))
	if err != nil {
		return nil, err
	}
	defer it.Close()
	for ; it.Valid() && len(keys) < expiredNoncesPerBlock; it.Next() {
		key, err := it.Key()
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}
