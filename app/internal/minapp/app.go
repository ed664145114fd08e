// Package minapp is a small application for tests of the ante chain, the mempool and the proposal handlers: the real
// BaseApp with x/auth, x/bank, x/feegrant and x/authz, and evidence whose signature and proof hold or fail as the test
// says.
package minapp

import (
	"context"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/std"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/authz"
	authzkeeper "github.com/cosmos/cosmos-sdk/x/authz/keeper"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	feegrantkeeper "github.com/cosmos/cosmos-sdk/x/feegrant/keeper"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	"github.com/cosmos/cosmos-sdk/x/tx/signing"

	jouleabci "github.com/joulechain/joule/app/abci"
	"github.com/joulechain/joule/app/ante"
	"github.com/joulechain/joule/app/mempool"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	// ChainID is the test chain's.
	ChainID = "joule-minapp-1"
	// Minter is a module account that funds the accounts.
	Minter = "minter"
	prefix = "joule"
)

func init() {
	sdk.GetConfig().SetBech32PrefixForAccount(prefix, prefix+"pub")
}

// Options shape an application; zero values mean defaults.
type Options struct {
	// Accounts is how many funded accounts there are; 4 by default.
	Accounts int
	// MaxBytes and MaxGas are the block's; 1 MiB and 100 million by default.
	MaxBytes, MaxGas int64
	// Lane are x/work's lane parameters.
	Lane *worktypes.LaneParams
	// Mempool bounds the mempool.
	Mempool *mempool.Config
	// CacheSize is the verdict cache's.
	CacheSize int
	// Optimistic turns optimistic execution on.
	Optimistic bool
	// Workers verify ahead; one per CPU by default.
	Workers int
	// Fees are the prices of block space; by default 1 ujoule per 1,000 gas.
	Fees *emissionstypes.FeeParams
	// MinGasPrices are the node's own.
	MinGasPrices string
}

// App is the application.
type App struct {
	*baseapp.BaseApp
	TxConfig   client.TxConfig
	AuthKeeper authkeeper.AccountKeeper
	Bank       bankkeeper.BaseKeeper
	Feegrant   feegrantkeeper.Keeper
	Authz      authzkeeper.Keeper
	Work       *Work
	Pool       *mempool.Pool
	Cache      *jouleabci.VerdictCache
	Offenders  *jouleabci.Offenders
	Reveals    *Reveals
	Accounts   []Account
	// Log is what the application logged.
	Log LogBuffer

	t      testing.TB
	ir     codectypes.InterfaceRegistry
	cdc    codec.Codec
	height int64
	// inject runs at the end of the next block.
	inject func(sdk.Context) error
}

// New returns an application at height 0 that has run InitChain.
func New(t testing.TB, o Options) *App {
	t.Helper()
	setDefaults(&o)
	a := &App{t: t}
	a.buildCodec()
	keys := storetypes.NewKVStoreKeys(authtypes.StoreKey, banktypes.StoreKey, feegrant.StoreKey, authzkeeper.StoreKey, workStore)
	marks := storetypes.NewTransientStoreKey("transient_" + workStore)
	objects := storetypes.NewObjectStoreKeys(banktypes.ObjectStoreKey, ante.ObjectStoreKey)
	options := []func(*baseapp.BaseApp){baseapp.SetChainID(ChainID)}
	if o.MinGasPrices != "" {
		options = append(options, baseapp.SetMinGasPrices(o.MinGasPrices))
	}
	if o.Optimistic {
		options = append(options, baseapp.SetOptimisticExecution())
	}
	a.BaseApp = baseapp.NewBaseApp("minapp", log.NewLogger(&a.Log, log.ColorOption(false)), dbm.NewMemDB(), a.TxConfig.TxDecoder(), options...)
	a.SetInterfaceRegistry(a.ir)
	a.SetTxEncoder(a.TxConfig.TxEncoder())
	a.SetDisableBlockGasMeter(true)
	a.SetParamStore(&paramStore{})
	a.MountKVStores(keys)
	a.MountTransientStores(map[string]*storetypes.TransientStoreKey{marks.Name(): marks})
	a.MountObjectStores(objects)
	a.buildKeepers(keys, objects)

	a.Offenders = jouleabci.NewOffenders()
	a.Cache = jouleabci.NewVerdictCache(o.CacheSize, a.Offenders)
	a.Work = newWork(keys[workStore], marks, *o.Lane, a.Cache)
	worktypes.RegisterMsgServer(a.MsgServiceRouter(), a.Work)
	banktypes.RegisterMsgServer(a.MsgServiceRouter(), bankkeeper.NewMsgServerImpl(a.Bank))
	authz.RegisterMsgServer(a.MsgServiceRouter(), a.Authz)
	a.buildPhases(o, objects[ante.ObjectStoreKey])
	a.SetInitChainer(a.initChainer(o))
	require.NoError(t, a.LoadLatestVersion())
	a.initChain(o)
	return a
}

func setDefaults(o *Options) {
	if o.Accounts == 0 {
		o.Accounts = 4
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 20
	}
	if o.MaxGas == 0 {
		o.MaxGas = 100_000_000
	}
	if o.Lane == nil {
		o.Lane = &worktypes.LaneParams{MaxEvidencePerTx: 32, MaxTxBytes: 262_144, BlockBytesBps: 7_500, BlockVerifyUs: 300_000, NewcomerBps: 2_000}
	}
	if o.Mempool == nil {
		o.Mempool = &mempool.Config{MaxTxs: 1_000, MaxBytes: 8 << 20, LaneMaxTxs: 1_000, LaneMaxItems: 100_000, LaneMaxBytes: 8 << 20}
	}
	if o.Fees == nil {
		o.Fees = &emissionstypes.FeeParams{FloorPrice: 1_000, MaxTxGas: 75_000_000}
	}
	if o.CacheSize == 0 {
		o.CacheSize = 10_000
	}
}

func (a *App) buildCodec() {
	ir, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles: proto.HybridResolver,
		SigningOptions: signing.Options{
			AddressCodec:          address.NewBech32Codec(prefix),
			ValidatorAddressCodec: address.NewBech32Codec(prefix + "valoper"),
		},
	})
	require.NoError(a.t, err)
	std.RegisterInterfaces(ir)
	authtypes.RegisterInterfaces(ir)
	banktypes.RegisterInterfaces(ir)
	feegrant.RegisterInterfaces(ir)
	authz.RegisterInterfaces(ir)
	govv1.RegisterInterfaces(ir)
	ir.RegisterImplementations((*sdk.Msg)(nil), &worktypes.MsgSubmitWork{}, &worktypes.MsgSetDiskClaim{}, &worktypes.MsgAssertRadio{}, &worktypes.MsgReleaseRadio{},
		&worktypes.MsgUpdateRadioDenylist{}, &worktypes.MsgUpdateParams{}, &beacontypes.MsgReveal{})
	a.ir, a.cdc = ir, codec.NewProtoCodec(ir)
	a.TxConfig = authtx.NewTxConfig(a.cdc, authtx.DefaultSignModes)
}

func (a *App) buildKeepers(keys map[string]*storetypes.KVStoreKey, objects map[string]*storetypes.ObjectStoreKey) {
	ac := address.NewBech32Codec(prefix)
	authority := authtypes.NewModuleAddress("gov").String()
	perms := map[string][]string{emissionstypes.FeesName: nil, Minter: {authtypes.Minter}}
	a.AuthKeeper = authkeeper.NewAccountKeeper(a.cdc, runtime.NewKVStoreService(keys[authtypes.StoreKey]), authtypes.ProtoBaseAccount,
		perms, ac, prefix, authority, authkeeper.WithUnorderedTransactions(true))
	bank := bankkeeper.NewBaseKeeper(a.cdc, runtime.NewKVStoreService(keys[banktypes.StoreKey]), a.AuthKeeper, map[string]bool{}, authority, log.NewNopLogger())
	a.Bank = bank.WithObjStoreKey(objects[banktypes.ObjectStoreKey])
	a.Feegrant = feegrantkeeper.NewKeeper(a.cdc, runtime.NewKVStoreService(keys[feegrant.StoreKey]), a.AuthKeeper)
	a.Authz = authzkeeper.NewKeeper(runtime.NewKVStoreService(keys[authzkeeper.StoreKey]), a.cdc, a.MsgServiceRouter(), a.AuthKeeper)
}

// prices are the test's; they do not change.
type prices struct{ params emissionstypes.FeeParams }

func (p prices) FeeParams(context.Context) (emissionstypes.FeeParams, error) { return p.params, nil }

// noMix has no beacon.
type noMix struct{}

func (noMix) PreBlock(context.Context, [][]byte, []byte) error { return nil }

func (a *App) buildPhases(o Options, outcomes storetypes.StoreKey) {
	var err error
	a.Pool, err = mempool.New(*o.Mempool, laneState{a.Work}, a.TxConfig.TxEncoder())
	require.NoError(a.t, err)
	a.SetMempool(a.Pool)
	anteOptions := ante.Options{
		AccountKeeper: a.AuthKeeper, BankKeeper: a.Bank, FeegrantKeeper: a.Feegrant, WorkKeeper: a.Work, Epochs: a.Work,
		Prices: prices{*o.Fees}, SignModeHandler: a.TxConfig.SignModeHandler(), OutcomeStore: outcomes,
		Offenders: a.Offenders, Pool: a.Pool,
	}
	handler, err := ante.New(anteOptions)
	require.NoError(a.t, err)
	fees, err := ante.NewBlockFees(anteOptions)
	require.NoError(a.t, err)
	a.SetAnteHandler(handler)
	preVerifier := jouleabci.NewPreVerifier(a.TxConfig.TxDecoder(), a.Work, a.Cache, o.Workers)
	a.Reveals = newReveals(a.t)
	proposals, err := jouleabci.NewProposals(jouleabci.Options{
		Runner: a.BaseApp, Decode: a.TxConfig.TxDecoder(), Encode: a.TxConfig.TxEncoder(), Pool: a.Pool,
		Reveals: a.Reveals, Work: a.Work, PreVerifier: preVerifier,
	})
	require.NoError(a.t, err)
	a.SetPrepareProposal(proposals.PrepareProposal())
	a.SetProcessProposal(proposals.ProcessProposal())
	a.SetCheckTxHandler(jouleabci.NewCheckTx(a.TxConfig.TxDecoder(), false))
	a.SetBlockSTMTxRunner(jouleabci.RevealRunner(defaultRunner(a.TxConfig.TxDecoder())))
	a.SetPreBlocker(jouleabci.NewPreBlocker(jouleabci.PreBlock{
		Verifier: preVerifier, Beacon: noMix{}, Fees: fees,
		Modules: func(ctx sdk.Context) (*sdk.ResponsePreBlock, error) {
			return &sdk.ResponsePreBlock{}, a.AuthKeeper.RemoveExpiredUnorderedNonces(ctx)
		},
	}))
	a.SetEndBlocker(func(ctx sdk.Context) (sdk.EndBlock, error) {
		if a.inject != nil {
			err := a.inject(ctx)
			a.inject = nil
			if err != nil {
				return sdk.EndBlock{}, err
			}
		}
		return sdk.EndBlock{}, a.Bank.CreditVirtualAccounts(ctx)
	})
}

// paramStore keeps consensus parameters in memory; they do not change in these tests.
type paramStore struct{ params cmtproto.ConsensusParams }

func (s *paramStore) Get(context.Context) (cmtproto.ConsensusParams, error) { return s.params, nil }
func (s *paramStore) Has(context.Context) (bool, error)                     { return true, nil }
func (s *paramStore) Set(_ context.Context, p cmtproto.ConsensusParams) error {
	s.params = p
	return nil
}

// Time is the time of a height's block.
func Time(height int64) time.Time {
	return time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(height) * 6 * time.Second)
}
