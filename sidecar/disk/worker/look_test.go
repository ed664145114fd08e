package diskworker_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/disk"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/trace"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// background runs the worker's own duties until the test ends.
func background(t *testing.T, w *diskworker.Worker) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
}

// lockedLog is a log that the test reads while it is written.
type lockedLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestAVanishedDiskIsNoticedAndItsReturnToo(t *testing.T) {
	folder := plots(t, 3)
	var log lockedLog
	w := workerOf(t, open(t, folder), func(o *diskworker.Options) {
		o.Folders, o.LookEvery, o.Log = []string{folder}, 20*time.Millisecond, slog.New(slog.NewTextHandler(&log, nil))
	})
	background(t, w)
	require.Eventually(t, func() bool { f := w.Report().Folders; return len(f) == 1 && f[0].Present }, 10*time.Second, 10*time.Millisecond)
	require.Empty(t, w.Report().Problems)
	require.NoError(t, os.Rename(folder, folder+"-unplugged"))
	require.Eventually(t, func() bool { return len(w.Report().Problems) == 2 }, 10*time.Second, 10*time.Millisecond)
	require.Contains(t, w.Report().Problems[0], folder+" cannot be read")
	require.Contains(t, w.Report().Problems[1], "3 plots of "+folder+" have vanished")
	require.Eventually(t, func() bool { return bytes.Contains([]byte(log.String()), []byte("have vanished")) }, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, os.Rename(folder+"-unplugged", folder))
	require.Eventually(t, func() bool { return len(w.Report().Problems) == 0 }, 10*time.Second, 10*time.Millisecond)
	require.EqualValues(t, 3, w.Report().Plots.Ready)
}

func TestBadFilesAreProblems(t *testing.T) {
	folder := plots(t, 2)
	files, err := filepath.Glob(filepath.Join(folder, "*.plot"))
	require.NoError(t, err)
	require.NoError(t, os.Truncate(files[0], 1000))
	w := workerOf(t, open(t, folder), nil)
	require.Len(t, w.Report().Problems, 1)
	require.Contains(t, w.Report().Problems[0], files[0]+" is unreadable")
}

func TestDisksTroublesAreProblems(t *testing.T) {
	health := []diskworker.FolderHealth{
		{Folder: "/a", Present: true, Failing: true, Model: "ACME 1"},
		{Folder: "/b", Present: true, Celsius: 71},
		{Folder: "/c", Present: true, Celsius: 40, Unknown: "permission denied"},
	}
	w := workerOf(t, &fakeStore{plots: ready(1)}, func(o *diskworker.Options) {
		o.LookEvery = 10 * time.Millisecond
		o.Health = func(context.Context, ...string) []diskworker.FolderHealth { return health }
	})
	background(t, w)
	require.Eventually(t, func() bool { return len(w.Report().Problems) == 2 }, 10*time.Second, 10*time.Millisecond)
	require.Contains(t, w.Report().Problems[0], "the disk of /a says that it is failing (ACME 1)")
	require.Contains(t, w.Report().Problems[1], "the disk of /b has 71 °C")
}

// A disk that hangs must cost neither the window nor a goroutine for every look.
func TestAHangingDiskDoesNotHoldUpAnAnswer(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the patience to end")
	}
	release := make(chan struct{})
	defer close(release)
	var looks atomic.Int32
	store := &fakeStore{plots: ready(8), refresh: func(context.Context) error { looks.Add(1); <-release; return nil }}
	w := workerOf(t, store, nil)
	for range 3 {
		_, err := w.Work(context.Background(), task(8))
		require.NoError(t, err)
	}
	require.EqualValues(t, 1, looks.Load())
}

func TestTheScrubRestsWhileAWindowIsAnswered(t *testing.T) {
	scrubbing := make(chan struct{}, 10)
	var during, now atomic.Int32
	store := &fakeStore{plots: ready(8)}
	store.scrub = func(ctx context.Context, o disk.ScrubOptions) {
		now.Add(1)
		o.Step(1000)
		scrubbing <- struct{}{}
		<-ctx.Done()
		now.Add(-1)
	}
	inProve, goOn := make(chan struct{}), make(chan struct{})
	store.prove = func(context.Context) {
		close(inProve)
		<-goOn
		during.Store(now.Load())
	}
	w := workerOf(t, store, func(o *diskworker.Options) { o.Scrub, o.ScrubRate = true, 1<<20 })
	background(t, w)
	<-scrubbing
	done := make(chan error, 1)
	go func() { _, err := w.Work(context.Background(), task(8)); done <- err }()
	<-inProve
	require.Eventually(t, func() bool { return now.Load() == 0 }, 5*time.Second, time.Millisecond, "the scrub is interrupted")
	time.Sleep(20 * time.Millisecond)
	close(goOn)
	require.NoError(t, <-done)
	require.Zero(t, during.Load(), "it did not begin again meanwhile")
	<-scrubbing
	require.EqualValues(t, 2000, w.Report().Scrub.Bytes)
}

func TestScrubFindsDamage(t *testing.T) {
	folder := plots(t, 1)
	files, err := filepath.Glob(filepath.Join(folder, "*.plot"))
	require.NoError(t, err)
	data, err := os.ReadFile(files[0])
	require.NoError(t, err)
	for i := len(data) / 4; i < len(data)*3/4; i += 512 {
		data[i] ^= 1
	}
	require.NoError(t, os.WriteFile(files[0], data, 0o600))
	w := workerOf(t, open(t, folder), func(o *diskworker.Options) { o.Scrub, o.ScrubRate = true, 1<<30 })
	background(t, w)
	require.Eventually(t, func() bool { r := w.Report(); return r.Scrub.Found > 0 && r.Plots.Damaged == 1 && len(r.Problems) == 1 }, 20*time.Second, 20*time.Millisecond)
}

func TestHistoryOutlivesTheProcess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "spool", "scans-disk0.json")
	with := func(o *diskworker.Options) { o.HistoryFile = file }
	store := open(t, plots(t, madePlots))
	w, tk := workerOf(t, store, with), task(madePlots)
	_, err := w.Work(context.Background(), tk)
	require.NoError(t, err)
	for _, step := range []trace.Step{trace.Recorded, trace.Signed, trace.Confirmed, trace.Finished} {
		w.Reached(step, deviceID, tk.Window.Id, worktypes.PHASE_PROVE)
		w.Reached(step, deviceID, tk.Window.Id, worktypes.PHASE_COMMIT)
		w.Reached(trace.Finished, []byte("another"), tk.Window.Id, worktypes.PHASE_PROVE)
	}
	next := task(madePlots)
	next.Window.Id, next.Window.Epoch = worktypes.DiskWindowID(8, 0), 8
	_, err = w.Work(context.Background(), next)
	require.NoError(t, err)
	w.Reached(trace.Signed, deviceID, next.Window.Id, worktypes.PHASE_PROVE)
	w.Reached(trace.Finished, deviceID, next.Window.Id, worktypes.PHASE_PROVE)

	again := workerOf(t, store, with)
	scans := again.Report().Scans
	require.Len(t, scans, 2)
	require.Equal(t, diskworker.OutcomeAccepted, scans[0].Outcome)
	require.Equal(t, diskworker.OutcomeLost, scans[1].Outcome)
	capacity := again.Report().Capacity
	require.NotNil(t, capacity)
	require.Equal(t, 2, capacity.Epochs)
	require.Equal(t, scans[0].Units*65536/2, capacity.Bytes)

	require.NoError(t, os.WriteFile(file, []byte("{"), 0o600))
	require.Empty(t, workerOf(t, store, with).Report().Scans, "a history that cannot be read is given up: it decides nothing")
}

// A folder whose disk is not mounted is there and empty for the system; people are told what it is.
func TestAnUnmountedDiskIsNamed(t *testing.T) {
	folder := t.TempDir()
	store := &fakeStore{faults: []disk.Fault{{Folder: folder, Err: disk.ErrUnmounted}}}
	w := workerOf(t, store, func(o *diskworker.Options) { o.Folders, o.LookEvery = []string{folder}, 20*time.Millisecond })
	background(t, w)
	require.Eventually(t, func() bool { return len(w.Report().Folders) == 1 }, 10*time.Second, 10*time.Millisecond)
	report := w.Report()
	require.False(t, report.Folders[0].Present)
	require.Len(t, report.Problems, 1)
	require.Equal(t, disk.ErrUnmounted.Error(), report.Problems[0])
	require.Equal(t, []diskworker.FolderHealth{{Folder: folder, Unmounted: true, Problem: disk.ErrUnmounted.Error()}}, report.Folders, "nothing of the disk below is told")
}
