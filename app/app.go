package app

import (
	"fmt"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/gogoproto/proto"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	"github.com/cosmos/cosmos-sdk/std"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
	"github.com/cosmos/cosmos-sdk/version"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
	"github.com/cosmos/cosmos-sdk/x/tx/signing"
)

var _ servertypes.Application = (*App)(nil)

// sdkValidatorCodec turns operator addresses into bytes where no keeper is at hand.
var sdkValidatorCodec = address.NewBech32Codec(Bech32Prefix + "valoper")

func addressCodecs() codecs {
	return codecs{
		account:   address.NewBech32Codec(Bech32Prefix),
		validator: sdkValidatorCodec,
		consensus: address.NewBech32Codec(Bech32Prefix + "valcons"),
	}
}

// App is the application: BaseApp, the keepers and the modules.
type App struct {
	*baseapp.BaseApp
	Keepers

	ModuleManager *module.Manager
	BasicManager  module.BasicManager

	amino             *codec.LegacyAmino
	cdc               codec.Codec
	txConfig          client.TxConfig
	interfaceRegistry codectypes.InterfaceRegistry
	stores            storeKeys
	phases            phases
	simulation        *module.SimulationManager
	configurator      module.Configurator
}

// New builds the application over db. loadLatest loads the newest committed state; export at a height loads its own.
// It panics on a wiring error, since no node can run with one.
func New(logger log.Logger, db dbm.DB, loadLatest bool, opts servertypes.AppOptions, options ...func(*baseapp.BaseApp)) *App {
	ac := addressCodecs()
	app := newCodecs(ac)
	app.stores = newStoreKeys()

	options = append(options, baseapp.SetOptimisticExecution())
	app.BaseApp = baseapp.NewBaseApp(Name, logger, db, app.txConfig.TxDecoder(), options...)
	app.SetVersion(version.Version)
	app.SetInterfaceRegistry(app.interfaceRegistry)
	app.SetTxEncoder(app.txConfig.TxEncoder())
	// The block gas meter would fail transactions in sequential execution that Block-STM lets pass;
	// ProcessProposal bounds a block's gas instead, alike for both.
	app.SetDisableBlockGasMeter(true)
	must(app.RegisterStreamingServices(opts, app.stores.kv))

	app.buildKeepers(logger, opts, ac)
	app.buildModules()
	app.registerServices()
	app.MountKVStores(app.stores.kv)
	app.MountTransientStores(app.stores.transient)
	app.MountObjectStores(app.stores.object)
	app.buildPhases(opts)
	app.registerUpgrades()
	app.buildSimulation()

	files, err := proto.MergedRegistry()
	must(err)
	must(msgservice.ValidateProtoAnnotations(files))
	if loadLatest {
		must(app.LoadLatestVersion())
	}
	return app
}

func must(err error) {
	if err != nil {
		panic(fmt.Errorf("app: %w", err))
	}
}

func newCodecs(ac codecs) *App {
	ir, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles:     proto.HybridResolver,
		SigningOptions: signing.Options{AddressCodec: ac.account, ValidatorAddressCodec: ac.validator},
	})
	must(err)
	amino := codec.NewLegacyAmino()
	std.RegisterLegacyAminoCodec(amino)
	std.RegisterInterfaces(ir)
	cdc := codec.NewProtoCodec(ir)
	return &App{amino: amino, cdc: cdc, interfaceRegistry: ir, txConfig: authtx.NewTxConfig(cdc, authtx.DefaultSignModes)}
}

// LegacyAmino returns the amino codec of Ledger signing.
func (app *App) LegacyAmino() *codec.LegacyAmino { return app.amino }

// AppCodec returns the protobuf codec.
func (app *App) AppCodec() codec.Codec { return app.cdc }

// InterfaceRegistry returns the registry of Any types.
func (app *App) InterfaceRegistry() codectypes.InterfaceRegistry { return app.interfaceRegistry }

// TxConfig returns the transaction codec.
func (app *App) TxConfig() client.TxConfig { return app.txConfig }

// SimulationManager returns the modules' simulations.
func (app *App) SimulationManager() *module.SimulationManager { return app.simulation }

// StoreKey returns a mounted KV store's key by name, nil if there is none.
func (app *App) StoreKey(name string) *storetypes.KVStoreKey { return app.stores.kv[name] }

// StoreKeys returns every mounted store's key, sorted by name.
func (app *App) StoreKeys() []storetypes.StoreKey { return app.stores.all() }
