package keeper_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"testing"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	addresscodec "github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdktestutil "github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
	"github.com/cosmos/cosmos-sdk/x/auth"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/bank"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/joulechain/joule/x/device"
	"github.com/joulechain/joule/x/device/keeper"
	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

const (
	chainID = "joule-test-1"
	denom   = types.DefaultBondDenom
	minBond = types.DefaultGPUMinBond
	// faucet is a module account that mints the tests' coins.
	faucet = "faucet"
	// funds is what every test account starts with.
	funds = 10 * minBond
)

var codec = addresscodec.NewBech32Codec("joule")

func TestMain(m *testing.M) {
	// The bank's blocked addresses and the accounts' own texts still go through the global prefix.
	sdk.GetConfig().SetBech32PrefixForAccount("joule", "joulepub")
	os.Exit(m.Run())
}

// account is the n-th test account.
func account(n int) string {
	text, err := codec.BytesToString([]byte(fmt.Sprintf("device test acct %03d.", n)))
	if err != nil {
		panic(err)
	}
	return text
}

func bytesOf(t testing.TB, address string) sdk.AccAddress {
	t.Helper()
	addr, err := codec.StringToBytes(address)
	require.NoError(t, err)
	return addr
}

// epochs is an epoch source that tests set.
type epochs struct{ number uint64 }

func (e *epochs) EpochNumber(context.Context) (uint64, error) { return e.number, nil }

// Mix is a different one for each height up to the context's.
func (e *epochs) Mix(ctx context.Context, height int64) ([]byte, error) {
	if now := sdk.UnwrapSDKContext(ctx).BlockHeight(); height < 1 || height > now {
		return nil, fmt.Errorf("no mix of height %d at height %d", height, now)
	}
	mix := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(height)))
	return mix[:], nil
}

// payees records the payees that the hook was told of, and may refuse.
type payees struct {
	paid   []types.Device
	refuse error
}

func (p *payees) BeforePayeeChanged(_ context.Context, d types.Device) error {
	p.paid = append(p.paid, d)
	return p.refuse
}

type fixture struct {
	testing.TB
	ctx      sdk.Context
	k        *keeper.Keeper
	bank     bankkeeper.BaseKeeper
	accounts authkeeper.AccountKeeper
	msg      types.MsgServer
	query    types.QueryServer
	epochs   *epochs
	hooks    *payees
}

// blocked is a module account that the bank refuses to pay.
func blocked() string { return authtypes.NewModuleAddress(types.ModuleName).String() }

// newFixture has real bank and auth keepers, the default parameters, height 100, epoch 10 and five funded accounts.
func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	f := newEmptyFixture(tb)
	for n := range 5 {
		f.fund(bytesOf(tb, account(n)), funds)
	}
	require.NoError(tb, f.k.InitGenesis(f.ctx, *types.DefaultGenesis()))
	return f
}

func newEmptyFixture(tb testing.TB) *fixture {
	tb.Helper()
	keys := storetypes.NewKVStoreKeys(authtypes.StoreKey, banktypes.StoreKey, types.StoreKey)
	ctx := sdktestutil.DefaultContextWithKeys(keys, nil, nil).
		WithBlockHeader(cmtproto.Header{ChainID: chainID, Height: 100}).WithChainID(chainID).WithBlockHeight(100)
	enc := moduletestutil.MakeTestEncodingConfig(auth.AppModuleBasic{}, bank.AppModuleBasic{}, device.AppModule{})
	authority := authtypes.NewModuleAddress("gov").String()
	accounts := authkeeper.NewAccountKeeper(enc.Codec, runtime.NewKVStoreService(keys[authtypes.StoreKey]), authtypes.ProtoBaseAccount,
		map[string][]string{faucet: {authtypes.Minter}, types.ModuleName: nil}, codec, "joule", authority)
	bk := bankkeeper.NewBaseKeeper(enc.Codec, runtime.NewKVStoreService(keys[banktypes.StoreKey]), accounts,
		map[string]bool{blocked(): true}, authority, log.NewNopLogger())
	require.NoError(tb, bk.SetParams(ctx, banktypes.DefaultParams()))
	f := &fixture{TB: tb, ctx: ctx, bank: bk, accounts: accounts, epochs: &epochs{number: 10}, hooks: &payees{}}
	f.k = keeper.NewKeeper(enc.Codec, runtime.NewKVStoreService(keys[types.StoreKey]), codec, bk, accounts, f.epochs, authority)
	f.k.SetHooks(f.hooks)
	f.msg, f.query = keeper.NewMsgServer(f.k), keeper.NewQueryServer(f.k)
	return f
}

func (f *fixture) fund(to sdk.AccAddress, amount int64) {
	f.Helper()
	coins := sdk.NewCoins(sdk.NewInt64Coin(denom, amount))
	require.NoError(f, f.bank.MintCoins(f.ctx, faucet, coins))
	require.NoError(f, f.bank.SendCoinsFromModuleToAccount(f.ctx, faucet, to, coins))
}

func (f *fixture) balance(address string) int64 {
	f.Helper()
	return f.bank.GetBalance(f.ctx, bytesOf(f, address), denom).Amount.Int64()
}

// bonds is what the module's account holds.
func (f *fixture) bonds() int64 {
	f.Helper()
	total, err := f.k.TotalBonds(f.ctx)
	require.NoError(f, err)
	return total.Int64()
}

// holds fails the test when an invariant is broken.
func (f *fixture) holds() {
	f.Helper()
	broken, err := f.k.CheckInvariants(f.ctx)
	require.NoError(f, err)
	require.Empty(f, broken)
}

func (f *fixture) device(key testutil.Key) types.Device {
	f.Helper()
	d, err := f.k.GetDevice(f.ctx, key.ID())
	require.NoError(f, err)
	return d
}

// registered registers the key for the owner and returns its text.
func (f *fixture) registered(owner string, key testutil.Key, opts ...testutil.Option) string {
	f.Helper()
	res, err := f.msg.RegisterDevice(f.ctx, &types.MsgRegisterDevice{Owner: owner, Registration: f.sign(owner, key, opts...)})
	require.NoError(f, err)
	return res.DeviceId
}

func (f *fixture) sign(owner string, key testutil.Key, opts ...testutil.Option) types.Registration {
	return testutil.Registration(chainID, owner, key, opts...)
}

// retired retires a device and lets its bond unbond.
func (f *fixture) retired(owner, id string) {
	f.Helper()
	res, err := f.msg.RetireDevice(f.ctx, &types.MsgRetireDevice{Owner: owner, DeviceId: id})
	require.NoError(f, err)
	f.epochs.number = res.UnbondingEpoch
}

func (f *fixture) withdrawn(id string) {
	f.Helper()
	_, err := f.msg.WithdrawBond(f.ctx, &types.MsgWithdrawBond{Sender: account(4), DeviceId: id})
	require.NoError(f, err)
}

// unchanged runs a message that must be refused and checks that it left state and funds as they were.
func (f *fixture) unchanged(run func(ctx context.Context) error) error {
	f.Helper()
	before, bank := f.export(), f.bank.ExportGenesis(f.ctx)
	err := run(f.ctx)
	require.Error(f, err)
	require.Equal(f, before, f.export())
	require.Equal(f, bank, f.bank.ExportGenesis(f.ctx))
	return err
}

func (f *fixture) export() *types.GenesisState {
	f.Helper()
	g, err := f.k.ExportGenesis(f.ctx)
	require.NoError(f, err)
	return g
}
