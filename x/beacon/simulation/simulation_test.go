package simulation

import (
	"encoding/json"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	codectestutil "github.com/cosmos/cosmos-sdk/codec/testutil"
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/joulechain/joule/x/beacon/types"
)

func TestRandomGenesis(t *testing.T) {
	for seed := range int64(50) {
		r := rand.New(rand.NewSource(seed))
		state := &module.SimulationState{
			Rand: r, Cdc: codectestutil.CodecOptions{}.NewCodec(), GenState: map[string]json.RawMessage{},
			Accounts: simtypes.RandomAccounts(r, 10), NumBonded: 4,
		}
		RandomizedGenState(state)
		var g types.GenesisState
		require.NoError(t, state.Cdc.UnmarshalJSON(state.GenState[types.ModuleName], &g))
		require.NoError(t, g.Validate())
		require.Len(t, g.Keys, 4)
		again := rand.New(rand.NewSource(seed))
		require.Equal(t, RandomParams(rand.New(rand.NewSource(seed))), RandomParams(again), "the seed decides")
	}
}
