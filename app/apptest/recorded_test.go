package apptest

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/joulechain/joule/app"
	devicetestutil "github.com/joulechain/joule/x/device/testutil"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktestutil "github.com/joulechain/joule/x/work/testutil"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// updateGolden names the environment variable that has the golden file of this package written instead of compared.
const updateGolden = "JOULE_UPDATE_GOLDEN"

// TestRecordedRun drives all classes through one fixed chain, one way of running it, and compares every app hash, the
// results of every block (events, gas and errors included) and the exported genesis with a committed file. A change of
// the code's shape must leave the file alone; a change of rules, prices, events or error texts writes it anew:
// JOULE_UPDATE_GOLDEN=1 go test ./app/apptest -run TestRecordedRun
func TestRecordedRun(t *testing.T) {
	r := newRecorded(t)
	r.run(170)
	for _, m := range r.members[:3] {
		require.True(t, r.c.Earned(m).IsPositive(), "GPU %s earned nothing", m.Text())
	}
	require.Positive(t, r.farmer.accepted, "the disk proved nothing")
	require.Positive(t, r.radios[2].lastLate(), "no receipt came late")
	lazy, err := r.c.App().DeviceKeeper.GetDevice(r.c.Ctx(), r.members[3].ID())
	require.NoError(t, err)
	require.Equal(t, devicetypes.DEVICE_STATE_SUSPENDED, lazy.State)
	released, err := r.c.App().WorkKeeper.Radio.Radios.Get(r.c.Ctx(), r.radios[1].ID())
	require.NoError(t, err)
	require.Empty(t, released.Assertions)
	r.c.RequireInvariants()

	state, err := r.c.App().ExportAppStateAndValidators(false, nil)
	require.NoError(t, err)
	r.note("genesis %X", sha256.Sum256(state.AppState))
	got := strings.Join(r.lines, "\n") + "\n"
	path := filepath.Join("testdata", "recorded_run.golden")
	if os.Getenv(updateGolden) != "" {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, strings.Split(string(want), "\n"), strings.Split(got, "\n"))
}

// recorded is the chain of TestRecordedRun: four GPUs of which one never opens and one has an attested chip, a disk,
// and four radios of which the first leaves a receipt out.
type recorded struct {
	c       *Chain
	members []*Member
	farmer  *farmer
	radios  []*hotspot
	lines   []string
	// stale is what the last radio submitted: in a later batch it changes nothing.
	stale []worktypes.Evidence
}

func newRecorded(t *testing.T) *recorded {
	t.Helper()
	r := &recorded{}
	for i, rounds := range []uint64{3, 2, 4, 2} {
		r.members = append(r.members, NewMember(uint64(101+i), NewAccount("account", i%2), rounds))
	}
	chip := devicetestutil.NewGPU("recorded", "GH100")
	work := workGenesis(r.members...)
	r.c = New(t, Options{Variants: Variants[:1], Genesis: func(g *Genesis) {
		work(g)
		Edit(g, devicetypes.ModuleName, func(s *devicetypes.GenesisState) {
			s.Params.Evidence.NvidiaRoots = append(s.Params.Evidence.NvidiaRoots, chip.Root())
			s.Params.Evidence.NvidiaTierPpm = 1_500_000
		})
	}})
	r.block(r.c.PayGas(r.members[0].Owner, attestGas, r.c.attest(r.members[0], chip, false)))

	r.farmer = &farmer{DiskDevice: worktestutil.NewDiskDevice(ChainID, 51), owner: NewAccount("account", 0)}
	registration := devicetestutil.Registration(ChainID, r.farmer.owner.Address.String(), r.farmer.Key, devicetestutil.ForDisk())
	r.block(r.c.Pay(r.farmer.owner, &devicetypes.MsgRegisterDevice{Owner: r.farmer.owner.Address.String(), Registration: registration}, r.claim(3)))
	r.radios = hotspots(r.c, 4)
	r.radios[0].leavesOut = r.radios[2]
	return r
}

func (r *recorded) note(format string, args ...any) {
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

func (r *recorded) claim(plots uint32) *worktypes.MsgSetDiskClaim {
	return &worktypes.MsgSetDiskClaim{Owner: r.farmer.owner.Address.String(), DeviceId: r.farmer.Text(), Plots: plots, K: 18, Strength: 2}
}

// run makes blocks in which everybody works, and in some of them accounts do something besides.
func (r *recorded) run(blocks int) {
	lazy := r.members[3]
	for i := range blocks {
		var txs [][]byte
		for id := range lazy.opened {
			lazy.opened[id] = true
		}
		txs = append(txs, r.c.Evidence(r.members...)...)
		if tx, due := r.farmer.evidence(r.c); due {
			r.farmer.accepted++
			txs = append(txs, tx)
		}
		txs = append(txs, r.coverage()...)
		txs = append(txs, r.besides(i)...)
		r.block(txs...)
	}
}

// coverage is what the radios submit to the next block, now and then with an item that is stale.
func (r *recorded) coverage() (txs [][]byte) {
	windows, err := r.c.App().WorkKeeper.LiveWindowsOf(r.c.Ctx(), devicetypes.WORK_CLASS_RADIO)
	require.NoError(r.c.t, err)
	for _, w := range windows {
		for _, h := range r.radios {
			if r.c.asserted(h, w.Epoch) && !h.heard[w.Epoch] && w.CheckCommit(r.c.height+1) == nil {
				h.transmit(w, r.radios)
			}
		}
		for _, h := range r.radios {
			if e, due := h.evidence(r.c, w, r.radios); due {
				txs = append(txs, r.c.Submit(h.owner, append(r.stale, e)...))
				r.stale = nil
				if h == r.radios[3] {
					r.stale = []worktypes.Evidence{e}
				}
			}
		}
	}
	return txs
}

// besides are sends and claims of pay, a claim of plots that shrinks, a radio that moves, and one that retires and is
// released; the second release is refused.
func (r *recorded) besides(i int) (txs [][]byte) {
	a, b := NewAccount("account", i%4), NewAccount("account", (i+1)%4)
	if i%5 == 0 {
		txs = append(txs, r.c.Pay(a, banktypes.NewMsgSend(a.Address, b.Address, sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, int64(i+1))))))
	}
	if i%23 == 22 {
		txs = append(txs, r.c.Claim(b))
	}
	mover, retired := r.radios[2], r.radios[1]
	switch i {
	case 60:
		txs = append(txs, r.c.Pay(r.farmer.owner, r.claim(2)))
	case 70:
		epoch, err := r.c.App().BeaconKeeper.CurrentEpoch(r.c.Ctx())
		require.NoError(r.c.t, err)
		mover.Position.LongitudeE7 += 20_000
		txs = append(txs, r.c.Pay(mover.owner, mover.Assert(mover.owner.Address.String(), epoch.Number)))
	case 110:
		txs = append(txs, r.c.Pay(retired.owner, &devicetypes.MsgRetireDevice{Owner: retired.owner.Address.String(), DeviceId: retired.Text()}))
	case 120, 165:
		txs = append(txs, r.c.Pay(b, &worktypes.MsgReleaseRadio{Sender: b.Address.String(), DeviceId: retired.Text()}))
	}
	return txs
}

// block makes one and notes its app hash and its results.
func (r *recorded) block(txs ...[]byte) {
	res := r.c.Block(txs...)
	hash := sha256.New()
	for _, result := range res {
		bz, err := result.Marshal()
		require.NoError(r.c.t, err)
		hash.Write(bz)
	}
	r.note("%d %X %d transactions %X", r.c.Height(), r.c.AppHash(r.c.Height()), len(res), hash.Sum(nil)[:8])
}
