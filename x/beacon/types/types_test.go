package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	beacontest "github.com/joulechain/joule/x/beacon/testutil"
	"github.com/joulechain/joule/x/beacon/types"
)

func TestParamsValidate(t *testing.T) {
	require.NoError(t, types.DefaultParams().Validate())
	for _, c := range []struct {
		field    string
		set      func(*types.Params, uint64)
		min, max uint64
	}{
		{"epoch_blocks", func(p *types.Params, v uint64) { p.EpochBlocks = v }, 4, 100_000},
		{"activation_epochs", func(p *types.Params, v uint64) { p.ActivationEpochs = v }, 1, 100},
		{"activation_min_blocks", func(p *types.Params, v uint64) { p.ActivationMinBlocks = v }, 1, 100_000},
		{"mix_history_blocks", func(p *types.Params, v uint64) { p.MixHistoryBlocks = v }, 200, 1_000_000},
		{"max_consecutive_misses", func(p *types.Params, v uint64) { p.MaxConsecutiveMisses = v }, 1, 10_000},
	} {
		for value, ok := range map[uint64]bool{c.min - 1: false, c.min: true, c.max: true, c.max + 1: false} {
			p := types.DefaultParams()
			c.set(&p, value)
			err := p.Validate()
			if ok {
				require.NoError(t, err, "%s = %d", c.field, value)
				continue
			}
			require.ErrorIs(t, err, types.ErrInvalidParams)
			require.ErrorContains(t, err, c.field)
		}
	}
}

func TestActivationHeight(t *testing.T) {
	epoch := types.Epoch{Number: 3, StartHeight: 41, Blocks: 20}
	p := types.Params{EpochBlocks: 20, ActivationEpochs: 2, ActivationMinBlocks: 30}
	require.EqualValues(t, 145, types.ActivationHeight(105, epoch, p), "2 epochs of 20")
	p.ActivationMinBlocks = 50
	require.EqualValues(t, 155, types.ActivationHeight(105, epoch, p), "50 blocks are longer")
	p.EpochBlocks = 100
	require.EqualValues(t, 305, types.ActivationHeight(105, epoch, p), "a longer epoch is coming")
	p.EpochBlocks, epoch.Blocks = 4, 60
	require.EqualValues(t, 225, types.ActivationHeight(105, epoch, p), "a shorter one is coming, the current is long")
}

func TestValidatorKeyAt(t *testing.T) {
	active, pending := beacontest.Key(0).PublicKey(), beacontest.Key(1).PublicKey()
	key := types.ValidatorKey{Active: active, Pending: pending, ActivationHeight: 100}
	require.Equal(t, active, key.At(99))
	require.Equal(t, pending, key.At(100))
	require.Equal(t, pending, key.At(101))
	key.Active = nil
	require.Nil(t, key.At(99))
	require.Equal(t, pending, key.At(100))
	require.Nil(t, types.ValidatorKey{}.At(1))
	require.Equal(t, types.ValidatorKey{Active: pending}, key.Promote(100))
}

func TestGenesisValidate(t *testing.T) {
	require.NoError(t, types.DefaultGenesis().Validate())
	a, b := beacontest.Key(0).PublicKey(), beacontest.Key(1).PublicKey()
	mix := make([]byte, 32)
	low, _ := beacontest.LowOrderPoints()
	for name, c := range map[string]struct {
		change func(*types.GenesisState)
		want   string
	}{
		"params":       {func(g *types.GenesisState) { g.Params.EpochBlocks = 0 }, "epoch_blocks"},
		"epoch height": {func(g *types.GenesisState) { g.Epoch = types.Epoch{Number: 1, Blocks: 20} }, "from height 0"},
		"epoch length": {func(g *types.GenesisState) { g.Epoch = types.Epoch{Number: 1, StartHeight: 1} }, "with 0 blocks"},
		"two records": {func(g *types.GenesisState) {
			g.Keys = []types.ValidatorKey{{OperatorAddress: "x", Active: a}, {OperatorAddress: "x", Active: b}}
		}, "two key records"},
		"key twice": {func(g *types.GenesisState) {
			g.Keys = []types.ValidatorKey{{OperatorAddress: "x", Active: a}, {OperatorAddress: "y", Active: a}}
		}, "appears twice"},
		"active and pending": {func(g *types.GenesisState) {
			g.Keys = []types.ValidatorKey{{OperatorAddress: "x", Active: a, Pending: a, ActivationHeight: 1}}
		}, "equals the active"},
		"no keys":   {func(g *types.GenesisState) { g.Keys = []types.ValidatorKey{{OperatorAddress: "x"}} }, "neither"},
		"low order": {func(g *types.GenesisState) { g.Keys = []types.ValidatorKey{{OperatorAddress: "x", Active: low[1]}} }, "low order"},
		"no height": {func(g *types.GenesisState) { g.Keys = []types.ValidatorKey{{OperatorAddress: "x", Pending: a}} }, "activation_height"},
		"height alone": {func(g *types.GenesisState) {
			g.Keys = []types.ValidatorKey{{OperatorAddress: "x", Active: a, ActivationHeight: 5}}
		}, "activation_height"},
		"retired in use": {func(g *types.GenesisState) {
			g.Keys = []types.ValidatorKey{{OperatorAddress: "x", Active: a}}
			g.RetiredKeys = []types.RetiredKey{{OperatorAddress: "x", Key: a}}
		}, "appears twice"},
		"retired length": {func(g *types.GenesisState) { g.RetiredKeys = []types.RetiredKey{{OperatorAddress: "x", Key: a[1:]}} }, "31 bytes"},
		"two miss records": {func(g *types.GenesisState) {
			g.Misses = []types.MissRecord{{OperatorAddress: "x"}, {OperatorAddress: "x"}}
		}, "two miss records"},
		"misses":     {func(g *types.GenesisState) { g.Misses = []types.MissRecord{{OperatorAddress: "x", Consecutive: 1}} }, "1 consecutive misses of 0"},
		"mix length": {func(g *types.GenesisState) { g.Mixes = []types.Mix{{Height: 1, Mix: mix[1:]}} }, "31 bytes"},
		"mix gap":    {func(g *types.GenesisState) { g.Mixes = []types.Mix{{Height: 1, Mix: mix}, {Height: 3, Mix: mix}} }, "out of order"},
		"mix height": {func(g *types.GenesisState) { g.Mixes = []types.Mix{{Height: -1, Mix: mix}} }, "out of order"},
	} {
		g := types.DefaultGenesis()
		c.change(g)
		require.ErrorContains(t, g.Validate(), c.want, name)
	}
}

func TestPossessionIsBound(t *testing.T) {
	msg := beacontest.RegisterMsg(t, chainID, 0, beacontest.Key(0))
	require.NoError(t, msg.ValidateBasic())
	require.NoError(t, msg.VerifyPossession(chainID, beacontest.Operator(0)))
	require.ErrorIs(t, msg.VerifyPossession("joule-2", beacontest.Operator(0)), types.ErrInvalidPossession)
	require.ErrorIs(t, msg.VerifyPossession(chainID, beacontest.Operator(1)), types.ErrInvalidPossession)
	stolen := *msg
	stolen.Key = beacontest.Key(1).PublicKey()
	require.ErrorIs(t, stolen.VerifyPossession(chainID, beacontest.Operator(0)), types.ErrInvalidPossession)
	low, _ := beacontest.LowOrderPoints()
	stolen.Key = low[0]
	require.ErrorIs(t, stolen.VerifyPossession(chainID, beacontest.Operator(0)), types.ErrInvalidKey)
	stolen.Key = msg.Key[1:]
	require.ErrorIs(t, stolen.ValidateBasic(), types.ErrInvalidKey)
	stolen = *msg
	stolen.Proof = append(stolen.Proof, 0)
	require.ErrorIs(t, stolen.ValidateBasic(), types.ErrInvalidPossession)
}
