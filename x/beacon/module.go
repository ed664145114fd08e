// Package beacon is the module of epochs and randomness.
package beacon

import (
	"context"
	"encoding/json"
	"fmt"

	gwruntime "github.com/grpc-ecosystem/grpc-gateway/runtime"
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/joulechain/joule/x/beacon/keeper"
	"github.com/joulechain/joule/x/beacon/simulation"
	"github.com/joulechain/joule/x/beacon/types"
)

// ConsensusVersion rises with every change of state that needs a migration.
const ConsensusVersion = 1

var (
	_ module.AppModuleBasic        = AppModule{}
	_ module.HasGenesis            = AppModule{}
	_ module.HasConsensusVersion   = AppModule{}
	_ module.AppModuleSimulation   = AppModule{}
	_ simsx.HasWeightedOperationsX = AppModule{}
	_ simsx.HasProposalMsgsX       = AppModule{}
	_ appmodule.AppModule          = AppModule{}
	_ appmodule.HasServices        = AppModule{}
	_ appmodule.HasEndBlocker      = AppModule{}
)

// AppModule wires the keeper into the application. Its PreBlock needs the block's transactions, which modules do not
// receive: app/abci calls the keeper's.
type AppModule struct {
	cdc codec.Codec
	k   *keeper.Keeper
}

// NewAppModule returns the module.
func NewAppModule(cdc codec.Codec, k *keeper.Keeper) AppModule { return AppModule{cdc: cdc, k: k} }

// IsAppModule implements appmodule.AppModule.
func (AppModule) IsAppModule() {}

// IsOnePerModuleType implements appmodule.AppModule.
func (AppModule) IsOnePerModuleType() {}

// Name returns the module's name.
func (AppModule) Name() string { return types.ModuleName }

// ConsensusVersion returns the version of the module's state.
func (AppModule) ConsensusVersion() uint64 { return ConsensusVersion }

// RegisterLegacyAminoCodec registers the messages for amino JSON signing.
func (AppModule) RegisterLegacyAminoCodec(cdc *codec.LegacyAmino) {
	types.RegisterLegacyAminoCodec(cdc)
}

// RegisterInterfaces registers the messages.
func (AppModule) RegisterInterfaces(r codectypes.InterfaceRegistry) { types.RegisterInterfaces(r) }

// RegisterGRPCGatewayRoutes serves the queries over REST.
func (AppModule) RegisterGRPCGatewayRoutes(ctx client.Context, mux *gwruntime.ServeMux) {
	if err := types.RegisterQueryHandlerClient(context.Background(), mux, types.NewQueryClient(ctx)); err != nil {
		panic(err)
	}
}

// RegisterServices serves the messages and queries.
func (am AppModule) RegisterServices(r grpc.ServiceRegistrar) error {
	types.RegisterMsgServer(r, keeper.NewMsgServerImpl(am.k))
	types.RegisterQueryServer(r, keeper.NewQueryServerImpl(am.k))
	return nil
}

// DefaultGenesis returns a new chain's state.
func (AppModule) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	return cdc.MustMarshalJSON(types.DefaultGenesis())
}

// ValidateGenesis checks a state.
func (AppModule) ValidateGenesis(cdc codec.JSONCodec, _ client.TxEncodingConfig, bz json.RawMessage) error {
	var g types.GenesisState
	if err := cdc.UnmarshalJSON(bz, &g); err != nil {
		return fmt.Errorf("%s genesis: %w", types.ModuleName, err)
	}
	return g.Validate()
}

// InitGenesis writes a state; it panics on one that cannot start a chain.
func (am AppModule) InitGenesis(ctx sdk.Context, cdc codec.JSONCodec, bz json.RawMessage) {
	var g types.GenesisState
	cdc.MustUnmarshalJSON(bz, &g)
	if err := am.k.InitGenesis(ctx, g); err != nil {
		panic(err)
	}
}

// ExportGenesis reads the state.
func (am AppModule) ExportGenesis(ctx sdk.Context, cdc codec.JSONCodec) json.RawMessage {
	g, err := am.k.ExportGenesis(ctx)
	if err != nil {
		panic(err)
	}
	return cdc.MustMarshalJSON(g)
}

// EndBlock moves the epoch; it must be the last module's.
func (am AppModule) EndBlock(ctx context.Context) error { return am.k.EndBlock(ctx) }

// GenerateGenesisState makes a random state for simulations.
func (AppModule) GenerateGenesisState(state *module.SimulationState) {
	simulation.RandomizedGenState(state)
}

// RegisterStoreDecoder lets simulations print differing stores.
func (am AppModule) RegisterStoreDecoder(reg simtypes.StoreDecoderRegistry) {
	reg[types.StoreKey] = simtypes.NewStoreDecoderFuncFromCollectionsSchema(am.k.Schema)
}

// WeightedOperations is the older simulation interface; it has none.
func (AppModule) WeightedOperations(module.SimulationState) []simtypes.WeightedOperation { return nil }

// ProposalMsgsX registers the governance messages of simulations.
func (AppModule) ProposalMsgsX(weights simsx.WeightSource, reg simsx.Registry) {
	reg.Add(weights.Get("msg_beacon_update_params", 50), simulation.MsgUpdateParamsFactory())
}

// WeightedOperationsX registers the messages of simulations.
func (am AppModule) WeightedOperationsX(weights simsx.WeightSource, reg simsx.Registry) {
	reg.Add(weights.Get("msg_beacon_register_key", 40), simulation.MsgRegisterKeyFactory(am.k))
}
