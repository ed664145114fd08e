package keeper_test

import (
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"
	"cosmossdk.io/math"

	addresscodec "github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/store/v2"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work"
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/class/classtest"
	"github.com/joulechain/joule/x/work/keeper"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

const (
	chainID     = "joule-test-1"
	epochBlocks = 30
	gpuClass    = devicetypes.WORK_CLASS_GPU
	diskClass   = devicetypes.WORK_CLASS_DISK
	radioClass  = devicetypes.WORK_CLASS_RADIO
)

var addresses = addresscodec.NewBech32Codec("joule")

// relayer is the n-th test account.
func relayer(n byte) string {
	text, err := addresses.BytesToString([]byte{n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19})
	if err != nil {
		panic(err)
	}
	return text
}

// chain runs the real keeper block by block over a real multistore, with stand-ins for beacon and devices. Heights
// begin at 1.
type chain struct {
	testing.TB
	cms     store.CommitMultiStore
	ctx     sdk.Context
	k       *keeper.Keeper
	msg     types.MsgServer
	query   types.QueryServer
	beacon  *testutil.Beacon
	devices *testutil.Devices
	// community is what owners have paid to the community pool.
	community *testutil.CommunityPool
	// txs counts the block's transactions.
	txs int
	// pool is what each epoch with units pays; epochs close claimEpochs after they were frozen.
	pool        int64
	claimEpochs uint64
	// claimed is what TakeAccrued has returned.
	claimed math.Int
}

type option func(*chain, *types.Params)

func withParams(change func(*types.Params)) option {
	return func(_ *chain, p *types.Params) { change(p) }
}

// opensAt makes windows open at just these heights.
func opensAt(heights ...int64) option {
	return func(c *chain, _ *types.Params) {
		c.beacon.Opens = func(h int64) bool {
			for _, want := range heights {
				if h == want {
					return true
				}
			}
			return false
		}
	}
}

func newChain(tb testing.TB, opts ...option) *chain {
	tb.Helper()
	return newEmptyChain(tb).begin(opts...)
}

// newChainWith is newChain with a class more.
func newChainWith(tb testing.TB, more class.New, opts ...option) *chain {
	tb.Helper()
	return newEmptyChain(tb, more).begin(opts...)
}

func (c *chain) begin(opts ...option) *chain {
	c.Helper()
	params := testutil.Params()
	for _, opt := range opts {
		opt(c, &params)
	}
	c.beacon.Ppm = params.Gpu.WindowProbabilityPpm
	require.NoError(c, c.k.InitGenesis(c.ctx, types.GenesisState{Params: params, AccruedTotal: math.ZeroInt(), NextFreezeEpoch: 1}))
	return c
}

func newEmptyChain(tb testing.TB, more ...class.New) *chain {
	tb.Helper()
	key, marks, sums := storetypes.NewKVStoreKey(types.StoreKey), storetypes.NewTransientStoreKey(types.TransientStoreKey), storetypes.NewObjectStoreKey(types.ObjectStoreKey)
	db := dbm.NewMemDB()
	cms := store.NewCommitMultiStore(db, log.NewNopLogger())
	cms.MountStoreWithDB(key, storetypes.StoreTypeIAVL, db)
	cms.MountStoreWithDB(marks, storetypes.StoreTypeTransient, db)
	cms.MountStoreWithDB(sums, storetypes.StoreTypeObject, db)
	require.NoError(tb, cms.LoadLatestVersion())
	enc := moduletestutil.MakeTestEncodingConfig(work.AppModule{})
	c := &chain{
		TB: tb, cms: cms, beacon: &testutil.Beacon{EpochBlocks: epochBlocks}, devices: testutil.NewDevices(), community: &testutil.CommunityPool{}, pool: 1_000_003, claimEpochs: 2, claimed: math.ZeroInt(),
	}
	c.k = keeper.NewKeeper(enc.Codec, runtime.NewKVStoreService(key), marks, sums, addresses, c.beacon, c.devices, c.community, relayer(255), more...)
	c.msg, c.query = keeper.NewMsgServer(c.k), keeper.NewQueryServer(c.k)
	c.at(1)
	return c
}

func (c *chain) at(height int64) {
	c.ctx = sdk.NewContext(c.cms, cmtproto.Header{ChainID: chainID, Height: height, Time: blockTime(height)}, false, log.NewNopLogger()).WithExecMode(sdk.ExecModeFinalize)
	c.txs = 0
}

// blockTime is the header time of a height: 6 s a block.
func blockTime(height int64) time.Time { return time.Unix(1_790_000_000+6*height, 0).UTC() }

// device registers the n-th device.
func (c *chain) device(n uint64) *testutil.Device {
	d := testutil.NewDevice(chainID, n)
	c.devices.Register(d)
	return d
}

// tx runs f as a transaction: what it wrote is kept if it succeeds.
func (c *chain) tx(f func(ctx sdk.Context) error) error {
	ctx, write := c.ctx.WithTxIndex(c.txs).CacheContext()
	c.txs++
	err := f(ctx)
	if err == nil {
		write()
	}
	return err
}

func (c *chain) submit(evidence ...types.Evidence) (res *types.MsgSubmitWorkResponse, err error) {
	err = c.tx(func(ctx sdk.Context) error {
		res, err = c.msg.SubmitWork(ctx, batch(evidence...))
		return err
	})
	return res, err
}

func batch(evidence ...types.Evidence) *types.MsgSubmitWork {
	return &types.MsgSubmitWork{Relayer: relayer(1), Evidence: evidence}
}

// accept submits evidence of which every item must be accepted.
func (c *chain) accept(evidence ...types.Evidence) []types.ItemResult {
	c.Helper()
	res, err := c.submit(evidence...)
	require.NoError(c, err)
	for _, r := range res.Results {
		require.True(c, r.Accepted, r.Reason)
	}
	return res.Results
}

// skip submits one item that must be skipped for the reason, and checks that nothing changed.
func (c *chain) skip(want error, e types.Evidence) {
	c.Helper()
	reasons, err := c.k.Classify(c.ctx, batch(e))
	require.NoError(c, err)
	require.ErrorIs(c, reasons[0], want)
	require.ErrorIs(c, c.refuse(e), types.ErrNothingNew)
}

// refuse submits a batch that must fail, and checks that nothing changed.
func (c *chain) refuse(evidence ...types.Evidence) error {
	c.Helper()
	before := c.export()
	_, err := c.submit(evidence...)
	require.Error(c, err)
	require.Equal(c, before, c.export())
	return err
}

func (c *chain) export() *types.GenesisState {
	c.Helper()
	g, err := c.k.ExportGenesis(c.ctx)
	require.NoError(c, err)
	return g
}

// next ends the block as the app does: x/work, then x/emissions at an epoch's end. Then the next block begins.
func (c *chain) next() {
	c.Helper()
	require.NoError(c, c.k.EndBlock(c.ctx))
	if c.beacon.IsEpochEnd(c.ctx) {
		c.settleEpochs()
	}
	height := c.ctx.BlockHeight()
	c.cms.Commit()
	c.at(height + 1)
}

// classes are the chain's, and the toy that some tests add; a class without units has no part in an epoch.
func (c *chain) classes() []devicetypes.WorkClass {
	return append(types.Classes(), classtest.WorkClass)
}

func (c *chain) settleEpochs() {
	epochs, err := c.k.FreezableEpochs(c.ctx)
	require.NoError(c, err)
	for _, e := range epochs {
		var pools []types.ClassPool
		for _, class := range c.classes() {
			units, err := c.k.Units(c.ctx, class, e)
			require.NoError(c, err)
			pool := math.ZeroInt()
			if units.IsPositive() {
				pool = math.NewInt(c.pool)
			}
			if class == gpuClass || units.IsPositive() {
				pools = append(pools, types.ClassPool{Class: class, Pool: pool})
			}
		}
		require.NoError(c, c.k.FreezeEpoch(c.ctx, e, pools))
		if e > c.claimEpochs {
			for _, class := range c.classes() {
				_, err := c.k.CloseTally(c.ctx, class, e-c.claimEpochs)
				require.NoError(c, err)
			}
		}
	}
}

// reach ends blocks until height is the current one.
func (c *chain) reach(height int64) {
	c.Helper()
	for c.ctx.BlockHeight() < height {
		c.next()
	}
}

func (c *chain) reachEpoch(epoch uint64) { c.reach(int64((epoch-1)*epochBlocks) + 1) }

// window is the live window of an id.
func (c *chain) window(id uint64) types.Window {
	c.Helper()
	res, err := c.query.Window(c.ctx, &types.QueryWindowRequest{Id: id})
	require.NoError(c, err)
	return res.Window
}

// open reaches the first height of the window that opened at id.
func (c *chain) open(id uint64) types.Window {
	c.Helper()
	c.reach(int64(id) + 2)
	return c.window(id)
}

// drawn reaches the first height at which the window takes openings.
func (c *chain) drawn(id uint64) types.Window {
	c.Helper()
	c.reach(c.window(id).DrawBHeight + 1)
	return c.window(id)
}

// earn lets the devices prove so many rounds each in the window, one transaction an item.
func (c *chain) earn(id uint64, rounds uint64, devices ...*testutil.Device) {
	c.Helper()
	w := c.open(id)
	for _, d := range devices {
		c.accept(d.Commit(w, rounds))
	}
	w = c.drawn(id)
	for _, d := range devices {
		c.accept(d.Open(w))
	}
}

func (c *chain) record(d interface{ Text() string }) types.DeviceWork {
	c.Helper()
	res, err := c.query.DeviceWork(c.ctx, &types.QueryDeviceWorkRequest{DeviceId: d.Text()})
	require.NoError(c, err)
	return res.Work
}

func (c *chain) tally(epoch uint64) types.Tally {
	c.Helper()
	res, err := c.query.Tally(c.ctx, &types.QueryTallyRequest{WorkClass: gpuClass, Epoch: epoch})
	require.NoError(c, err)
	return res.Tally
}

// claim takes what a device has accrued, as a transaction of its own.
func (c *chain) claim(d interface{ ID() []byte }) int64 {
	c.Helper()
	var got math.Int
	require.NoError(c, c.tx(func(ctx sdk.Context) (err error) {
		got, err = c.k.TakeAccrued(ctx, d.ID())
		return err
	}))
	c.claimed = c.claimed.Add(got)
	return got.Int64()
}

// holds checks the accounting: the genesis rules, and what was paid is what devices have or had.
func (c *chain) holds() {
	c.Helper()
	g := c.export()
	require.NoError(c, g.Validate())
	paid, unpaid := math.ZeroInt(), math.ZeroInt()
	for _, t := range g.Tallies {
		paid, unpaid = paid.Add(t.Paid), unpaid.Add(t.Unpaid())
	}
	require.Equal(c, paid.String(), g.AccruedTotal.Add(c.claimed).String(), "paid = accrued + claimed")
	accrued, pools, err := c.k.Outstanding(c.ctx)
	require.NoError(c, err)
	require.Equal(c, g.AccruedTotal.String(), accrued.String())
	require.Equal(c, unpaid.String(), pools.String())
}

// windowsOf are those of a class.
func windowsOf(windows []types.Window, class devicetypes.WorkClass) (out []types.Window) {
	for _, w := range windows {
		if w.WorkClass == class {
			out = append(out, w)
		}
	}
	return out
}
