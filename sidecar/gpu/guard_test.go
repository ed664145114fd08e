package gpu_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/card"
	"github.com/joulechain/joule/sidecar/gpu/card/cardfake"
	"github.com/joulechain/joule/sidecar/gpu/gpufake"
	"github.com/joulechain/joule/sidecar/gpu/kernels"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// slot is a place for a card: what Open finds there, and how often it looked.
type slot struct {
	device func(opening int) (*cardfake.Device, error)
	opened int
}

func (s *slot) candidate(name string) gpu.Candidate {
	return gpu.Candidate{Name: name, Open: func() (gpu.Backend, error) {
		s.opened++
		d, err := s.device(s.opened)
		if err != nil {
			return nil, err
		}
		return card.New(d), nil
	}}
}

func healthy(int) (*cardfake.Device, error) { return &cardfake.Device{}, nil }

func cpuCandidate() gpu.Candidate {
	return gpu.Candidate{Name: "cpu", Trusted: true, Open: func() (gpu.Backend, error) { return gpu.NewCPU(1), nil }}
}

// diary collects notes and replaces waiting by counting.
type diary struct {
	notes []string
	waits int
	then  func(waits int)
}

func (d *diary) options() gpu.GuardOptions {
	return gpu.GuardOptions{
		AuditEvery: 4,
		Test:       quickTest,
		Note:       func(text string) { d.notes = append(d.notes, text) },
		Wait: func(ctx context.Context, _ time.Duration) error {
			d.waits++
			if d.then != nil {
				d.then(d.waits)
			}
			return ctx.Err()
		},
	}
}

// quickTest is SelfTest's first step at the window's size.
func quickTest(ctx context.Context, b gpu.Backend, p proofgpu.Params) error {
	streamer, ok := b.(gpu.Streamer)
	if !ok {
		return gpu.SelfTest(ctx, b, p)
	}
	return gpu.CheckRound(ctx, streamer, p, proofgpu.Seed{5})
}

func (d *diary) all() string { return strings.Join(d.notes, "\n") }

func want(t *testing.T, seed byte) proofgpu.Root {
	t.Helper()
	root, err := gpu.NewCPU(1).Round(context.Background(), small, proofgpu.Seed{seed})
	require.NoError(t, err)
	return root
}

func TestGuardTestsBeforeTheFirstRound(t *testing.T) {
	var launches int
	s := &slot{device: func(int) (*cardfake.Device, error) {
		return &cardfake.Device{Fail: func(string) error { launches++; return nil }}, nil
	}}
	d := &diary{}
	g, err := gpu.NewGuard([]gpu.Candidate{s.candidate("cuda")}, d.options())
	require.NoError(t, err)
	require.Zero(t, launches, "opening computes nothing")
	root, err := g.Round(context.Background(), small, proofgpu.Seed{1})
	require.NoError(t, err)
	require.Equal(t, want(t, 1), root)
	require.Contains(t, d.all(), "passed its self-test at n=64")
	tested := launches
	_, err = g.Round(context.Background(), small, proofgpu.Seed{2})
	require.NoError(t, err)
	require.Less(t, launches-tested, 20, "no second test")
	require.NoError(t, g.Close())
}

// TestOneWrongTileIsCaughtBeforeAnyRound: the window gets no root from such a card.
func TestOneWrongTileIsCaughtBeforeAnyRound(t *testing.T) {
	s := &slot{device: func(int) (*cardfake.Device, error) {
		return &cardfake.Device{WrongPatch: func(n, row, col uint32) bool { return n == 64 && row == 5 && col == 3 }}, nil
	}}
	g, err := gpu.NewGuard([]gpu.Candidate{s.candidate("cuda")}, (&diary{}).options())
	require.NoError(t, err)
	for range 2 { // no window passes, and each tests anew
		transcript, err := gpu.NewProver(g).Run(context.Background(), small, proofgpu.Seed{}, 3, nil)
		require.ErrorIs(t, err, gpu.ErrWrong)
		require.Empty(t, transcript.Rounds)
	}
	require.Equal(t, 2, s.opened)
	require.Contains(t, g.Describe(), "self-test")

	// Where another backend is allowed, the next window uses it, and people see why.
	s.opened = 0
	g, err = gpu.NewGuard([]gpu.Candidate{s.candidate("cuda"), cpuCandidate()}, (&diary{}).options())
	require.NoError(t, err)
	_, err = g.Round(context.Background(), small, proofgpu.Seed{1})
	require.ErrorIs(t, err, gpu.ErrWrong)
	root, err := g.Round(context.Background(), small, proofgpu.Seed{1})
	require.NoError(t, err)
	require.Equal(t, want(t, 1), root)
	require.Equal(t, "cpu", g.Name())
	require.Contains(t, g.Describe(), "not used: cuda: self-test: gpu: card computes wrong results")
}

// TestACardThatGoesBadIsCaughtWithinAPeriod: audits recompute and open.
func TestACardThatGoesBadIsCaughtWithinAPeriod(t *testing.T) {
	bad := false
	s := &slot{device: func(int) (*cardfake.Device, error) {
		return &cardfake.Device{WrongPatch: func(uint32, uint32, uint32) bool { return bad }}, nil
	}}
	g, err := gpu.NewGuard([]gpu.Candidate{s.candidate("cuda")}, (&diary{}).options())
	require.NoError(t, err)
	transcript, err := gpu.NewProver(g).Run(context.Background(), small, proofgpu.Seed{}, 100, func(r gpu.Round) error {
		bad = r.Index >= 9
		return nil
	})
	require.ErrorIs(t, err, gpu.ErrWrong)
	require.Less(t, len(transcript.Rounds), 10+2*4)
	bad = false
	_, err = g.Round(context.Background(), small, proofgpu.Seed{1})
	require.NoError(t, err, "the next window tests the card again")
	require.Equal(t, 2, s.opened)
}

// TestLostCardComesBack: opened again, tested again, and the same round computed.
func TestLostCardComesBack(t *testing.T) {
	lose := false
	s := &slot{device: func(opening int) (*cardfake.Device, error) {
		if opening == 2 {
			return nil, fmt.Errorf("%w: still resetting", gpu.ErrLost)
		}
		return &cardfake.Device{Fail: func(string) error {
			if lose {
				lose = false
				return fmt.Errorf("%w: Xid 79", gpu.ErrLost)
			}
			return nil
		}}, nil
	}}
	d := &diary{}
	g, err := gpu.NewGuard([]gpu.Candidate{s.candidate("cuda")}, d.options())
	require.NoError(t, err)
	transcript, err := gpu.NewProver(g).Run(context.Background(), small, proofgpu.Seed{7}, 6, func(r gpu.Round) error {
		lose = r.Index == 2
		return nil
	})
	require.NoError(t, err)
	whole, err := gpu.NewProver(gpu.NewCPU(1)).Run(context.Background(), small, proofgpu.Seed{7}, 6, nil)
	require.NoError(t, err)
	require.Equal(t, whole, transcript, "the transcript shows nothing of it")
	require.Equal(t, 3, s.opened)
	require.Equal(t, 2, d.waits)
	require.Equal(t, 2, strings.Count(d.all(), "passed its self-test"))
	require.Contains(t, d.all(), "Xid 79")
}

func TestACardThatStaysAwayEndsTheWindowOrFallsBack(t *testing.T) {
	gone := func(opening int) (*cardfake.Device, error) {
		if opening > 1 {
			return nil, fmt.Errorf("%w: not on the bus", gpu.ErrLost)
		}
		return &cardfake.Device{Fail: func(string) error { return fmt.Errorf("%w: Xid 79", gpu.ErrLost) }}, nil
	}
	s := &slot{device: gone}
	g, err := gpu.NewGuard([]gpu.Candidate{s.candidate("cuda")}, (&diary{}).options())
	require.NoError(t, err)
	_, err = g.Round(context.Background(), small, proofgpu.Seed{1})
	require.ErrorIs(t, err, gpu.ErrLost)
	require.Equal(t, 3, s.opened)
	require.Contains(t, g.Describe(), "not on the bus")

	s = &slot{device: gone}
	g, err = gpu.NewGuard([]gpu.Candidate{s.candidate("cuda"), cpuCandidate()}, (&diary{}).options())
	require.NoError(t, err)
	root, err := g.Round(context.Background(), small, proofgpu.Seed{1})
	require.NoError(t, err)
	require.Equal(t, want(t, 1), root)
	require.Contains(t, g.Describe(), "not used: cuda: gpu: card is lost")
}

// TestATenantTakesTheMemory: the card is given back and waited for; the end of the
// window is a normal end.
func TestATenantTakesTheMemory(t *testing.T) {
	var last *cardfake.Device
	full := false
	s := &slot{device: func(int) (*cardfake.Device, error) {
		last = &cardfake.Device{}
		if full {
			last.MemoryLimit = 100
		}
		return last, nil
	}}
	d := &diary{then: func(waits int) { full = waits < 3 }}
	g, err := gpu.NewGuard([]gpu.Candidate{s.candidate("cuda"), cpuCandidate()}, d.options())
	require.NoError(t, err)
	_, err = g.Round(context.Background(), small, proofgpu.Seed{1})
	require.NoError(t, err)
	last.MemoryLimit, full = 100, true
	root, err := g.Round(context.Background(), proofgpu.Params{Version: 1, N: 128, B: 4, T: 5, MaxRounds: 9}, proofgpu.Seed{1})
	require.NoError(t, err)
	require.NotZero(t, root)
	require.Equal(t, 3, d.waits)
	require.Equal(t, "fake", g.Name(), "a full card is no reason to fall back")

	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	full = true
	last.MemoryLimit = 1
	d.then = func(waits int) {
		if waits == 6 {
			cancel()
		}
	}
	_, err = g.Round(ctx, proofgpu.Params{Version: 1, N: 256, B: 4, T: 5, MaxRounds: 9}, proofgpu.Seed{1})
	require.ErrorIs(t, err, context.Canceled)
}

// meter is a sensor whose reading tests set.
type meter struct {
	now gpu.Reading
	err error
}

func (m *meter) Read() (gpu.Reading, error) { return m.now, m.err }

func TestPausesForTenantsHeatAndMaintenance(t *testing.T) {
	for name, c := range map[string]struct {
		busy, almost, free gpu.Reading
		says               string
	}{
		"tenant":      {gpu.Reading{Tenants: 2}, gpu.Reading{Tenants: 1}, gpu.Reading{}, "2 other programs"},
		"maintenance": {gpu.Reading{Maintenance: true}, gpu.Reading{Maintenance: true}, gpu.Reading{}, "maintenance"},
		"heat": {
			gpu.Reading{Celsius: 90, LimitCelsius: 90, Throttled: true}, gpu.Reading{Celsius: 85, LimitCelsius: 90},
			gpu.Reading{Celsius: 81, LimitCelsius: 90}, "90 °C",
		},
	} {
		m := &meter{}
		var last *cardfake.Device
		s := &slot{device: func(int) (*cardfake.Device, error) { last = &cardfake.Device{}; return last, nil }}
		d := &diary{}
		o := d.options()
		o.Sensor, o.Poll = m, time.Nanosecond
		g, err := gpu.NewGuard([]gpu.Candidate{s.candidate("cuda")}, o)
		require.NoError(t, err)
		_, err = g.Round(context.Background(), small, proofgpu.Seed{1})
		require.NoError(t, err, name)
		working := last
		m.now = c.busy
		d.then = func(waits int) {
			require.True(t, working.Closed, "a resting card is given back")
			require.Contains(t, g.Describe(), "paused: ", name)
			if m.now = c.almost; waits >= 3 {
				m.now = c.free
			}
		}
		root, err := g.Round(context.Background(), small, proofgpu.Seed{2})
		require.NoError(t, err, name)
		require.Equal(t, want(t, 2), root)
		require.Equal(t, 3, d.waits, name)
		require.Contains(t, d.all(), c.says, name)
		require.Contains(t, d.all(), "work goes on", name)
		require.NotContains(t, g.Describe(), "paused", name)
		// A sensor that fails stops nothing.
		m.err = errors.New("no reading")
		_, err = g.Round(context.Background(), small, proofgpu.Seed{3})
		require.NoError(t, err, name)
	}
}

// TestALostCardsSensorDoesNotHoldTheNextCandidate: the sensor belongs to its card.
func TestALostCardsSensorDoesNotHoldTheNextCandidate(t *testing.T) {
	m := &meter{now: gpu.Reading{Lost: true}}
	s := &slot{device: healthy}
	watched := s.candidate("cuda")
	watched.Sensor = m
	d := &diary{}
	o := d.options()
	o.Poll = time.Nanosecond
	g, err := gpu.NewGuard([]gpu.Candidate{watched, cpuCandidate()}, o)
	require.NoError(t, err)
	root, err := g.Round(context.Background(), small, proofgpu.Seed{2})
	require.NoError(t, err)
	require.Equal(t, want(t, 2), root)
	require.Equal(t, "cpu", g.Name())
	require.Contains(t, g.Describe(), "no longer reaches it")
	// Alone, the card is waited for and taken up again.
	d.waits, d.then = 0, func(waits int) { m.now.Lost = waits < 2 }
	g, err = gpu.NewGuard([]gpu.Candidate{watched}, o)
	require.NoError(t, err)
	_, err = g.Round(context.Background(), small, proofgpu.Seed{2})
	require.NoError(t, err)
	require.Equal(t, 2, d.waits)
}

func TestPauseFileAndJoinedSensors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pause")
	joined := gpu.Sensors{gpu.PauseFile(path), &meter{now: gpu.Reading{Celsius: 50, LimitCelsius: 90, Tenants: 1}}, &meter{err: errors.New("broken")}}
	r, err := joined.Read()
	require.ErrorContains(t, err, "broken")
	require.Equal(t, gpu.Reading{Celsius: 50, LimitCelsius: 90, Tenants: 1}, r)
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	r, _ = joined.Read()
	require.True(t, r.Maintenance)
}

// TestASlowSelfTestOutlivesTheWindow: a machine too slow to test within a window
// works in the next one.
func TestASlowSelfTestOutlivesTheWindow(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &slot{device: func(int) (*cardfake.Device, error) {
		return &cardfake.Device{Fail: func(k string) error {
			if k == kernels.Expand {
				cancel()
			}
			return nil
		}}, nil
	}}
	d := &diary{}
	g, err := gpu.NewGuard([]gpu.Candidate{s.candidate("cuda")}, d.options())
	require.NoError(t, err)
	require.ErrorIs(t, g.Prepare(ctx, small), context.Canceled)
	require.NotContains(t, d.all(), "passed")
	_, err = g.Round(context.Background(), small, proofgpu.Seed{1})
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(d.all(), "passed"))
	require.Equal(t, 1, s.opened)
	// Close ends a running test and waits for it.
	require.ErrorIs(t, g.Prepare(ctx, proofgpu.Params{Version: 1, N: 512, B: 4, T: 5, MaxRounds: 9}), context.Canceled)
	require.NoError(t, g.Close())
}

func TestNewGuardNamesAllReasons(t *testing.T) {
	refuse := func(text string) gpu.Candidate {
		return gpu.Candidate{Name: text, Open: func() (gpu.Backend, error) { return nil, fmt.Errorf("%w: no %s here", gpu.ErrUnavailable, text) }}
	}
	_, err := gpu.NewGuard([]gpu.Candidate{refuse("cuda"), refuse("opencl")}, gpu.GuardOptions{})
	require.ErrorContains(t, err, "no cuda here")
	require.ErrorContains(t, err, "no opencl here")
	g, err := gpu.NewGuard([]gpu.Candidate{refuse("cuda"), refuse("opencl"), cpuCandidate()}, gpu.GuardOptions{})
	require.NoError(t, err)
	require.Equal(t, "cpu", g.Name())
	require.Contains(t, g.Describe(), "CPU reference")
	require.Contains(t, g.Describe(), "no cuda here")
}

// TestErrorsOfTheCallerAreNotTheCards: nothing is opened again for them.
func TestErrorsOfTheCallerAreNotTheCards(t *testing.T) {
	s := &slot{device: healthy}
	g, err := gpu.NewGuard([]gpu.Candidate{s.candidate("cuda")}, (&diary{}).options())
	require.NoError(t, err)
	_, err = g.Round(context.Background(), proofgpu.Params{}, proofgpu.Seed{})
	require.ErrorIs(t, err, proofgpu.ErrParams)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = g.Round(ctx, small, proofgpu.Seed{})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, s.opened)
	require.NoError(t, g.Close())
}

func TestGuardedPaths(t *testing.T) {
	s := &slot{device: healthy}
	g, err := gpu.NewGuard([]gpu.Candidate{s.candidate("cuda")}, (&diary{}).options())
	require.NoError(t, err)
	transcript, err := gpu.NewProver(g).Run(context.Background(), small, proofgpu.Seed{1}, 4, nil)
	require.NoError(t, err)
	_, err = gpu.Open(context.Background(), g, transcript, challengeFor(t, transcript, 1))
	require.NoError(t, err)
	require.NotNil(t, g.Unwrap())
	// A fake of the whole backend serves as a candidate too.
	fake := gpu.Candidate{Name: "fake", Open: func() (gpu.Backend, error) { return &gpufake.Backend{Corrupt: func(int) bool { return true }}, nil }}
	g, err = gpu.NewGuard([]gpu.Candidate{fake}, gpu.GuardOptions{})
	require.NoError(t, err)
	_, err = g.Round(context.Background(), small, proofgpu.Seed{})
	require.ErrorIs(t, err, gpu.ErrWrong)
}
