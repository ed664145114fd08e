package diskworker_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/disk"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/disk"
	worktypes "github.com/joulechain/joule/x/work/types"
)

func TestAnswersFromTheFilesForTheChainsVerifier(t *testing.T) {
	w, tk := workerOf(t, open(t, plots(t, madePlots)), nil), task(madePlots)
	registered, err := worker.Register(worker.Classes{diskworker.Class()}, w)
	require.NoError(t, err)
	require.Equal(t, devicetypes.WORK_CLASS_DISK, registered.Class.ID)
	require.NotNil(t, registered.Observer, "it learns what becomes of its evidence")
	require.Contains(t, w.Describe().Hardware, "8 plots of k=18, strength 2")
	var scanned uint64
	tk.Progress = func(done uint64) { scanned = done }
	tk.Deadline = time.Now().Add(time.Minute)
	r, err := w.Work(context.Background(), tk)
	require.NoError(t, err)
	n := verify(t, tk, r.Payload)
	require.EqualValues(t, n, r.Rounds)
	require.Equal(t, proof.Units(18, madePlots, uint32(n), 8), r.Units)
	require.EqualValues(t, madePlots, scanned)
	require.Empty(t, r.Notice)

	again, err := workerOf(t, open(t, plots(t, madePlots)), nil).Work(context.Background(), tk)
	require.NoError(t, err)
	require.Equal(t, r.Payload, again.Payload, "another scan of the same window, after a restart say, makes the same statement")
}

// What keeps evidence from being taken is told and no error: there is nothing to repeat in this window.
func TestReasonsToSayNothing(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*worker.Task)
		plots  int
		says   string
	}{
		"no claim":         {func(tk *worker.Task) { tk.Record.Claims = nil }, 8, "no plots are claimed on chain: `joule-sidecar plot claim`"},
		"claim to come":    {func(tk *worker.Task) { tk.Record.Claims[0].FromEpoch = 8 }, 8, "the claim of 8 plots holds from epoch 8 on; this is epoch 7"},
		"claim ended":      {func(tk *worker.Task) { tk.Record.Claims[0] = worktypes.DiskClaim{FromEpoch: 5} }, 8, "no plots are claimed"},
		"another k":        {func(tk *worker.Task) { tk.Record.Claims[0].K = 20 }, 8, "0 of the 8 claimed plots (k=20, strength 2) are here (8 are of k=18, strength 2)"},
		"another strength": {func(tk *worker.Task) { tk.Record.Claims[0].Strength = 3 }, 8, "8 are of k=18, strength 2"},
		"weaker than the rules": {
			func(tk *worker.Task) { tk.Window.Disk.MinK = 20 }, 8, "the claim no longer meets the chain's rules",
		},
		"bond": {func(tk *worker.Task) { tk.MaxUnits = 79 }, 8, "8 plots of k=18 are claimed and the bond covers 7"},
		"none": {func(*worker.Task) {}, 0, "0 of the 8 claimed plots"},
	} {
		t.Run(name, func(t *testing.T) {
			w, tk := workerOf(t, open(t, plots(t, c.plots)), nil), task(8)
			c.change(&tk)
			r, err := w.Work(context.Background(), tk)
			require.NoError(t, err)
			require.Empty(t, r.Payload)
			require.Contains(t, r.Notice, c.says)
			scans := w.Report().Scans
			require.Len(t, scans, 1)
			require.Equal(t, r.Notice, scans[0].Notice)
		})
	}
}

func TestFewerAndMorePlotsThanClaimed(t *testing.T) {
	w, tk := workerOf(t, open(t, plots(t, 4)), nil), task(8)
	r, err := w.Work(context.Background(), tk)
	require.NoError(t, err)
	require.Contains(t, r.Notice, "4 of the 8 claimed plots (k=18, strength 2) are here: pay is for what is here")
	if len(r.Payload) > 0 {
		verify(t, tk, r.Payload)
	}
	w, tk = workerOf(t, open(t, plots(t, 8)), nil), task(5)
	r, err = w.Work(context.Background(), tk)
	require.NoError(t, err)
	require.Contains(t, r.Notice, "3 plots beyond the claim of 5 earn nothing")
	verify(t, tk, r.Payload) // refuses any index from 5 on
}

// The disk of one folder has gone in the middle: what the other one has is submitted.
func TestAVanishedDiskCostsItsOwnPlotsOnly(t *testing.T) {
	all := plots(t, madePlots)
	other := filepath.Join(filepath.Dir(all), "other")
	require.NoError(t, os.Mkdir(other, 0o700))
	files, err := filepath.Glob(filepath.Join(all, "*.plot"))
	require.NoError(t, err)
	for _, f := range files[:4] {
		require.NoError(t, os.Rename(f, filepath.Join(other, filepath.Base(f))))
	}
	w, tk := workerOf(t, open(t, all, other), func(o *diskworker.Options) { o.Folders = []string{all, other} }), task(madePlots)
	require.NoError(t, os.RemoveAll(other))
	r, err := w.Work(context.Background(), tk)
	require.NoError(t, err)
	require.Contains(t, r.Notice, "4 of the 8 claimed plots (k=18, strength 2) are here (4 have vanished with their disk or file)")
	verify(t, tk, r.Payload)
	require.EqualValues(t, 4, w.Report().Plots.Missing)
}

// A store that stops in the middle gives what it has, whatever stopped it.
func TestPartOfAnAnswerIsSubmitted(t *testing.T) {
	tk := task(madePlots)
	real := workerOf(t, open(t, plots(t, madePlots)), nil)
	whole, err := real.Work(context.Background(), tk)
	require.NoError(t, err)
	evidence, err := proof.ParseEvidence(whole.Payload)
	require.NoError(t, err)
	share := evidence.Shares[0]
	id := proof.DerivePlotID(chainID, deviceID, 2, uint64(share.Index))
	quality, err := proof.VerifyShared(proof.DeriveSelector(chainID, deviceID), id, small, proof.DeriveChallenge(chainID, tk.Window.Id, [32]byte(tk.Window.SeedMix)), share.Proof)
	require.NoError(t, err)
	good := disk.Proof{Chain: disk.Chain{Index: uint64(share.Index), ID: id, Quality: quality}, Packed: share.Proof}
	for name, c := range map[string]struct {
		fault disk.Fault
		err   error
		says  string
	}{
		"unplugged":  {disk.Fault{Folder: "/a", File: "/a/x.plot", Plots: []uint64{3, 4}, Err: errors.New("input/output error")}, nil, "2 plots could not be read: /a/x.plot: input/output error"},
		"time is up": {disk.Fault{Folder: "/a", Plots: []uint64{3}, Err: context.DeadlineExceeded}, nil, "the window's time was over after 7 of 8 plots"},
		"an error":   {disk.Fault{Folder: "/a", Plots: []uint64{3}, Err: os.ErrPermission}, errors.New("later"), "1 plots could not be read"},
	} {
		t.Run(name, func(t *testing.T) {
			store := &fakeStore{plots: ready(madePlots), err: c.err, answer: disk.ProveResult{
				Scan: disk.ScanResult{Scanned: 7, Found: 9, Winning: 5, Faults: []disk.Fault{c.fault}}, Proofs: []disk.Proof{good},
			}}
			w := workerOf(t, store, nil)
			r, err := w.Work(context.Background(), tk)
			require.NoError(t, err)
			require.Equal(t, 1, verify(t, tk, r.Payload))
			require.Contains(t, r.Notice, c.says)
			scan := w.Report().Scans[0]
			require.Equal(t, 7, scan.Scanned)
			require.Equal(t, diskworker.OutcomeFound, scan.Outcome)
			require.Positive(t, scan.Faults)
		})
	}

	t.Run("a proof that does not verify is never signed", func(t *testing.T) {
		bad := good
		bad.Packed = append([]byte{}, good.Packed...)
		bad.Packed[20] ^= 1
		w := workerOf(t, &fakeStore{plots: ready(madePlots), answer: disk.ProveResult{Proofs: []disk.Proof{bad}}}, nil)
		_, err := w.Work(context.Background(), tk)
		require.ErrorIs(t, err, diskworker.ErrSelfCheck)
	})
}

func TestTheStoreLearnsTheDeadlineAndTheClaim(t *testing.T) {
	tk := task(8)
	tk.Deadline = time.Now().Add(time.Hour)
	var deadline time.Time
	store := &fakeStore{plots: ready(8)}
	store.prove = func(ctx context.Context) { deadline, _ = ctx.Deadline() }
	r, err := workerOf(t, store, nil).Work(context.Background(), tk)
	require.NoError(t, err)
	require.Empty(t, r.Payload, "no proof within the threshold: normal, and nothing to sign")
	require.Empty(t, r.Notice)
	require.Equal(t, tk.Deadline, deadline)
	require.Equal(t, disk.Request{
		Challenge: proof.DeriveChallenge(chainID, tk.Window.Id, [32]byte(tk.Window.SeedMix)), Params: small, Selector: store.asked.Selector, Plots: 8, Lambda: 8, Limit: 16,
	}, store.asked)
	require.Equal(t, proof.DeriveSelector(chainID, deviceID), *store.asked.Selector)
}

func TestShutdownIsNoAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	store := &fakeStore{plots: ready(8), prove: func(context.Context) { cancel() }}
	_, err := workerOf(t, store, nil).Work(ctx, task(8))
	require.ErrorIs(t, err, context.Canceled)

	until, end := context.WithCancelCause(context.Background())
	store.prove = func(context.Context) { end(clock.ErrDeadline) }
	_, err = workerOf(t, store, nil).Work(until, task(8))
	require.NoError(t, err, "the window's end is a normal end")
}

func TestUnusableWindows(t *testing.T) {
	w := workerOf(t, &fakeStore{plots: ready(8)}, nil)
	for name, change := range map[string]func(*worktypes.Window){
		"version": func(x *worktypes.Window) { x.Disk.Version = 2 },
		"rules":   func(x *worktypes.Window) { x.Disk = nil },
		"mix":     func(x *worktypes.Window) { x.SeedMix = nil },
	} {
		tk := task(8)
		change(&tk.Window)
		_, err := w.Work(context.Background(), tk)
		require.ErrorIs(t, err, diskworker.ErrWindow, name)
	}
}

func TestSlowAnswersAreTold(t *testing.T) {
	store := &fakeStore{plots: ready(8), answer: disk.ProveResult{Scan: disk.ScanResult{Elapsed: 5 * time.Second}, Solving: time.Second}}
	r, err := workerOf(t, store, func(o *diskworker.Options) { o.SlowScan = 5 * time.Second }).Work(context.Background(), task(8))
	require.NoError(t, err)
	require.Contains(t, r.Notice, "answering took 6s, more than disk.slow_scan (5s)")
}
