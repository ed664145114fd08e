// Package simulation drives the beacon in random simulations, and computes what a coalition of key holders gains.
package simulation

import (
	"math/rand"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/beacon/vrf"
)

// RandomParams draws parameters inside their ranges, small enough that a short run crosses epochs and activations.
func RandomParams(r *rand.Rand) types.Params {
	between := func(low, high uint64) uint64 { return low + uint64(r.Int63n(int64(high-low+1))) }
	return types.Params{
		EpochBlocks:          between(types.MinEpochBlocks, 40),
		ActivationEpochs:     between(1, 3),
		ActivationMinBlocks:  between(1, 60),
		MixHistoryBlocks:     between(types.MinMixHistoryBlocks, 2*types.MinMixHistoryBlocks),
		MaxConsecutiveMisses: between(5, types.MaxMisses),
	}
}

// RandomKey draws a key.
func RandomKey(r *rand.Rand) vrf.SecretKey {
	key, err := vrf.GenerateSecretKey(r)
	if err != nil {
		panic(err) // a pseudo-random source never runs dry
	}
	return key
}

// RandomizedGenState gives every initially bonded account a key, and the module random parameters.
func RandomizedGenState(state *module.SimulationState) {
	g := types.DefaultGenesis()
	g.Params = RandomParams(state.Rand)
	for i := range state.Accounts {
		if int64(i) >= state.NumBonded {
			break
		}
		operator := sdk.ValAddress(state.Accounts[i].Address).String()
		g.Keys = append(g.Keys, types.ValidatorKey{OperatorAddress: operator, Active: RandomKey(state.Rand).PublicKey()})
	}
	state.GenState[types.ModuleName] = state.Cdc.MustMarshalJSON(g)
}
