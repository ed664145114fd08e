package app_test

import (
	"context"
	"fmt"
	"testing"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
	collcodec "cosmossdk.io/collections/codec"

	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/joulechain/joule/app"
	"github.com/joulechain/joule/app/apptest"
	"github.com/joulechain/joule/app/upgrades"
	"github.com/joulechain/joule/x/work"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	rehearsal      = "rehearsal"
	rehearsalStore = "rehearsal_store"
	newFaultLimit  = 7
)

// nextWork is x/work one version later.
type nextWork struct{ work.AppModule }

func (nextWork) ConsensusVersion() uint64 { return work.ConsensusVersion + 1 }

// nextParams is another encoding of x/work's parameters: whoever knows it cannot read the old one.
type nextParams struct {
	collcodec.ValueCodec[worktypes.Params]
}

const nextParamsVersion = 0xFF

func (c nextParams) Encode(p worktypes.Params) ([]byte, error) {
	bz, err := c.ValueCodec.Encode(p)
	return append([]byte{nextParamsVersion}, bz...), err
}

func (c nextParams) Decode(bz []byte) (worktypes.Params, error) {
	if len(bz) == 0 || bz[0] != nextParamsVersion {
		return worktypes.Params{}, fmt.Errorf("parameters of %d bytes are of another version", len(bz))
	}
	return c.ValueCodec.Decode(bz[1:])
}

// nextBinary opens db with a binary that knows the rehearsed upgrade: a new store, and a migration of x/work to another
// encoding of its parameters. At the upgrade's height it proposes and judges a block before the migration has run.
func nextBinary(t *testing.T, home string, db dbm.DB, migrated *int) *app.App {
	t.Helper()
	a := openApp(home, db, false)
	a.MountKVStores(storetypes.NewKVStoreKeys(rehearsalStore))
	a.ModuleManager.Modules[worktypes.ModuleName] = nextWork{a.ModuleManager.Modules[worktypes.ModuleName].(work.AppModule)}
	old := a.WorkKeeper.Params
	a.WorkKeeper.Params = collections.NewItem(collections.NewSchemaBuilder(runtime.NewKVStoreService(a.StoreKey(worktypes.StoreKey))),
		worktypes.ParamsKey, "params", collcodec.ValueCodec[worktypes.Params](nextParams{codec.CollValue[worktypes.Params](a.AppCodec())}))
	require.NoError(t, a.Configurator().RegisterMigration(worktypes.ModuleName, work.ConsensusVersion, func(ctx sdk.Context) error {
		*migrated++
		p, err := old.Get(ctx)
		if err != nil {
			return err
		}
		p.FaultLimit = newFaultLimit
		return a.WorkKeeper.Params.Set(ctx, p)
	}))
	a.InstallUpgrades([]upgrades.Upgrade{{
		Name:   rehearsal,
		Stores: storetypes.StoreUpgrades{Added: []string{rehearsalStore}},
		Prepare: func(_ context.Context, plan upgradetypes.Plan) error {
			require.Equal(t, rehearsal, plan.Name)
			return nil
		},
	}})
	require.NoError(t, a.LoadLatestVersion())
	return a
}

// schedule has governance plan the rehearsal for a height, with the validators' votes.
func schedule(t *testing.T, c *apptest.Chain, height int64) {
	t.Helper()
	proposer := c.Accounts[3]
	authority := authtypes.NewModuleAddress(govtypes.ModuleName).String()
	plan := &upgradetypes.MsgSoftwareUpgrade{Authority: authority, Plan: upgradetypes.Plan{Name: rehearsal, Height: height}}
	proposal, err := govv1.NewMsgSubmitProposal([]sdk.Msg{plan}, sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, 1_000_000)),
		proposer.Address.String(), "", rehearsal, "rehearse an upgrade", false)
	require.NoError(t, err)
	requireOK(t, c.Block(c.Pay(proposer, proposal)))
	var votes [][]byte
	for _, v := range c.Validators {
		votes = append(votes, c.Pay(v.Operator, govv1.NewMsgVote(v.Operator.Address, 1, govv1.OptionYes, "")))
	}
	requireOK(t, c.Block(votes...))
	c.BlocksUntil(10, func() bool {
		_, err := c.App().UpgradeKeeper.GetUpgradePlan(c.Ctx())
		return err == nil
	})
}

// A chain with working devices reaches an upgrade's height: the old binary stops there, the new one adds its store,
// migrates and goes on, pays the devices, and its state can be exported and started from.
func TestUpgradeRehearsal(t *testing.T) {
	const at = 60
	owner := apptest.NewAccount("account", 0)
	members := []*apptest.Member{apptest.NewMember(1, owner, 3), apptest.NewMember(2, owner, 2)}
	c := apptest.New(t, apptest.Options{Genesis: worldGenesis(members...), Variants: apptest.Variants[:1]})
	c.Work(20, members...)
	schedule(t, c, at)
	c.Work(at-1-int(c.Height()), members...)
	earned := c.Earned(members[0])

	home, db := t.TempDir(), dbm.NewMemDB()
	old := openApp(home, db, true)
	c.InitApp(old)
	c.Feed(old, 1, at-1)
	_, err := c.FinalizeEmpty(old)
	require.ErrorContains(t, err, `UPGRADE "rehearsal" NEEDED`)

	migrated := 0
	next := nextBinary(t, home, db, &migrated)
	c.ContinueOn(next)
	_, err = next.WorkKeeper.GetParams(c.Ctx())
	require.ErrorContains(t, err, "of another version")
	pay := c.Pay(c.Accounts[2], banktypes.NewMsgSend(c.Accounts[2].Address, c.Accounts[1].Address, sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, 1))))
	results := c.Commit(append(c.Propose(), pay)) // a binary that has not committed a block yet takes nothing in CheckTx
	require.Len(t, results, 1, "the upgrade's block takes paying transactions")
	requireOK(t, results)
	require.Positive(t, migrated)
	require.EqualValues(t, at, c.Height())
	params, err := next.WorkKeeper.GetParams(c.Ctx())
	require.NoError(t, err)
	require.EqualValues(t, newFaultLimit, params.FaultLimit)
	versions, err := next.UpgradeKeeper.GetModuleVersionMap(c.Ctx())
	require.NoError(t, err)
	require.EqualValues(t, work.ConsensusVersion+1, versions[worktypes.ModuleName])

	c.Work(40, members...)
	require.True(t, c.Earned(members[0]).GT(earned), "work before and after the upgrade is paid")
	c.RequireInvariants()
	again := c.ExportImport(apptest.Variants[:1])
	again.Work(15, members...)
	again.RequireInvariants()
}

// A binary that knows an upgrade before its height refuses to run: it would have run other code than the validators.
func TestUpgradeTooEarly(t *testing.T) {
	c := apptest.New(t, apptest.Options{Genesis: worldGenesis(), Variants: apptest.Variants[:1]})
	schedule(t, c, 60)
	home, db := t.TempDir(), dbm.NewMemDB()
	old := openApp(home, db, true)
	c.InitApp(old)
	c.Feed(old, 1, c.Height())
	early := openApp(home, db, false)
	early.InstallUpgrades([]upgrades.Upgrade{{Name: rehearsal}})
	require.NoError(t, early.LoadLatestVersion())
	_, err := c.FinalizeEmpty(early)
	require.ErrorContains(t, err, "BINARY UPDATED BEFORE TRIGGER")
}
