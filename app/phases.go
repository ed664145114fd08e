package app

import (
	"errors"
	"io/fs"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp/blockexec"
	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/spf13/cast"

	"github.com/joulechain/joule/app/abci"
	"github.com/joulechain/joule/app/ante"
	"github.com/joulechain/joule/app/mempool"
	"github.com/joulechain/joule/x/beacon/keyfile"
	"github.com/joulechain/joule/x/beacon/vrf"
)

// phases are the node-local parts of the ABCI phases: they hold no consensus state.
type phases struct {
	signer    *swappableSigner
	offenders *abci.Offenders
	cache     *abci.VerdictCache
	pool      *mempool.Pool
}

// swappableSigner lets a node start without a beacon key, and the test harness propose for several validators.
type swappableSigner struct{ vrf.Signer }

// buildPhases wires CheckTx, the proposals, block execution and the ante chain. Stores are mounted before.
func (app *App) buildPhases(opts servertypes.AppOptions) {
	o := ReadNodeOptions(opts)
	decode := app.txConfig.TxDecoder()
	p := phases{signer: &swappableSigner{loadBeaconKey(app.Logger(), o.BeaconKeyFile)}, offenders: abci.NewOffenders()}
	p.cache = abci.NewVerdictCache(o.VerdictCacheSize, p.offenders)
	app.WorkKeeper.SetVerifier(p.cache)

	var err error
	p.pool, err = mempool.New(o.mempoolConfig(), mempool.NewLaneState(app.WorkKeeper, app.BeaconKeeper), app.txConfig.TxEncoder())
	must(err)
	app.SetMempool(p.pool)

	preVerifier := abci.NewPreVerifier(decode, app.WorkKeeper, p.cache, o.VerifyWorkers)
	proposals, err := abci.NewProposals(abci.Options{
		Runner: app.BaseApp, Decode: decode, Encode: app.txConfig.TxEncoder(), Pool: p.pool,
		Reveals: abci.NewRevealer(app.BeaconKeeper, p.signer), Work: app.WorkKeeper, PreVerifier: preVerifier,
	})
	must(err)
	app.SetPrepareProposal(proposals.PrepareProposal())
	app.SetProcessProposal(proposals.ProcessProposal())
	app.SetCheckTxHandler(abci.NewCheckTx(decode, cast.ToBool(opts.Get(server.FlagTrace))))

	blockexec.Apply(app.BaseApp, opts, app.stores.all(), decode,
		func(storetypes.MultiStore) string { return BaseDenom },
		blockexec.WithRunnerWrap(abci.RevealRunner))
	app.SetInitChainer(app.InitChainer)
	anteOptions := ante.Options{
		AccountKeeper: app.AccountKeeper, BankKeeper: app.BankKeeper, FeegrantKeeper: app.FeeGrantKeeper,
		WorkKeeper: app.WorkKeeper, Epochs: app.BeaconKeeper, Prices: app.EmissionsKeeper,
		SignModeHandler: app.txConfig.SignModeHandler(), OutcomeStore: app.stores.object[ante.ObjectStoreKey],
		Offenders: p.offenders, Pool: p.pool,
	}
	fees, err := ante.NewBlockFees(anteOptions)
	must(err)
	app.SetPreBlocker(abci.NewPreBlocker(abci.PreBlock{
		Verifier: preVerifier, Beacon: app.BeaconKeeper, Fees: fees,
		Modules: func(ctx sdk.Context) (*sdk.ResponsePreBlock, error) { return app.ModuleManager.PreBlock(ctx) },
	}))
	app.SetBeginBlocker(func(ctx sdk.Context) (sdk.BeginBlock, error) { return app.ModuleManager.BeginBlock(ctx) })
	app.SetEndBlocker(func(ctx sdk.Context) (sdk.EndBlock, error) { return app.ModuleManager.EndBlock(ctx) })

	handler, err := ante.New(anteOptions)
	must(err)
	app.SetAnteHandler(handler)
	app.phases = p
}

// SetBeaconSigner replaces the keys that the node reveals with.
func (app *App) SetBeaconSigner(s vrf.Signer) { app.phases.signer.Signer = s }

// loadBeaconKey reads the node's key file. A node without one follows the chain and reveals nothing; a file that cannot
// be used is said loudly, since a validator without its key has its proposals refused.
func loadBeaconKey(logger log.Logger, path string) vrf.Signer {
	source, err := keyfile.Open(path)
	switch {
	case err == nil:
		return source
	case !errors.Is(err, fs.ErrNotExist):
		logger.Error("beacon key file cannot be used: this node's proposals would be refused", "err", err)
	}
	return vrf.KeyRing(nil)
}
