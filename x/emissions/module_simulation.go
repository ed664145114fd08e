package emissions

import (
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/joulechain/joule/x/emissions/simulation"
	"github.com/joulechain/joule/x/emissions/types"
)

var (
	_ module.AppModuleSimulation   = AppModule{}
	_ simsx.HasWeightedOperationsX = AppModule{}
	_ simsx.HasProposalMsgsX       = AppModule{}
)

// GenerateGenesisState makes a random genesis.
func (AppModule) GenerateGenesisState(state *module.SimulationState) {
	simulation.RandomizedGenState(state)
}

// RegisterStoreDecoder tells how to show differences of stores.
func (am AppModule) RegisterStoreDecoder(r simtypes.StoreDecoderRegistry) {
	r[types.StoreKey] = simtypes.NewStoreDecoderFuncFromCollectionsSchema(am.k.Schema)
}

// WeightedOperations is empty: WeightedOperationsX replaces it.
func (AppModule) WeightedOperations(module.SimulationState) []simtypes.WeightedOperation { return nil }

// WeightedOperationsX registers the random messages.
func (am AppModule) WeightedOperationsX(weights simsx.WeightSource, reg simsx.Registry) {
	reg.Add(weights.Get("msg_emissions_claim", 60), simulation.MsgClaimFactory(am.k))
	reg.Add(weights.Get("msg_emissions_burn", 30), simulation.MsgBurnFactory())
}

// ProposalMsgsX registers the random proposals.
func (AppModule) ProposalMsgsX(weights simsx.WeightSource, reg simsx.Registry) {
	reg.Add(weights.Get("msg_emissions_update_params", 50), simulation.MsgUpdateParamsFactory())
}
