package scheduler

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/clock"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/gpuworker"
	"github.com/joulechain/joule/sidecar/keys"
	radioworker "github.com/joulechain/joule/sidecar/radio/worker"
	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/worker"
	"github.com/joulechain/joule/sidecar/worker/workertest"
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// world is a chain that the test writes by hand.
type world struct {
	t        *testing.T
	clock    *clock.Fake
	sp       *spool.Spool
	worker   *workertest.Fake
	loop     *deviceLoop
	height   int64
	windows  []worktypes.Window
	device   *devicetypes.Device
	attested devicetypes.QueryAttestationResponse
	work     worktypes.DeviceWork
	kicks    int
	free     uint64
	// silent is how many questions no node answers.
	silent int
}

// classes are the real ones: their floors and records are what the scheduler must go by.
var classes = worker.Classes{gpuworker.Class(), diskworker.Class(), radioworker.Class()}

func newWorld(t *testing.T) *world {
	w := &workertest.Committer{}
	return worldOf(t, w, &w.Fake, true)
}

func worldOf(t *testing.T, made worker.Worker, fake *workertest.Fake, fresh bool) *world {
	t.Helper()
	registered, err := worker.Register(classes, made)
	require.NoError(t, err)
	w := &world{t: t, clock: clock.NewFake(time.Unix(1000, 0)), worker: fake, height: 100, free: 1 << 40}
	signer, err := keys.NewDevice(filepath.Join(t.TempDir(), "k"), keys.TypeEd25519, nil)
	require.NoError(t, err)
	w.sp, err = spool.Open(spool.Options{
		Dir: t.TempDir(), ChainID: "c", Fresh: fresh, MinFree: 1 << 20, Free: func(string) (uint64, error) { return w.free, nil },
	})
	require.NoError(t, err)
	t.Cleanup(func() { w.sp.Close() })
	w.device = &devicetypes.Device{WorkClass: made.Class(), State: devicetypes.DEVICE_STATE_ACTIVE, Bond: sdk.NewInt64Coin("ujoule", 1000)}
	s := New(Options{
		Chain: w, Heads: w, Spool: w.sp, Devices: []Device{{Name: "gpu0", Signer: signer, Worker: registered}}, Classes: classes,
		MarginBlocks: 1, Kick: func() { w.kicks++ }, Clock: w.clock, Log: slog.New(slog.DiscardHandler),
	})
	w.loop = s.devices[0]
	return w
}

func (w *world) ChainID() string { return "c" }
func (w *world) Head() chain.Head {
	return chain.Head{Height: w.height, Seen: w.clock.Now(), BlockTime: time.Second}
}
func (w *world) Subscribe() (<-chan struct{}, func()) { return make(chan struct{}), func() {} }
func (w *world) Windows(context.Context) ([]worktypes.Window, int64, error) {
	return w.windows, w.height, w.answer()
}

func (w *world) Device(context.Context, []byte) (devicetypes.Device, error) {
	if w.device == nil {
		return devicetypes.Device{}, chain.ErrUnknownDevice
	}
	return *w.device, nil
}

func (w *world) Attestation(context.Context, []byte) (devicetypes.QueryAttestationResponse, bool, error) {
	return w.attested, w.attested.TierPpm != 0, nil
}

func (w *world) DeviceParams(context.Context) (devicetypes.Params, error) {
	return devicetypes.Params{Classes: []devicetypes.ClassParams{
		{WorkClass: devicetypes.WORK_CLASS_GPU, MinBond: math.OneInt(), BondPerUnit: math.NewInt(10)},
		{WorkClass: devicetypes.WORK_CLASS_DISK, MinBond: math.OneInt(), BondPerUnit: math.NewInt(10)},
	}}, nil
}

func (w *world) DeviceWork(context.Context, []byte) (worktypes.DeviceWork, math.Int, error) {
	return w.work, math.ZeroInt(), w.answer()
}

// answer fails while the nodes are silent.
func (w *world) answer() error {
	if w.silent == 0 {
		return nil
	}
	w.silent--
	return errors.New("no node answers")
}

func (w *world) Epoch(context.Context) (beacontypes.Epoch, error) {
	return beacontypes.Epoch{Number: uint64(w.height) / 20}, nil
}

// window adds a window that opened at the present height.
func (w *world) window(id uint64, closeIn int64) *worktypes.Window {
	w.windows = append(w.windows, worktypes.Window{
		Id: id, WorkClass: devicetypes.WORK_CLASS_GPU, OpenHeight: w.height, CloseHeight: w.height + closeIn, DrawBHeight: w.height + closeIn + 8,
		DeadlineHeight: w.height + closeIn + 100, SeedMix: make([]byte, 32),
	})
	return &w.windows[len(w.windows)-1]
}

// step refreshes the view and does one job.
func (w *world) step() bool {
	return w.stepIn(context.Background())
}

func (w *world) stepIn(ctx context.Context) bool {
	_ = w.loop.s.refresh(ctx)
	did, err := w.loop.step(ctx)
	return did && err == nil
}

func (w *world) statement(window uint64, phase worktypes.Phase) (spool.Statement, error) {
	return w.loop.get(window, phase)
}

func TestWorksTheWindowThatClosesFirst(t *testing.T) {
	w := newWorld(t)
	w.window(1, 30)
	w.window(2, 10)
	require.True(t, w.step())
	st, err := w.statement(2, worktypes.PHASE_COMMIT)
	require.NoError(t, err)
	require.Equal(t, spool.Signed, st.State)
	sig := worktypes.EvidenceSignBytes("c", st.Evidence())
	require.NoError(t, devicetypes.VerifySignature(w.loop.device.Signer.PublicKey(), sig, st.Signature))
	require.True(t, w.step())
	_, err = w.statement(1, worktypes.PHASE_COMMIT)
	require.NoError(t, err)
	require.Equal(t, 2, w.kicks)
	require.False(t, w.step(), "one commitment per window")
	require.EqualValues(t, 2, w.worker.Runs())
}

func TestOpensWhatTheChainAccepted(t *testing.T) {
	w := newWorld(t)
	win := w.window(1, 10)
	require.True(t, w.step())
	w.height = win.DrawBHeight
	win.DrawAMix, win.DrawBMix = make([]byte, 32), make([]byte, 32)
	require.False(t, w.step(), "not before the chain holds the commitment")
	key, err := spool.NewKey(w.loop.id, 1, worktypes.PHASE_COMMIT)
	require.NoError(t, err)
	require.NoError(t, w.sp.Finish(key, spool.Accepted, ""))
	require.True(t, w.step())
	st, err := w.statement(1, worktypes.PHASE_OPEN)
	require.NoError(t, err)
	require.Equal(t, spool.Signed, st.State)
	require.Equal(t, win.DeadlineHeight, st.LastHeight)
	require.False(t, w.step())
}

func TestPressingOpeningGoesBeforeWork(t *testing.T) {
	for name, c := range map[string]struct {
		deadline int64
		first    worktypes.Phase
		window   uint64
	}{
		"pressing": {112, worktypes.PHASE_OPEN, 1}, "far": {400, worktypes.PHASE_COMMIT, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.window(1, 10)
			require.True(t, w.step())
			key, err := spool.NewKey(w.loop.id, 1, worktypes.PHASE_COMMIT)
			require.NoError(t, err)
			require.NoError(t, w.sp.Finish(key, spool.Accepted, ""))
			w.window(2, 10)
			w.windows[0].DrawAMix, w.windows[0].DrawBMix, w.windows[0].DeadlineHeight = make([]byte, 32), make([]byte, 32), c.deadline
			require.True(t, w.step())
			_, err = w.statement(c.window, c.first)
			require.NoError(t, err)
		})
	}
}

func TestReasonsNotToWork(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world)
		says   string
	}{
		"unregistered": {func(w *world) { w.device = nil }, "not registered"},
		"suspended":    {func(w *world) { w.device.State = devicetypes.DEVICE_STATE_SUSPENDED }, ""},
		"no seed":      {func(w *world) { w.windows[0].SeedMix = nil }, ""},
		"closed":       {func(w *world) { w.height = w.windows[0].CloseHeight }, ""},
		"too late":     {func(w *world) { w.height = w.windows[0].CloseHeight - 1 }, ""},
		"other class":  {func(w *world) { w.windows[0].WorkClass = devicetypes.WORK_CLASS_DISK }, ""},
		"full disk":    {func(w *world) { w.free = 100 }, "spool.min_free_mib"},
		"foreign":      {func(w *world) { w.work.Pending = []worktypes.PendingCommitment{{Window: 1}} }, "another sidecar runs with this key"},
		"broken card":  {func(w *world) { w.worker.Err = errors.New("ECC error") }, "ECC error"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.window(1, 10)
			c.change(w)
			for range maxTries + 2 {
				w.step()
			}
			_, err := w.statement(1, worktypes.PHASE_COMMIT)
			require.ErrorIs(t, err, spool.ErrNotRecorded)
			require.Contains(t, w.loop.status().LastError, c.says)
			require.LessOrEqual(t, w.worker.Runs(), uint64(maxTries), "it does not try for ever")
		})
	}
}

func TestPreparedStatementIsSignedAfterARestart(t *testing.T) {
	w := newWorld(t)
	win := w.window(1, 10)
	st := w.loop.statement(*win, worktypes.PHASE_COMMIT, []byte("recorded before the crash"))
	st.LastHeight = win.CloseHeight
	_, err := w.sp.Record(st, nil)
	require.NoError(t, err)
	require.True(t, w.step())
	got, err := w.statement(1, worktypes.PHASE_COMMIT)
	require.NoError(t, err)
	require.Equal(t, spool.Signed, got.State)
	require.Equal(t, "recorded before the crash", string(got.Payload))
	require.Zero(t, w.worker.Runs())

	late := w.loop.statement(*w.window(2, 10), worktypes.PHASE_COMMIT, []byte("late"))
	late.LastHeight = w.height
	_, err = w.sp.Record(late, nil)
	require.NoError(t, err)
	require.True(t, w.step())
	got, err = w.statement(2, worktypes.PHASE_COMMIT)
	require.NoError(t, err)
	require.Equal(t, spool.Expired, got.State, "a statement that can no longer execute is not signed")
}

func TestWorkEndsAtTheDeadline(t *testing.T) {
	w := newWorld(t)
	w.worker.Wait = true
	w.window(1, 5)
	done := make(chan bool, 1)
	go func() { done <- w.step() }()
	require.Eventually(t, func() bool { return w.loop.status().Activity == "working" && w.clock.Waiting() > 0 }, 5*time.Second, time.Millisecond)
	// Head().Seen follows the fake clock, so blocks must come for the deadline to come.
	require.Empty(t, done)
	w.height += 4
	w.clock.Advance(5 * time.Second)
	require.True(t, <-done)
	_, err := w.statement(1, worktypes.PHASE_COMMIT)
	require.NoError(t, err)
}

func TestShutdownDuringWorkSignsNothing(t *testing.T) {
	w := newWorld(t)
	w.worker.Wait = true
	w.window(1, 50)
	w.loop.s.refresh(context.Background())
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan bool, 1)
	go func() { done <- w.stepIn(ctx) }()
	require.Eventually(t, func() bool { return w.loop.status().Activity == "working" }, 5*time.Second, time.Millisecond)
	stop()
	<-done
	_, err := w.statement(1, worktypes.PHASE_COMMIT)
	require.ErrorIs(t, err, spool.ErrNotRecorded)
}

func TestBeforeTier(t *testing.T) {
	for _, tc := range []struct {
		units, want uint64
		tier        uint32
	}{
		{100, 100, 1_000_000},
		{110, 100, 1_100_000},
		{109, 99, 1_100_000},
		{100, 25, 4_000_000},
		{100, 100, 0},
		{1<<64 - 1, 1<<64 - 1, 4_000_000},
		{1<<64 - 2, (1<<64 - 2) / 4, 4_000_000},
		{0, 0, 1_100_000},
	} {
		require.Equal(t, tc.want, BeforeTier(tc.units, tc.tier), "%+v", tc)
	}
}

func TestCoverageIsBeforeTheTier(t *testing.T) {
	w := &world{}
	params, err := w.DeviceParams(t.Context())
	require.NoError(t, err)
	dev := devicetypes.Device{WorkClass: devicetypes.WORK_CLASS_GPU, Bond: sdk.NewInt64Coin("ujoule", 1_100)}
	units, err := Coverage(t.Context(), w, gpuworker.Class(), dev, params)
	require.NoError(t, err)
	require.EqualValues(t, 110, units)
	w.attested.TierPpm = 1_100_000
	units, err = Coverage(t.Context(), w, gpuworker.Class(), dev, params)
	require.NoError(t, err)
	require.EqualValues(t, 100, units)
	dev.WorkClass = devicetypes.WORK_CLASS_DISK
	units, err = Coverage(t.Context(), w, diskworker.Class(), dev, params)
	require.NoError(t, err)
	require.Equal(t, Allowance(dev, params), units, "a disk's claim is multiplied by nothing")
}

func TestAllowance(t *testing.T) {
	params, err := (&world{}).DeviceParams(context.Background())
	require.NoError(t, err)
	dev := devicetypes.Device{WorkClass: devicetypes.WORK_CLASS_GPU, Bond: sdk.NewInt64Coin("ujoule", 1009)}
	require.EqualValues(t, 100, Allowance(dev, params))
	params.Classes[0].BondPerUnit = math.ZeroInt()
	require.EqualValues(t, uint64(1<<64-1), Allowance(dev, params))
	dev.WorkClass = devicetypes.WORK_CLASS_RADIO
	require.Zero(t, Allowance(dev, params))
}
