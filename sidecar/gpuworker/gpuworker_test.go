package gpuworker_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpuworker"
	"github.com/joulechain/joule/sidecar/worker"
	proof "github.com/joulechain/joule/x/work/proof/gpu"
	worktypes "github.com/joulechain/joule/x/work/types"
)

func task() worker.Task {
	return worker.Task{
		ChainID: "c", DeviceID: bytes.Repeat([]byte{1}, 20), MaxUnits: math.MaxUint64,
		Window: worktypes.Window{
			Id: 7, SeedMix: bytes.Repeat([]byte{2}, 32), DrawAMix: bytes.Repeat([]byte{3}, 32), DrawBMix: bytes.Repeat([]byte{4}, 32),
			Gpu: worktypes.GpuParams{Version: proof.Version2, N: 64, B: 4, T: 2, MaxRounds: 5, MinRounds: 2, UnitShift: 18},
		},
	}
}

func cpu(t *testing.T) *gpuworker.Worker {
	t.Helper()
	b, err := gpuworker.OpenBackend(gpuworker.Options{Backend: "auto", Threads: 1})
	require.NoError(t, err)
	w := gpuworker.New(b)
	t.Cleanup(func() { w.Close() })
	return w
}

func TestWorksAndOpensForTheChainsVerifier(t *testing.T) {
	w, tk := cpu(t), task()
	var last uint64
	tk.Progress = func(done uint64) { last = done }
	res, err := w.Work(context.Background(), tk)
	require.NoError(t, err)
	require.EqualValues(t, 5, res.Rounds, "max_rounds ends the work")
	require.EqualValues(t, 5, res.Units)
	require.EqualValues(t, 5, last)
	opening, err := w.Open(context.Background(), tk, res.Payload, res.State)
	require.NoError(t, err)
	c, err := proof.UnmarshalCommitment(res.Payload)
	require.NoError(t, err)
	p, err := gpuworker.ParamsOf(tk.Window.Gpu)
	require.NoError(t, err)
	challenge := proof.Challenge{
		Seed0: proof.Seed0("c", 7, [32]byte(tk.Window.SeedMix), tk.DeviceID), Commitment: c,
		MixA: [32]byte(tk.Window.DrawAMix), MixB: [32]byte(tk.Window.DrawBMix),
	}
	require.NoError(t, proof.VerifyOpening(p, challenge, opening))
	challenge.MixB[0] ^= 1
	require.Error(t, proof.VerifyOpening(p, challenge, opening), "another draw needs another opening")

	_, err = w.Open(context.Background(), tk, res.Payload, res.State[:len(res.State)-1])
	require.ErrorIs(t, err, gpu.ErrTranscript)
	res.Payload[20] ^= 1
	_, err = w.Open(context.Background(), tk, res.Payload, res.State)
	require.ErrorIs(t, err, gpu.ErrChallenge, "the signed payload and the state must belong together")
}

func TestTheBondLimitsTheRounds(t *testing.T) {
	w, tk := cpu(t), task()
	tk.MaxUnits = 3
	res, err := w.Work(context.Background(), tk)
	require.NoError(t, err)
	require.EqualValues(t, 3, res.Rounds)
	tk.MaxUnits = 1
	_, err = w.Work(context.Background(), tk)
	require.ErrorIs(t, err, gpuworker.ErrBondTooSmall)
}

func TestDeadlineIsTheNormalEndAndCancelIsNot(t *testing.T) {
	w, tk := cpu(t), task()
	tk.Window.Gpu.MaxRounds = 1 << 20
	fake := clock.NewFake(time.Unix(0, 0))
	ctx, stop := clock.WithDeadline(context.Background(), fake, time.Unix(1, 0))
	defer stop()
	tk.Progress = func(done uint64) {
		if done == 4 {
			fake.Advance(time.Second)
			<-ctx.Done()
		}
	}
	res, err := w.Work(ctx, tk)
	require.NoError(t, err)
	require.EqualValues(t, 4, res.Rounds)

	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = w.Work(cancelled, tk)
	require.ErrorIs(t, err, context.Canceled)
}

func TestTooSlowCommitsNothing(t *testing.T) {
	w, tk := cpu(t), task()
	ctx, stop := clock.WithDeadline(context.Background(), clock.Real{}, time.Now())
	defer stop()
	<-ctx.Done()
	_, err := w.Work(ctx, tk)
	require.ErrorIs(t, err, worker.ErrTooSlow)
}

func TestUnusableWindows(t *testing.T) {
	w, tk := cpu(t), task()
	tk.Window.Gpu.Version = 9
	_, err := w.Work(context.Background(), tk)
	require.ErrorIs(t, err, gpuworker.ErrWindow)
	require.ErrorContains(t, err, "update it")
	tk = task()
	tk.Window.SeedMix = nil
	_, err = w.Work(context.Background(), tk)
	require.ErrorIs(t, err, gpuworker.ErrWindow)
	tk = task()
	tk.Window.DrawBMix = nil
	_, err = w.Open(context.Background(), tk, nil, nil)
	require.ErrorIs(t, err, gpuworker.ErrWindow)
}

func TestUnknownBackendNamesThoseOfThisBuild(t *testing.T) {
	_, err := gpuworker.OpenBackend(gpuworker.Options{Backend: "abacus", Threads: 0})
	require.True(t, errors.Is(err, gpuworker.ErrNoBackend))
	require.ErrorContains(t, err, "cpu")
}
