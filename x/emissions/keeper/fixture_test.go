package keeper_test

import (
	"context"
	"encoding/binary"
	"os"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"
	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/store/v2"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
	"github.com/cosmos/cosmos-sdk/x/auth"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/auth/vesting"
	"github.com/cosmos/cosmos-sdk/x/bank"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/emissions"
	"github.com/joulechain/joule/x/emissions/keeper"
	"github.com/joulechain/joule/x/emissions/types"
	workkeeper "github.com/joulechain/joule/x/work/keeper"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	gpu       = devicetypes.WORK_CLASS_GPU
	faucet    = "faucet"
	hundredM  = 100_000_000_000_000
	testDelay = 2
)

func TestMain(m *testing.M) {
	sdk.GetConfig().SetBech32PrefixForAccount("joule", "joulepub")
	os.Exit(m.Run())
}

// communityPool takes coins as x/distribution's does.
type communityPool struct{ bank bankkeeper.BaseKeeper }

func (p communityPool) FundCommunityPool(ctx context.Context, amount sdk.Coins, sender sdk.AccAddress) error {
	return p.bank.SendCoinsFromAccountToModule(ctx, sender, distrtypes.ModuleName, amount)
}

// clock is an epoch source that the test moves; a new length takes effect at the next epoch.
type clock struct {
	epoch      beacontypes.Epoch
	nextBlocks uint64
}

func (c *clock) CurrentEpoch(context.Context) (beacontypes.Epoch, error) { return c.epoch, nil }

func (c *clock) IsEpochEnd(ctx context.Context) (bool, error) {
	return sdk.UnwrapSDKContext(ctx).BlockHeight() == c.epoch.StartHeight+int64(c.epoch.Blocks)-1, nil
}

type fixture struct {
	*testing.T
	ctx      sdk.Context
	accounts authkeeper.AccountKeeper
	bank     bankkeeper.BaseKeeper
	counting *keeper.BurnCountingBank
	k        *keeper.Keeper
	msg      types.MsgServer
	query    types.QueryServer
	clock    *clock
	devices  *fakeDevices
	work     *fakeWork
	// real replaces work when useRealWork was called.
	real    *workkeeper.Keeper
	newReal func() *workkeeper.Keeper
	cms     store.CommitMultiStore
	addr    func(int) sdk.AccAddress
	name    func(sdk.AccAddress) string
}

// testParams settle everything fast: one class, short windows.
func testParams() types.Params {
	p := types.DefaultParams()
	p.Classes = []types.ClassShare{{WorkClass: gpu, ShareBps: 7_000, BaselineUnits: math.NewInt(1_000)}}
	p.ClaimWindowEpochs, p.TrailingEpochs, p.MaxClaimDevices = 16, 10, 50
	return p
}

// newFixture starts a chain at height 1 with 100 M JOULE in account 0 and the real x/auth and x/bank; setup runs before
// the genesis.
func newFixture(t *testing.T, params types.Params, blocks uint64, setup ...func(*fixture)) *fixture {
	t.Helper()
	keys := storetypes.NewKVStoreKeys(authtypes.StoreKey, banktypes.StoreKey, worktypes.StoreKey, types.StoreKey)
	cms := store.NewCommitMultiStore(dbm.NewMemDB(), log.NewNopLogger())
	for _, key := range keys {
		cms.MountStoreWithDB(key, storetypes.StoreTypeIAVL, nil)
	}
	object := storetypes.NewObjectStoreKey(worktypes.ObjectStoreKey)
	cms.MountStoreWithDB(object, storetypes.StoreTypeObject, nil)
	require.NoError(t, cms.LoadLatestVersion())
	ctx := sdk.NewContext(cms, cmtproto.Header{}, false, log.NewNopLogger()).
		WithBlockHeight(0).WithBlockTime(time.Unix(1_800_000_000, 0)).WithChainID("joule-test-1")
	enc := moduletestutil.MakeTestEncodingConfig(auth.AppModuleBasic{}, bank.AppModuleBasic{}, vesting.AppModuleBasic{}, emissions.AppModule{})
	ac := address.NewBech32Codec("joule")
	authority := authtypes.NewModuleAddress(govtypes.ModuleName).String()
	perms := map[string][]string{
		faucet: {authtypes.Minter}, authtypes.FeeCollectorName: nil, distrtypes.ModuleName: nil, devicetypes.ModuleName: nil,
		govtypes.ModuleName: {authtypes.Burner}, types.ModuleName: {authtypes.Minter, authtypes.Burner}, types.EscrowName: nil,
		types.FeesName: {authtypes.Burner},
	}
	blocked := map[string]bool{}
	for name := range perms {
		blocked[authtypes.NewModuleAddress(name).String()] = name != govtypes.ModuleName
	}
	f := &fixture{
		T: t, ctx: ctx, cms: cms, clock: &clock{epoch: beacontypes.Epoch{Number: 1, StartHeight: 1, Blocks: blocks}, nextBlocks: blocks},
		devices: newFakeDevices(), work: newFakeWork(),
		addr: func(i int) sdk.AccAddress {
			return binary.BigEndian.AppendUint64(make([]byte, 12), uint64(i)+1)
		},
		name: func(a sdk.AccAddress) string { s, err := ac.BytesToString(a); require.NoError(t, err); return s },
	}
	f.accounts = authkeeper.NewAccountKeeper(enc.Codec, runtime.NewKVStoreService(keys[authtypes.StoreKey]), authtypes.ProtoBaseAccount, perms, ac, "joule", authority)
	f.bank = bankkeeper.NewBaseKeeper(enc.Codec, runtime.NewKVStoreService(keys[banktypes.StoreKey]), f.accounts, blocked, authority, log.NewNopLogger())
	f.k = keeper.NewKeeper(enc.Codec, runtime.NewKVStoreService(keys[types.StoreKey]), ac, f.accounts, f.bank, authority)
	f.counting = keeper.NewBurnCountingBank(f.bank, f.k)
	f.work.clock = f.clock
	f.k.SetKeepers(communityPool{f.bank}, f.clock, f.devices, f.work)
	f.devices.bonds = func(ctx context.Context) math.Int {
		return f.bank.GetBalance(ctx, f.accounts.GetModuleAddress(devicetypes.ModuleName), types.Denom).Amount
	}
	f.newReal = func() *workkeeper.Keeper {
		return workkeeper.NewKeeper(enc.Codec, runtime.NewKVStoreService(keys[worktypes.StoreKey]), storetypes.NewTransientStoreKey(worktypes.TransientStoreKey),
			object, ac, f.clock, f.devices, communityPool{f.bank}, authority)
	}
	f.msg, f.query = keeper.NewMsgServerImpl(f.k), keeper.NewQueryServerImpl(f.k)
	require.NoError(t, f.accounts.Params.Set(f.ctx, authtypes.DefaultParams()))
	require.NoError(t, f.bank.SetParams(f.ctx, banktypes.DefaultParams()))
	f.fund(f.addr(0), hundredM)
	for _, s := range setup {
		s(f)
	}
	g := types.DefaultGenesis()
	g.Params = params
	require.NoError(t, f.k.InitGenesis(f.ctx, *g))
	return f
}

// fund creates coins, before the genesis alone: the keeper counts no mint but its own.
func (f *fixture) fund(to sdk.AccAddress, ujoule int64) {
	f.Helper()
	c := ujoules(math.NewInt(ujoule))
	require.NoError(f, f.bank.MintCoins(f.ctx, faucet, c))
	require.NoError(f, f.bank.SendCoinsFromModuleToAccount(f.ctx, faucet, to, c))
}

// block runs the next block: what its transactions do happens between the two blockers.
func (f *fixture) block(txs func()) {
	f.Helper()
	f.ctx = f.ctx.WithEventManager(sdk.NewEventManager()).WithBlockHeight(f.ctx.BlockHeight() + 1).WithBlockTime(f.ctx.BlockTime().Add(6 * time.Second))
	require.NoError(f, f.k.BeginBlocker(f.ctx))
	if txs != nil {
		txs()
	}
	if f.real != nil {
		require.NoError(f, f.real.EndBlock(f.ctx))
	}
	require.NoError(f, f.k.EndBlocker(f.ctx))
	f.cms.Commit() // empties the object store
	if end, _ := f.clock.IsEpochEnd(f.ctx); end {
		f.clock.epoch = beacontypes.Epoch{Number: f.clock.epoch.Number + 1, StartHeight: f.ctx.BlockHeight() + 1, Blocks: f.clock.nextBlocks}
	}
}

// epoch runs the rest of the current epoch; txs happen in its first block.
func (f *fixture) epoch(txs func()) {
	f.Helper()
	for n := f.clock.epoch.Number; f.clock.epoch.Number == n; txs = nil {
		f.block(txs)
	}
}

func (f *fixture) holds() {
	f.Helper()
	broken, err := f.k.CheckInvariants(f.ctx)
	require.NoError(f, err)
	require.Empty(f, broken, "height %d", f.ctx.BlockHeight())
}

// device registers a device of an account, which is also its beneficiary.
func (f *fixture) device(owner sdk.AccAddress) []byte {
	id := binary.BigEndian.AppendUint64(make([]byte, 12), uint64(len(f.devices.byID)+1))
	f.devices.byID[string(id)] = devicetypes.Device{Id: id, Owner: f.name(owner), Beneficiary: f.name(owner), WorkClass: gpu}
	return id
}

func (f *fixture) works(id []byte, units uint64) {
	f.Helper()
	if f.real != nil {
		f.worksForReal(id, units)
		return
	}
	f.work.add(id, gpu, f.clock.epoch.Number, units)
}

func (f *fixture) balance(a sdk.AccAddress) math.Int {
	return f.bank.GetBalance(f.ctx, a, types.Denom).Amount
}

func (f *fixture) module(name string) math.Int {
	return f.balance(f.accounts.GetModuleAddress(name))
}

func (f *fixture) claim(who sdk.AccAddress, ids ...[]byte) math.Int {
	f.Helper()
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = devicetypes.FormatDeviceID(id)
	}
	res, err := f.msg.Claim(f.ctx, &types.MsgClaim{Beneficiary: f.name(who), DeviceIds: names})
	require.NoError(f, err)
	return res.Amount.Amount
}

func (f *fixture) account(epoch uint64) types.EpochEmission {
	f.Helper()
	e, err := f.k.Epochs.Get(f.ctx, epoch)
	require.NoError(f, err)
	return e
}

func (f *fixture) supply() types.Supply {
	f.Helper()
	s, err := f.k.Supply.Get(f.ctx)
	require.NoError(f, err)
	return s
}

func ujoules(amount math.Int) sdk.Coins { return sdk.NewCoins(sdk.NewCoin(types.Denom, amount)) }
