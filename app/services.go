package app

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
	reflectionv1 "cosmossdk.io/api/cosmos/reflection/v1"
	"cosmossdk.io/client/v2/autocli"
	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/grpc/cmtservice"
	nodeservice "github.com/cosmos/cosmos-sdk/client/grpc/node"
	runtimeservices "github.com/cosmos/cosmos-sdk/runtime/services"
	"github.com/cosmos/cosmos-sdk/server"
	"github.com/cosmos/cosmos-sdk/server/api"
	srvconfig "github.com/cosmos/cosmos-sdk/server/config"
	"github.com/cosmos/cosmos-sdk/types/module"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"

	"github.com/joulechain/joule/app/openapi"
	emissionsrest "github.com/joulechain/joule/x/emissions/client/rest"
)

func (app *App) registerServices() {
	queries := boundedQueries{app.GRPCQueryRouter()}
	configurator := module.NewConfigurator(app.cdc, checkedMsgs{app.MsgServiceRouter(), app.checkParams}, queries)
	must(app.ModuleManager.RegisterServices(configurator))
	app.configurator = configurator
	autocliv1.RegisterQueryServer(queries, runtimeservices.NewAutoCLIQueryService(app.ModuleManager.Modules))
	reflection, err := runtimeservices.NewReflectionService()
	must(err)
	reflectionv1.RegisterReflectionServiceServer(app.GRPCQueryRouter(), reflection)
}

// RegisterAPIRoutes serves the REST gateway, the plain-number supply endpoints and the OpenAPI description.
func (app *App) RegisterAPIRoutes(s *api.Server, c srvconfig.APIConfig) {
	ctx := s.ClientCtx
	registerRESTEnums()
	authtx.RegisterGRPCGatewayRoutes(ctx, s.GRPCGatewayRouter)
	cmtservice.RegisterGRPCGatewayRoutes(ctx, s.GRPCGatewayRouter)
	nodeservice.RegisterGRPCGatewayRoutes(ctx, s.GRPCGatewayRouter)
	app.BasicManager.RegisterGRPCGatewayRoutes(ctx, s.GRPCGatewayRouter)
	emissionsrest.RegisterSupplyRoutes(s.Router, ctx)
	if c.Swagger {
		openapi.RegisterRoutes(s.Router)
	}
	must(server.RegisterSwaggerAPI(ctx, s.Router, c.Swagger))
}

// RegisterTxService serves transaction simulation, broadcast and lookup.
func (app *App) RegisterTxService(ctx client.Context) {
	authtx.RegisterTxService(app.GRPCQueryRouter(), ctx, app.Simulate, app.interfaceRegistry)
}

// RegisterTendermintService serves blocks and validator sets.
func (app *App) RegisterTendermintService(ctx client.Context) {
	cmtservice.RegisterTendermintService(ctx, app.GRPCQueryRouter(), app.interfaceRegistry, server.NewCometABCIWrapper(app).Query)
}

// RegisterNodeService serves the node's own configuration and status.
func (app *App) RegisterNodeService(ctx client.Context, c srvconfig.Config) {
	nodeservice.RegisterNodeService(ctx, app.GRPCQueryRouter(), c, func() int64 { return app.CommitMultiStore().EarliestVersion() })
}

// AutoCLIOptions describes the commands that are generated from the modules' services.
func (app *App) AutoCLIOptions() autocli.AppOptions {
	modules := map[string]appmodule.AppModule{}
	for _, m := range app.ModuleManager.Modules {
		named, ok := m.(module.HasName)
		if !ok {
			continue
		}
		if am, ok := m.(appmodule.AppModule); ok {
			modules[named.Name()] = am
		}
	}
	ac := addressCodecs()
	return autocli.AppOptions{
		Modules:               modules,
		ModuleOptions:         runtimeservices.ExtractAutoCLIOptions(app.ModuleManager.Modules),
		AddressCodec:          ac.account,
		ValidatorAddressCodec: ac.validator,
		ConsensusAddressCodec: ac.consensus,
	}
}
