package gpu_test

import (
	"context"
	"fmt"
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

func want(t *testing.T, seed byte) proofgpu.Node {
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
	require.ErrorIs(t, g.Prepare(ctx, proofgpu.Params{Version: proofgpu.Version2, N: 512, B: 4, T: 5, MaxRounds: 9}), context.Canceled)
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
