package keeper_test

import (
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/stretchr/testify/require"
	"go.uber.org/mock/gomock"

	sdkmath "cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/codec/testutil"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/std"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdktestutil "github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	stakingkeeper "github.com/cosmos/cosmos-sdk/x/staking/keeper"
	stakingtestutil "github.com/cosmos/cosmos-sdk/x/staking/testutil"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/joulechain/joule/x/beacon/keeper"
	beacontest "github.com/joulechain/joule/x/beacon/testutil"
	"github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/beacon/vrf"
)

const chainID = "joule-test-1"

var authority = authtypes.NewModuleAddress("gov").String()

// fixture runs the beacon beside the real staking keeper. Validator i has operator i, key i and consensus key i.
type fixture struct {
	t       *testing.T
	ctx     sdk.Context
	cdc     codec.Codec
	k       *keeper.Keeper
	staking *stakingkeeper.Keeper
	msg     types.MsgServer
	query   types.QueryServer
}

// params are short enough for tests to cross every boundary.
func params() types.Params {
	return types.Params{EpochBlocks: 10, ActivationEpochs: 2, ActivationMinBlocks: 5, MixHistoryBlocks: 200, MaxConsecutiveMisses: 3}
}

func consKey(i int) cryptotypes.PubKey {
	return ed25519.GenPrivKeyFromSecret([]byte{'c', byte(i)}).PubKey()
}

func consAddr(i int) sdk.ConsAddress { return sdk.ConsAddress(consKey(i).Address()) }

// newKeepers returns keepers over empty stores, at height 0.
func newKeepers(t *testing.T) *fixture {
	t.Helper()
	keys := storetypes.NewKVStoreKeys(types.StoreKey, stakingtypes.StoreKey)
	ctx := sdktestutil.DefaultContextWithKeys(keys, nil, nil).
		WithBlockHeader(cmtproto.Header{ChainID: chainID, Time: time.Unix(1_700_000_000, 0)}).WithChainID(chainID)
	cdc := testutil.CodecOptions{AccAddressPrefix: "joule", ValAddressPrefix: "joulevaloper"}.NewCodec()
	std.RegisterInterfaces(cdc.InterfaceRegistry())
	types.RegisterInterfaces(cdc.InterfaceRegistry())
	stakingtypes.RegisterInterfaces(cdc.InterfaceRegistry())

	ctrl := gomock.NewController(t)
	accounts := stakingtestutil.NewMockAccountKeeper(ctrl)
	accounts.EXPECT().GetModuleAddress(gomock.Any()).Return(authtypes.NewModuleAddress("pool")).AnyTimes()
	accounts.EXPECT().AddressCodec().Return(address.NewBech32Codec("cosmos")).AnyTimes()
	staking := stakingkeeper.NewKeeper(cdc, runtime.NewKVStoreService(keys[stakingtypes.StoreKey]), accounts,
		stakingtestutil.NewMockBankKeeper(ctrl), authority, beacontest.OperatorCodec, address.NewBech32Codec("joulevalcons"))
	require.NoError(t, staking.SetParams(ctx, stakingtypes.DefaultParams()))

	k := keeper.NewKeeper(cdc, runtime.NewKVStoreService(keys[types.StoreKey]), beacontest.OperatorCodec, staking, authority)
	staking.SetHooks(k.Hooks())
	return &fixture{
		t: t, ctx: ctx, cdc: cdc, k: k, staking: staking,
		msg: keeper.NewMsgServerImpl(k), query: keeper.NewQueryServerImpl(k),
	}
}

// newFixture starts a chain with n bonded validators whose keys are active.
func newFixture(t *testing.T, n int) *fixture {
	t.Helper()
	f := newKeepers(t)
	g := types.DefaultGenesis()
	g.Params = params()
	for i := range n {
		f.bond(i)
		g.Keys = append(g.Keys, types.ValidatorKey{OperatorAddress: beacontest.Address(t, i), Active: beacontest.Key(i).PublicKey()})
	}
	require.NoError(t, f.k.InitGenesis(f.ctx, *g))
	require.NoError(t, f.k.CheckGenesisValidators(f.ctx))
	return f
}

// bond puts validator i into staking's state without its creation hook.
func (f *fixture) bond(i int) {
	f.t.Helper()
	v, err := stakingtypes.NewValidator(beacontest.Address(f.t, i), consKey(i), stakingtypes.Description{})
	require.NoError(f.t, err)
	v.Status = stakingtypes.Bonded
	v.Tokens = sdkmath.NewInt(int64(1_000_000 * (i + 1)))
	v.DelegatorShares = sdkmath.LegacyNewDecFromInt(v.Tokens)
	require.NoError(f.t, f.staking.SetValidator(f.ctx, v))
	require.NoError(f.t, f.staking.SetValidatorByConsAddr(f.ctx, v))
	require.NoError(f.t, f.staking.SetValidatorByPowerIndex(f.ctx, v))
}

// at moves the context to a height, with fresh events.
func (f *fixture) at(height int64) {
	f.ctx = f.ctx.WithBlockHeight(height).WithEventManager(sdk.NewEventManager())
}

func (f *fixture) height() int64 { return f.ctx.BlockHeight() }

// reveal is transaction 0 of the next block, made by validator i with a key.
func (f *fixture) reveal(i int, key vrf.SecretKey) []byte {
	f.t.Helper()
	last, err := f.k.LastMix(f.ctx)
	require.NoError(f.t, err)
	return beacontest.RevealTx(f.t, chainID, i, key, f.height()+1, last.Mix)
}

// block runs the next block with these transactions and this header address.
func (f *fixture) block(proposer []byte, txs ...[]byte) {
	f.t.Helper()
	f.at(f.height() + 1)
	require.NoError(f.t, f.k.PreBlock(f.ctx, txs, proposer))
	require.NoError(f.t, f.k.EndBlock(f.ctx))
}

// honest runs the next block as validator i with its first key.
func (f *fixture) honest(i int) { f.block(consAddr(i), f.reveal(i, beacontest.Key(i))) }

// honestUntil runs honest blocks of validator 0 up to a height.
func (f *fixture) honestUntil(height int64) {
	for f.height() < height {
		f.honest(0)
	}
}

func (f *fixture) lastMix() types.Mix {
	f.t.Helper()
	mix, err := f.k.LastMix(f.ctx)
	require.NoError(f.t, err)
	return mix
}

func (f *fixture) misses(i int) types.MissRecord {
	f.t.Helper()
	m, err := f.k.Misses(f.ctx, beacontest.Operator(i))
	require.NoError(f.t, err)
	return m
}

func (f *fixture) jailed(i int) bool {
	f.t.Helper()
	v, err := f.staking.GetValidator(f.ctx, beacontest.Operator(i))
	require.NoError(f.t, err)
	return v.IsJailed()
}

// register sends operator i's registration of a key.
func (f *fixture) register(i int, key vrf.SecretKey) (int64, error) {
	f.t.Helper()
	res, err := f.msg.RegisterKey(f.ctx, beacontest.RegisterMsg(f.t, chainID, i, key))
	if err != nil {
		return 0, err
	}
	return res.ActivationHeight, nil
}

// requireEvent looks for an event of this block.
func (f *fixture) requireEvent(name string) {
	f.t.Helper()
	for _, e := range f.ctx.EventManager().Events() {
		if e.Type == name {
			return
		}
	}
	require.Failf(f.t, "event missing", "%s in %v", name, f.ctx.EventManager().Events())
}
