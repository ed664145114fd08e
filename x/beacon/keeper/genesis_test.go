package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	beacontest "github.com/joulechain/joule/x/beacon/testutil"
	"github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/beacon/vrf"
)

// busy runs a chain until it has an active, a pending and a retired key, misses and several epochs.
func busy(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t, 3)
	f.honest(1)
	_, err := f.register(1, beacontest.Key(21))
	require.NoError(t, err)
	f.honestUntil(25)
	f.block(consAddr(1), f.reveal(1, beacontest.Key(21)))
	_, err = f.register(1, beacontest.Key(22))
	require.NoError(t, err)
	_, err = f.register(7, beacontest.Key(7))
	require.NoError(t, err)
	f.block(consAddr(2))
	f.honest(0)
	return f
}

func TestGenesisRoundTrip(t *testing.T) {
	f := busy(t)
	g, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.NoError(t, g.Validate())
	require.Len(t, g.Keys, 4)
	require.Equal(t, []types.RetiredKey{{OperatorAddress: beacontest.Address(t, 1), Key: beacontest.Key(1).PublicKey()}}, g.RetiredKeys)
	require.Len(t, g.Mixes, 29)
	require.EqualValues(t, 3, g.Epoch.Number)
	js, err := f.cdc.MarshalJSON(g)
	require.NoError(t, err)
	var read types.GenesisState
	require.NoError(t, f.cdc.UnmarshalJSON(js, &read))
	require.Equal(t, *g, read)

	second := newKeepers(t)
	for i := range 3 {
		second.bond(i)
	}
	second.at(f.height() + 1) // InitChain of an exported chain runs at its initial height
	require.NoError(t, second.k.InitGenesis(second.ctx, read))
	require.NoError(t, second.k.CheckGenesisValidators(second.ctx))
	again, err := second.k.ExportGenesis(second.ctx)
	require.NoError(t, err)
	require.Equal(t, g, again)

	// Both chains go on alike, through the pending activation.
	second.at(f.height())
	for f.height() < 60 {
		f.honest(0)
		second.honest(0)
	}
	f.block(consAddr(1), f.reveal(1, beacontest.Key(22)))
	second.block(consAddr(1), second.reveal(1, beacontest.Key(22)))
	require.True(t, f.lastMix().Revealed)
	require.Equal(t, f.lastMix(), second.lastMix())
	_, err = second.register(8, beacontest.Key(1))
	require.ErrorIs(t, err, types.ErrKeyInUse, "the retired key is still reserved")
	a, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	b, err := second.k.ExportGenesis(second.ctx)
	require.NoError(t, err)
	require.Equal(t, a, b)
}

func TestInitGenesisRefusals(t *testing.T) {
	mix := vrf.GenesisMix(chainID)
	for name, c := range map[string]struct {
		height int64
		change func(*types.GenesisState)
		want   string
	}{
		"epoch is over":    {100, func(g *types.GenesisState) { g.Epoch = types.Epoch{Number: 1, StartHeight: 1, Blocks: 10} }, "covers heights 1 to 10, the first block is 100"},
		"epoch is ahead":   {0, func(g *types.GenesisState) { g.Epoch = types.Epoch{Number: 1, StartHeight: 2, Blocks: 10} }, "the first block is 1"},
		"mixes are behind": {100, func(g *types.GenesisState) { g.Mixes = []types.Mix{{Height: 98, Mix: mix}} }, "want the height before it"},
		"mixes are ahead":  {0, func(g *types.GenesisState) { g.Mixes = []types.Mix{{Height: 1, Mix: mix}} }, "want the height before it"},
		"key address": {0, func(g *types.GenesisState) {
			g.Keys = []types.ValidatorKey{{OperatorAddress: "x", Active: beacontest.Key(0).PublicKey()}}
		}, `key of "x"`},
		"miss address": {0, func(g *types.GenesisState) { g.Misses = []types.MissRecord{{OperatorAddress: "x"}} }, `misses of "x"`},
		"retired address": {0, func(g *types.GenesisState) {
			g.RetiredKeys = []types.RetiredKey{{OperatorAddress: "x", Key: beacontest.Key(0).PublicKey()}}
		}, `retired key of "x"`},
		"parameters":        {0, func(g *types.GenesisState) { g.Params.EpochBlocks = 1 }, "epoch_blocks is 1"},
		"epoch without end": {0, func(g *types.GenesisState) { g.Epoch = types.Epoch{Number: 1, StartHeight: 1} }, "0 blocks"},
	} {
		f := newKeepers(t)
		f.at(c.height)
		g := types.DefaultGenesis()
		c.change(g)
		require.ErrorContains(t, f.k.InitGenesis(f.ctx, *g), c.want, name)
	}
}

func TestQueries(t *testing.T) {
	f := busy(t)
	p, err := f.query.Params(f.ctx, &types.QueryParamsRequest{})
	require.NoError(t, err)
	require.Equal(t, params(), p.Params)
	e, err := f.query.Epoch(f.ctx, &types.QueryEpochRequest{})
	require.NoError(t, err)
	require.EqualValues(t, 3, e.Epoch.Number)

	newest, err := f.query.Mix(f.ctx, &types.QueryMixRequest{})
	require.NoError(t, err)
	require.Equal(t, f.lastMix(), newest.Mix)
	missed, err := f.query.Mix(f.ctx, &types.QueryMixRequest{Height: 27})
	require.NoError(t, err)
	require.False(t, missed.Mix.Revealed)
	_, err = f.query.Mix(f.ctx, &types.QueryMixRequest{Height: 99})
	require.Equal(t, codes.NotFound, status.Code(err))
	mixes, err := f.query.Mixes(f.ctx, &types.QueryMixesRequest{Pagination: &query.PageRequest{Limit: 2}})
	require.NoError(t, err)
	require.Equal(t, []int64{28, 27}, []int64{mixes.Mixes[0].Height, mixes.Mixes[1].Height})
	mixes, err = f.query.Mixes(f.ctx, &types.QueryMixesRequest{Pagination: &query.PageRequest{Key: mixes.Pagination.NextKey, Limit: 1}})
	require.NoError(t, err)
	require.EqualValues(t, 26, mixes.Mixes[0].Height)
	mixes, err = f.query.Mixes(f.ctx, &types.QueryMixesRequest{Pagination: &query.PageRequest{Reverse: true, Limit: 1}})
	require.NoError(t, err)
	require.EqualValues(t, 0, mixes.Mixes[0].Height)
	_, err = f.query.Mixes(f.ctx, &types.QueryMixesRequest{Pagination: &query.PageRequest{Limit: 1_001}})
	require.Equal(t, codes.InvalidArgument, status.Code(err))

	key, err := f.query.ValidatorKey(f.ctx, &types.QueryValidatorKeyRequest{OperatorAddress: beacontest.Address(t, 1)})
	require.NoError(t, err)
	require.Equal(t, beacontest.Key(21).PublicKey(), key.Key.Active)
	require.Equal(t, beacontest.Key(22).PublicKey(), key.Key.Pending)
	require.EqualValues(t, 2, key.Misses.Reveals)
	key, err = f.query.ValidatorKey(f.ctx, &types.QueryValidatorKeyRequest{OperatorAddress: beacontest.Address(t, 2)})
	require.NoError(t, err)
	require.Equal(t, types.MissRecord{OperatorAddress: beacontest.Address(t, 2), Total: 1, Consecutive: 1, LastHeight: 27}, key.Misses)
	_, err = f.query.ValidatorKey(f.ctx, &types.QueryValidatorKeyRequest{OperatorAddress: beacontest.Address(t, 50)})
	require.Equal(t, codes.NotFound, status.Code(err))
	_, err = f.query.ValidatorKey(f.ctx, &types.QueryValidatorKeyRequest{OperatorAddress: "x"})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	keys, err := f.query.ValidatorKeys(f.ctx, &types.QueryValidatorKeysRequest{Pagination: &query.PageRequest{CountTotal: true}})
	require.NoError(t, err)
	require.Len(t, keys.Keys, 4)
	require.EqualValues(t, 4, keys.Pagination.Total)

	for _, err := range []error{
		second(f.query.Mix(f.ctx, nil)), second(f.query.Mixes(f.ctx, nil)),
		second(f.query.ValidatorKey(f.ctx, nil)), second(f.query.ValidatorKeys(f.ctx, nil)),
	} {
		require.Equal(t, codes.InvalidArgument, status.Code(err))
	}
}

func second[T any](_ T, err error) error { return err }
