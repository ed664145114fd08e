package gpuworker_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/gpufake"
	"github.com/joulechain/joule/sidecar/gpu/telemetry"
	"github.com/joulechain/joule/sidecar/gpuworker"
	"github.com/joulechain/joule/sidecar/worker"
	proof "github.com/joulechain/joule/x/work/proof/gpu"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// rig is a worker on a fake card, followed by a background that looks at it all the time.
type rig struct {
	worker *gpuworker.Worker
	opened atomic.Int64
	tested atomic.Int64
	rules  atomic.Pointer[worktypes.GpuParams]
}

func newRig(t *testing.T, card func() (gpu.Backend, error), o gpu.GuardOptions) *rig {
	t.Helper()
	r := &rig{}
	g := task().Window.Gpu
	r.rules.Store(&g)
	test := o.Test
	o.Poll = time.Millisecond
	o.Test = func(ctx context.Context, b gpu.Backend, p proof.Params) error {
		r.tested.Add(1)
		if test == nil {
			return nil
		}
		return test(ctx, b, p)
	}
	guard, err := gpu.NewGuard([]gpu.Candidate{{Name: "fake", Open: func() (gpu.Backend, error) {
		r.opened.Add(1)
		return card()
	}}}, o)
	require.NoError(t, err)
	r.worker = gpuworker.New(guard)
	r.worker.Every(time.Millisecond)
	r.worker.Follow(func(context.Context) (worktypes.GpuParams, error) { return *r.rules.Load(), nil })
	t.Cleanup(func() { require.NoError(t, r.worker.Close()) })
	return r
}

// background runs what runs between windows, until the test ends.
func (r *rig) background(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- r.worker.Run(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-done) })
}

func soon(t *testing.T, cond func() bool, what string) {
	t.Helper()
	require.Eventually(t, cond, time.Minute, time.Millisecond, what)
}

func fakeCard() (gpu.Backend, error) { return &gpufake.Backend{}, nil }

// TestTheCardIsTestedBeforeTheFirstWindow, and anew for other rules.
func TestTheCardIsTestedBeforeTheFirstWindow(t *testing.T) {
	r := newRig(t, fakeCard, gpu.GuardOptions{})
	require.False(t, r.worker.Report().Ready)
	r.background(t)
	soon(t, func() bool { return r.worker.Report().Ready }, "ready")
	require.EqualValues(t, 1, r.tested.Load())
	_, err := r.worker.Work(t.Context(), task())
	require.NoError(t, err)
	require.EqualValues(t, 1, r.tested.Load(), "the window found it tested")

	g := task().Window.Gpu
	g.N = 128
	r.rules.Store(&g)
	soon(t, func() bool { return r.tested.Load() == 2 }, "other rules are tested ahead")
	bad := g
	bad.Version = 99
	r.rules.Store(&bad)
	soon(t, func() bool { return r.worker.Report().Trouble != "" }, "rules that this program does not know are told")
	require.Contains(t, r.worker.Report().Trouble, "update it")
	r.rules.Store(&g)
	soon(t, func() bool { return r.worker.Report().Ready }, "and forgotten")
}

// TestAfterADriverErrorTheCardIsTestedBetweenWindows: the next window does not pay for it.
func TestAfterADriverErrorTheCardIsTestedBetweenWindows(t *testing.T) {
	var broken atomic.Bool
	r := newRig(t, func() (gpu.Backend, error) {
		if broken.Load() {
			return nil, gpu.ErrDriver
		}
		return &gpufake.Backend{Fail: func(int) error {
			if broken.Load() {
				return gpu.ErrDriver
			}
			return nil
		}}, nil
	}, gpu.GuardOptions{})
	r.background(t)
	soon(t, func() bool { return r.worker.Report().Ready }, "ready")
	broken.Store(true)
	_, err := r.worker.Work(t.Context(), task())
	require.ErrorIs(t, err, gpu.ErrDriver)
	soon(t, func() bool { x := r.worker.Report(); return !x.Ready && x.Trouble != "" }, "the trouble is told")
	tests := r.tested.Load()
	broken.Store(false)
	soon(t, func() bool { return r.worker.Report().Ready }, "it comes back by itself")
	require.Greater(t, r.tested.Load(), tests, "and only after a test")
}

// TestAWindowTakesTheCardFromAPreparation: it waits for a running self-test until its own end, and the test goes on.
func TestAWindowTakesTheCardFromAPreparation(t *testing.T) {
	release := make(chan struct{})
	r := newRig(t, fakeCard, gpu.GuardOptions{Test: func(ctx context.Context, _ gpu.Backend, _ proof.Params) error {
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}})
	r.background(t)
	soon(t, func() bool { return r.tested.Load() == 1 }, "a test runs")
	require.Equal(t, "self-test", r.worker.Report().State)
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := r.worker.Work(short, task())
	require.ErrorIs(t, err, worker.ErrTooSlow, "the window ended first")
	close(release)
	_, err = r.worker.Work(t.Context(), task())
	require.NoError(t, err)
	require.EqualValues(t, 1, r.tested.Load(), "one test served all three")
}

// TestPauseAndResume: the file declares maintenance, the card is given back and taken again.
func TestPauseAndResume(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pause")
	r := newRig(t, fakeCard, gpu.GuardOptions{Sensor: gpu.PauseFile(path)})
	r.background(t)
	soon(t, func() bool { return r.worker.Report().Ready }, "ready")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	soon(t, func() bool { return r.worker.Report().State != "" }, "paused")
	require.Contains(t, r.worker.Report().State, "maintenance is declared")
	require.False(t, r.worker.Report().Ready)
	opened := r.opened.Load()
	require.NoError(t, os.Remove(path))
	soon(t, func() bool { return r.worker.Report().Ready }, "work goes on")
	require.Greater(t, r.opened.Load(), opened, "the card had been given back")
	_, err := r.worker.Work(t.Context(), task())
	require.NoError(t, err)
}

// TestAWrongTileEndsTheWindowWithoutACommitment, through the whole worker.
func TestAWrongTileEndsTheWindowWithoutACommitment(t *testing.T) {
	r := newRig(t, func() (gpu.Backend, error) {
		return &gpufake.Backend{Corrupt: func(int) bool { return true }}, nil
	}, gpu.GuardOptions{Test: gpu.SelfTest})
	r.background(t)
	soon(t, func() bool { return r.worker.Report().Trouble != "" }, "the self-test finds it before any window")
	require.Contains(t, r.worker.Report().Trouble, "wrong results")
	res, err := r.worker.Work(t.Context(), task())
	require.ErrorIs(t, err, gpu.ErrWrong)
	require.Empty(t, res.Payload)
}

// TestEnergyThatDoesNotFitTheWork is a warning beside a commitment that stands.
func TestEnergyThatDoesNotFitTheWork(t *testing.T) {
	r := newRig(t, fakeCard, gpu.GuardOptions{})
	asked := 0
	r.worker.Card(func() (telemetry.Card, bool) {
		asked++
		return telemetry.Card{UUID: "a", EnergyJoules: 1000}, asked < 4
	})
	res, err := r.worker.Work(t.Context(), task())
	require.NoError(t, err)
	require.NotEmpty(t, res.Payload)
	require.Empty(t, res.Notice, "a short window is not compared")
	require.Equal(t, 2, asked)
	res, err = r.worker.Work(t.Context(), task())
	require.NoError(t, err, "telemetry that goes away is no reason to stop")
	require.NotEmpty(t, res.Payload)
}

type cards struct {
	list []telemetry.Card
	err  error
}

func (c cards) Cards() ([]telemetry.Card, error) { return c.list, c.err }
func (c cards) Close() error                     { return nil }

func TestExamine(t *testing.T) {
	twice := []telemetry.Card{{Index: 0, Bus: "0000:1b:00.0", UUID: "a"}, {Index: 1, Bus: "0000:1b:00.0", UUID: "b"}}
	m := gpuworker.ExamineWith(cards{list: twice}, nil, []string{"cuda"}, []string{"shim"})
	require.Empty(t, m.Telemetry)
	require.Len(t, m.Cards, 2)
	require.Len(t, m.Warnings, 3)
	require.Contains(t, m.Warnings[0], "one card is shown as several")
	require.Equal(t, []string{"cuda", "shim"}, m.Warnings[1:])

	m = gpuworker.ExamineWith(nil, telemetry.ErrUnavailable)
	require.Contains(t, m.Telemetry, "not available")
	require.Empty(t, m.Warnings)
	m = gpuworker.ExamineWith(cards{err: errors.New("the driver hangs")}, nil)
	require.Contains(t, m.Telemetry, "hangs")
	var once gpuworker.Examiner
	require.Equal(t, once.Examine(), once.Examine())
}
