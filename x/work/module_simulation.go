package work

import (
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/joulechain/joule/x/work/simulation"
	"github.com/joulechain/joule/x/work/types"
)

var _ module.AppModuleSimulation = AppModule{}

// GenerateGenesisState implements module.AppModuleSimulation.
func (AppModule) GenerateGenesisState(s *module.SimulationState) { simulation.RandomizedGenState(s) }

// RegisterStoreDecoder implements module.AppModuleSimulation.
func (am AppModule) RegisterStoreDecoder(r simtypes.StoreDecoderRegistry) {
	r[types.StoreKey] = simtypes.NewStoreDecoderFuncFromCollectionsSchema(am.k.Schema)
}

// WeightedOperations implements module.AppModuleSimulation; WeightedOperationsX replaces it.
func (AppModule) WeightedOperations(module.SimulationState) []simtypes.WeightedOperation { return nil }

// WeightedOperationsX registers the random messages.
func (am AppModule) WeightedOperationsX(weights simsx.WeightSource, reg simsx.Registry) {
	reg.Add(weights.Get("msg_work_submit", 200), simulation.MsgSubmitWorkFactory(am.k, simulation.Plotters{}))
	reg.Add(weights.Get("msg_work_set_disk_claim", 120), simulation.MsgSetDiskClaimFactory(am.k))
	reg.Add(weights.Get("msg_work_assert_radio", 80), simulation.MsgAssertRadioFactory(am.k))
	reg.Add(weights.Get("msg_work_release_radio", 20), simulation.MsgReleaseRadioFactory(am.k))
}

// ProposalMsgsX registers the random proposals.
func (am AppModule) ProposalMsgsX(weights simsx.WeightSource, reg simsx.Registry) {
	reg.Add(weights.Get("msg_work_update_params", 20), simulation.MsgUpdateParamsFactory(am.k))
	reg.Add(weights.Get("msg_work_update_radio_denylist", 5), simulation.MsgUpdateRadioDenylistFactory(am.k))
}
