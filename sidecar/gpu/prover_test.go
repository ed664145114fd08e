package gpu_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/gpufake"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

var small = proofgpu.Params{Version: proofgpu.Version2, N: 64, B: 4, T: 5, MaxRounds: 64}

func challengeFor(t *testing.T, transcript *gpu.Transcript, draw byte) proofgpu.Challenge {
	commitment, err := transcript.Commitment()
	require.NoError(t, err)
	return proofgpu.Challenge{Seed0: transcript.Seed0, Commitment: commitment, MixA: [32]byte{draw}, MixB: [32]byte{1, draw}}
}

func TestRunReportsEachRoundInOrder(t *testing.T) {
	var seen []gpu.Round
	transcript, err := gpu.NewProver(&gpufake.Backend{}).Run(context.Background(), small, proofgpu.Seed{1}, 5, func(r gpu.Round) error {
		seen = append(seen, r)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, seen, transcript.Rounds)
	require.Len(t, seen, 5)
	require.Equal(t, transcript.Seed0, seen[0].Seed)
	for i := 1; i < len(seen); i++ {
		require.Equal(t, uint64(i), seen[i].Index)
		require.Equal(t, proofgpu.NextSeed(transcript.Seed0, uint64(i-1), seen[i-1].Root), seen[i].Seed)
	}
}

func TestRunStopsAtTheLimits(t *testing.T) {
	p := small
	p.MaxRounds = 3
	for _, asked := range []uint64{0, 3, 100} {
		transcript, err := gpu.NewProver(&gpufake.Backend{}).Run(context.Background(), p, proofgpu.Seed{1}, asked, nil)
		require.NoError(t, err)
		require.Len(t, transcript.Rounds, 3)
	}
	_, err := gpu.NewProver(&gpufake.Backend{}).Run(context.Background(), proofgpu.Params{}, proofgpu.Seed{}, 1, nil)
	require.ErrorIs(t, err, proofgpu.ErrParams)
}

// TestDeadlineIsTheNormalEnd lets the window close in the middle of a round.
func TestDeadlineIsTheNormalEnd(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	transcript, err := gpu.NewProver(&gpufake.Backend{Delay: 5 * time.Millisecond}).Run(ctx, small, proofgpu.Seed{1}, 0, nil)
	require.NoError(t, err)
	require.Less(t, len(transcript.Rounds), int(small.MaxRounds))
}

func TestCancellationAndFaultsKeepFinishedRounds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	transcript, err := gpu.NewProver(gpu.NewCPU(2)).Run(ctx, small, proofgpu.Seed{1}, 0, func(r gpu.Round) error {
		if r.Index == 3 {
			cancel()
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, transcript.Rounds, 4)

	lost := errors.New("device lost")
	faulty := &gpufake.Backend{Fail: func(call int) error {
		if call == 2 {
			return lost
		}
		return nil
	}}
	transcript, err = gpu.NewProver(faulty).Run(context.Background(), small, proofgpu.Seed{1}, 0, nil)
	require.ErrorIs(t, err, lost)
	require.ErrorContains(t, err, "round 2 on fake")
	require.Len(t, transcript.Rounds, 2)

	full := errors.New("disk full")
	transcript, err = gpu.NewProver(&gpufake.Backend{}).Run(context.Background(), small, proofgpu.Seed{1}, 0, func(gpu.Round) error { return full })
	require.ErrorIs(t, err, full)
	require.Len(t, transcript.Rounds, 1)
}

// TestResumeAfterACrash stores the transcript at every round, kills the run,
// reads it back and continues: same commitment as without the crash.
func TestResumeAfterACrash(t *testing.T) {
	whole, err := gpu.NewProver(&gpufake.Backend{}).Run(context.Background(), small, proofgpu.Seed{4}, 9, nil)
	require.NoError(t, err)
	for crash := range 9 {
		part := gpu.NewTranscript(small, proofgpu.Seed{4})
		for _, round := range whole.Rounds[:crash] {
			part.Append(round.Root)
		}
		stored, err := part.MarshalBinary()
		require.NoError(t, err)

		var back gpu.Transcript
		require.NoError(t, back.UnmarshalBinary(stored))
		require.NoError(t, gpu.NewProver(gpu.NewCPU(0)).Resume(context.Background(), &back, 9, nil))
		require.Equal(t, *whole, back)
		_, err = gpu.Open(context.Background(), &gpufake.Backend{}, &back, challengeFor(t, &back, byte(crash)))
		require.NoError(t, err)
	}
}

func TestOpenAnswersForAnEarlierCommitment(t *testing.T) {
	backend := &gpufake.Backend{}
	transcript, err := gpu.NewProver(backend).Run(context.Background(), small, proofgpu.Seed{1}, 4, nil)
	require.NoError(t, err)
	c := challengeFor(t, transcript, 1)
	require.NoError(t, gpu.NewProver(backend).Resume(context.Background(), transcript, 7, nil))
	proof, err := gpu.Open(context.Background(), backend, transcript, c)
	require.NoError(t, err)
	require.NoError(t, proofgpu.VerifyOpening(small, c, proof))
}

func TestOpenComputesEachRoundOnce(t *testing.T) {
	backend := &gpufake.Backend{}
	transcript, err := gpu.NewProver(backend).Run(context.Background(), small, proofgpu.Seed{1}, 2, nil)
	require.NoError(t, err)
	before := backend.Calls()
	_, err = gpu.Open(context.Background(), backend, transcript, challengeFor(t, transcript, 1))
	require.NoError(t, err)
	require.LessOrEqual(t, backend.Calls()-before, 2)
}

func TestOpenRefusesWhatDoesNotBelong(t *testing.T) {
	backend := &gpufake.Backend{}
	transcript, err := gpu.NewProver(backend).Run(context.Background(), small, proofgpu.Seed{1}, 4, nil)
	require.NoError(t, err)
	good := challengeFor(t, transcript, 1)
	for name, bend := range map[string]func(*proofgpu.Challenge){
		"seed_0":               func(c *proofgpu.Challenge) { c.Seed0[0] ^= 1 },
		"the transcript has 4": func(c *proofgpu.Challenge) { c.Commitment.Rounds = 5 },
		"list root":            func(c *proofgpu.Challenge) { c.Commitment.Root[0] ^= 1 },
	} {
		c := good
		bend(&c)
		_, err := gpu.Open(context.Background(), backend, transcript, c)
		require.ErrorIs(t, err, gpu.ErrChallenge)
		require.ErrorContains(t, err, name)
	}
	zero := good
	zero.Commitment.Rounds = 0
	_, err = gpu.Open(context.Background(), backend, transcript, zero)
	require.ErrorIs(t, err, proofgpu.ErrCommitment)

	_, err = gpu.Open(context.Background(), &gpufake.Backend{Corrupt: func(int) bool { return true }}, transcript, good)
	require.ErrorIs(t, err, gpu.ErrRecompute)
	_, err = gpu.Open(context.Background(), &gpufake.Backend{Fail: func(int) error { return errors.New("no card") }}, transcript, good)
	require.ErrorContains(t, err, "no card")
}

// TestFaultyRoundIsCaughtBeforeSubmission commits to a root from bad memory. The
// device must hear of it from its own check, not from the chain.
func TestFaultyRoundIsCaughtBeforeSubmission(t *testing.T) {
	transcript, err := gpu.NewProver(&gpufake.Backend{Corrupt: func(int) bool { return true }}).Run(context.Background(), small, proofgpu.Seed{1}, 3, nil)
	require.NoError(t, err)
	_, err = gpu.Open(context.Background(), &gpufake.Backend{}, transcript, challengeFor(t, transcript, 1))
	require.ErrorIs(t, err, gpu.ErrRecompute)
	always := &gpufake.Backend{Corrupt: func(int) bool { return true }}
	_, err = gpu.Open(context.Background(), always, transcript, challengeFor(t, transcript, 1))
	require.ErrorIs(t, err, proofgpu.ErrListRoot)
}

func TestMeasure(t *testing.T) {
	speed, err := gpu.Measure(context.Background(), &gpufake.Backend{}, small, 0)
	require.NoError(t, err)
	require.Equal(t, uint64(1), speed.Rounds)
	require.Positive(t, speed.GMACs())
	require.Zero(t, gpu.Speed{}.GMACs())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = gpu.Measure(ctx, gpu.NewCPU(1), small, time.Hour)
	require.ErrorIs(t, err, context.Canceled)
}
