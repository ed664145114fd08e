package keeper

import (
	"bytes"
	"context"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/beacon/vrf"
)

// InitGenesis writes the state. Heights are absolute: an exported state starts at the height after its export.
func (k *Keeper) InitGenesis(ctx context.Context, g types.GenesisState) error {
	if err := g.Validate(); err != nil {
		return err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	first := max(sdkCtx.BlockHeight(), 1) // InitChain runs at height 0 of a new chain, at the initial height of another
	if err := k.params.Set(ctx, g.Params); err != nil {
		return err
	}
	if err := k.genesisOpen.Set(ctx, true); err != nil {
		return err
	}
	if err := k.initEpoch(ctx, g, first); err != nil {
		return err
	}
	if err := k.initKeys(ctx, g); err != nil {
		return err
	}
	for _, m := range g.Misses {
		operator, err := k.operators.StringToBytes(m.OperatorAddress)
		if err != nil {
			return fmt.Errorf("misses of %q: %w", m.OperatorAddress, err)
		}
		if err := k.misses.Set(ctx, operator, m); err != nil {
			return err
		}
	}
	return k.initMixes(ctx, g, first, sdkCtx.ChainID())
}

func (k *Keeper) initEpoch(ctx context.Context, g types.GenesisState, first int64) error {
	epoch := g.Epoch
	if epoch.Number == 0 {
		epoch = types.FirstEpoch(first, g.Params)
	}
	if first < epoch.StartHeight || first > epoch.End() {
		return types.ErrInvalidGenesis.Wrapf("epoch %d covers heights %d to %d, the first block is %d; keep the export's initial height or clear epoch and mixes",
			epoch.Number, epoch.StartHeight, epoch.End(), first)
	}
	return k.epoch.Set(ctx, epoch)
}

func (k *Keeper) initKeys(ctx context.Context, g types.GenesisState) error {
	for _, key := range g.Keys {
		operator, err := k.operators.StringToBytes(key.OperatorAddress)
		if err != nil {
			return fmt.Errorf("key of %q: %w", key.OperatorAddress, err)
		}
		if err := k.keys.Set(ctx, operator, key); err != nil {
			return err
		}
		for _, bz := range [][]byte{key.Active, key.Pending} {
			if len(bz) == 0 {
				continue
			}
			if err := k.owners.Set(ctx, bz, operator); err != nil {
				return err
			}
		}
	}
	for _, r := range g.RetiredKeys {
		operator, err := k.operators.StringToBytes(r.OperatorAddress)
		if err != nil {
			return fmt.Errorf("retired key of %q: %w", r.OperatorAddress, err)
		}
		if err := k.owners.Set(ctx, r.Key, operator); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) initMixes(ctx context.Context, g types.GenesisState, first int64, chainID string) error {
	mixes := g.Mixes
	if len(mixes) == 0 {
		mixes = []types.Mix{{Height: first - 1, Mix: vrf.GenesisMix(chainID)}}
	}
	last := mixes[len(mixes)-1]
	if last.Height != first-1 {
		return types.ErrInvalidGenesis.Wrapf("the newest mix is of height %d, the first block is %d; want the height before it", last.Height, first)
	}
	for _, m := range mixes {
		if err := k.mixes.Set(ctx, m.Height, m); err != nil {
			return err
		}
	}
	return k.lastMix.Set(ctx, last)
}

// ExportGenesis reads the state back. Its order is that of the stores' keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	g := &types.GenesisState{}
	var err error
	if g.Params, err = k.params.Get(ctx); err != nil {
		return nil, err
	}
	if g.Epoch, err = k.epoch.Get(ctx); err != nil {
		return nil, err
	}
	err = k.keys.Walk(ctx, nil, func(_ []byte, key types.ValidatorKey) (bool, error) {
		g.Keys = append(g.Keys, key)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.misses.Walk(ctx, nil, func(_ []byte, m types.MissRecord) (bool, error) {
		g.Misses = append(g.Misses, m)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.mixes.Walk(ctx, nil, func(_ int64, m types.Mix) (bool, error) {
		g.Mixes = append(g.Mixes, m)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	g.RetiredKeys, err = k.retiredKeys(ctx)
	return g, err
}

// retiredKeys are the reserved keys that no record holds any more.
func (k *Keeper) retiredKeys(ctx context.Context) ([]types.RetiredKey, error) {
	var retired []types.RetiredKey
	err := k.owners.Walk(ctx, nil, func(key, operator []byte) (bool, error) {
		record, err := k.keys.Get(ctx, operator)
		if err != nil {
			return true, err
		}
		if !bytes.Equal(key, record.Active) && !bytes.Equal(key, record.Pending) {
			retired = append(retired, types.RetiredKey{OperatorAddress: record.OperatorAddress, Key: key})
		}
		return false, nil
	})
	return retired, err
}
