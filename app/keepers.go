package app

import (
	"github.com/spf13/cast"

	"cosmossdk.io/core/address"
	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	authzkeeper "github.com/cosmos/cosmos-sdk/x/authz/keeper"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	consensuskeeper "github.com/cosmos/cosmos-sdk/x/consensus/keeper"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	distrkeeper "github.com/cosmos/cosmos-sdk/x/distribution/keeper"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	evidencekeeper "github.com/cosmos/cosmos-sdk/x/evidence/keeper"
	evidencetypes "github.com/cosmos/cosmos-sdk/x/evidence/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	feegrantkeeper "github.com/cosmos/cosmos-sdk/x/feegrant/keeper"
	govkeeper "github.com/cosmos/cosmos-sdk/x/gov/keeper"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	slashingkeeper "github.com/cosmos/cosmos-sdk/x/slashing/keeper"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingkeeper "github.com/cosmos/cosmos-sdk/x/staking/keeper"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	upgradekeeper "github.com/cosmos/cosmos-sdk/x/upgrade/keeper"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	beaconkeeper "github.com/joulechain/joule/x/beacon/keeper"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicekeeper "github.com/joulechain/joule/x/device/keeper"
	devicetypes "github.com/joulechain/joule/x/device/types"
	emissionskeeper "github.com/joulechain/joule/x/emissions/keeper"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	workkeeper "github.com/joulechain/joule/x/work/keeper"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Keepers are the modules' keepers.
type Keepers struct {
	AccountKeeper   authkeeper.AccountKeeper
	BankKeeper      bankkeeper.BaseKeeper
	StakingKeeper   *stakingkeeper.Keeper
	SlashingKeeper  slashingkeeper.Keeper
	DistrKeeper     distrkeeper.Keeper
	GovKeeper       *govkeeper.Keeper
	UpgradeKeeper   *upgradekeeper.Keeper
	EvidenceKeeper  evidencekeeper.Keeper
	FeeGrantKeeper  feegrantkeeper.Keeper
	AuthzKeeper     authzkeeper.Keeper
	ConsensusKeeper consensuskeeper.Keeper

	BeaconKeeper    *beaconkeeper.Keeper
	DeviceKeeper    *devicekeeper.Keeper
	WorkKeeper      *workkeeper.Keeper
	EmissionsKeeper *emissionskeeper.Keeper
}

// moduleAccounts gives each module account its permissions. Only x/emissions mints.
var moduleAccounts = map[string][]string{
	authtypes.FeeCollectorName:          nil,
	distrtypes.ModuleName:               nil,
	stakingtypes.BondedPoolName:         {authtypes.Burner, authtypes.Staking},
	stakingtypes.NotBondedPoolName:      {authtypes.Burner, authtypes.Staking},
	stakingtypes.KeyRotationFeePoolName: {authtypes.Burner},
	govtypes.ModuleName:                 {authtypes.Burner},
	devicetypes.ModuleName:              nil,
	emissionstypes.ModuleName:           {authtypes.Minter, authtypes.Burner},
	emissionstypes.EscrowName:           nil,
	emissionstypes.FeesName:             {authtypes.Burner},
}

// ModuleAccounts returns a copy of the module accounts' permissions.
func ModuleAccounts() map[string][]string {
	m := make(map[string][]string, len(moduleAccounts))
	for name, perms := range moduleAccounts {
		m[name] = append([]string(nil), perms...)
	}
	return m
}

// blockedAddresses are the module accounts, all of them: coins sent there would be lost, or would break the account
// that the module's genesis demands. Deposits reach x/gov's by its own keeper.
func blockedAddresses() map[string]bool {
	m := make(map[string]bool, len(moduleAccounts))
	for name := range moduleAccounts {
		m[authtypes.NewModuleAddress(name).String()] = true
	}
	return m
}

// codecs are the address codecs that keepers take.
type codecs struct{ account, validator, consensus address.Codec }

func (app *App) buildKeepers(logger log.Logger, opts servertypes.AppOptions, ac codecs) {
	kv := func(name string) corestore.KVStoreService { return runtime.NewKVStoreService(app.stores.kv[name]) }
	authority := authtypes.NewModuleAddress(govtypes.ModuleName).String()
	cdc, router := app.cdc, app.MsgServiceRouter()

	app.ConsensusKeeper = consensuskeeper.NewKeeper(cdc, kv(consensustypes.StoreKey), authority, runtime.EventService{})
	app.SetParamStore(app.ConsensusKeeper.ParamsStore)
	app.AccountKeeper = authkeeper.NewAccountKeeper(cdc, kv(authtypes.StoreKey), authtypes.ProtoBaseAccount,
		moduleAccounts, ac.account, Bech32Prefix, authority, authkeeper.WithUnorderedTransactions(true))
	app.BankKeeper = bankkeeper.NewBaseKeeper(cdc, kv(banktypes.StoreKey), app.AccountKeeper, blockedAddresses(), authority, logger)
	// The setter returns the keeper's interface; its dynamic type stays BaseKeeper.
	app.BankKeeper = app.BankKeeper.WithObjStoreKey(app.stores.object[banktypes.ObjectStoreKey])
	app.BankKeeper.AppendSendRestriction(onlyDeposits)

	app.EmissionsKeeper = emissionskeeper.NewKeeper(cdc, kv(emissionstypes.StoreKey), ac.account, app.AccountKeeper, app.BankKeeper, authority)
	// Burns of other modules are counted: the reserve is what was never minted or was burned.
	countingBank := emissionskeeper.NewBurnCountingBank(app.BankKeeper, app.EmissionsKeeper)

	app.StakingKeeper = stakingkeeper.NewKeeper(cdc, kv(stakingtypes.StoreKey), app.AccountKeeper, stakingBank{countingBank}, authority, ac.validator, ac.consensus)
	app.DistrKeeper = distrkeeper.NewKeeper(cdc, kv(distrtypes.StoreKey), app.AccountKeeper, app.BankKeeper, app.StakingKeeper, authtypes.FeeCollectorName, authority)
	app.SlashingKeeper = slashingkeeper.NewKeeper(cdc, app.amino, kv(slashingtypes.StoreKey), app.StakingKeeper, authority)
	app.FeeGrantKeeper = feegrantkeeper.NewKeeper(cdc, kv(feegrant.StoreKey), app.AccountKeeper)
	app.AuthzKeeper = authzkeeper.NewKeeper(kv(authzkeeper.StoreKey), cdc, router, app.AccountKeeper)
	app.UpgradeKeeper = upgradekeeper.NewKeeper(skippedUpgrades(opts), kv(upgradetypes.StoreKey), cdc,
		cast.ToString(opts.Get(flags.FlagHome)), app.BaseApp, authority)
	app.GovKeeper = govkeeper.NewKeeper(cdc, kv(govtypes.StoreKey), app.AccountKeeper, depositBank{countingBank}, depositPool{app.DistrKeeper},
		router, govtypes.DefaultConfig(), authority, govkeeper.NewDefaultCalculateVoteResultsAndVotingPower(app.StakingKeeper))
	app.EvidenceKeeper = *evidencekeeper.NewKeeper(cdc, kv(evidencetypes.StoreKey), app.StakingKeeper, app.SlashingKeeper,
		ac.account, runtime.ProvideCometInfoService())

	app.BeaconKeeper = beaconkeeper.NewKeeper(cdc, kv(beacontypes.StoreKey), ac.validator, app.StakingKeeper, authority)
	app.DeviceKeeper = devicekeeper.NewKeeper(cdc, kv(devicetypes.StoreKey), ac.account, app.BankKeeper, app.AccountKeeper, app.BeaconKeeper, authority)
	app.WorkKeeper = workkeeper.NewKeeper(cdc, kv(worktypes.StoreKey), app.stores.transient[worktypes.TransientStoreKey],
		app.stores.object[worktypes.ObjectStoreKey], ac.account, app.BeaconKeeper, app.DeviceKeeper, app.DistrKeeper, authority)
	app.EmissionsKeeper.SetKeepers(app.DistrKeeper, app.BeaconKeeper, app.DeviceKeeper, app.WorkKeeper)

	app.StakingKeeper.SetHooks(stakingtypes.NewMultiStakingHooks(app.DistrKeeper.Hooks(), app.SlashingKeeper.Hooks(), app.BeaconKeeper.Hooks()))
	app.GovKeeper.SetHooks(proposedParams{app})
	app.DeviceKeeper.SetWindowSeeds(app.WorkKeeper)
	app.DeviceKeeper.SetHooks(app.EmissionsKeeper.DeviceHooks())
}

func skippedUpgrades(opts servertypes.AppOptions) map[int64]bool {
	skip := map[int64]bool{}
	for _, h := range cast.ToIntSlice(opts.Get(server.FlagUnsafeSkipUpgrades)) {
		skip[int64(h)] = true
	}
	return skip
}
