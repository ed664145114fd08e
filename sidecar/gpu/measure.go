package gpu

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// Speed is what a backend achieved, for people and for planning; it decides
// nothing on the chain.
type Speed struct {
	Rounds  uint64
	Elapsed time.Duration
	N       uint32 // side of the matrices
}

// RoundsPerSecond returns the rate of finished rounds, 0 where none finished.
func (s Speed) RoundsPerSecond() float64 {
	if s.Elapsed <= 0 {
		return 0
	}
	return float64(s.Rounds) / s.Elapsed.Seconds()
}

// GMACs returns effective multiply-adds in 10^9 a second: expansion, hashing and
// everything else that a round needs count as time.
func (s Speed) GMACs() float64 {
	n := float64(s.N)
	return s.RoundsPerSecond() * n * n * n / 1e9
}

// Measure runs rounds for at least the given time and at least one round, and
// returns the speed. It fails where the backend fails or the context ends
// before the first round is done.
func Measure(ctx context.Context, backend Backend, p proofgpu.Params, atLeast time.Duration) (Speed, error) {
	seed := proofgpu.Seed(sha256.Sum256([]byte("joule/gpu/measure")))
	speed := Speed{N: p.N}
	start := time.Now()
	for speed.Rounds == 0 || speed.Elapsed < atLeast {
		root, err := backend.Round(ctx, p, seed)
		if err != nil {
			if speed.Rounds > 0 && errors.Is(err, ctx.Err()) {
				return speed, nil
			}
			return speed, err
		}
		seed = proofgpu.NextSeed(seed, speed.Rounds, root)
		speed.Rounds++
		speed.Elapsed = time.Since(start)
	}
	return speed, nil
}

// Shares says where rounds spend their time.
type Shares struct {
	Rounds                             uint64
	Product, Hash, Expansion, Transfer time.Duration
}

// Total is the sum of all parts.
func (s Shares) Total() time.Duration { return s.Product + s.Hash + s.Expansion + s.Transfer }

// Profiler is a backend that can tell its shares.
type Profiler interface {
	// Profile computes rounds step by step. It fails as Round does.
	Profile(ctx context.Context, p proofgpu.Params, rounds uint64) (Shares, error)
}

// Bench is what several runs on one backend achieved: medians over the runs.
type Bench struct {
	Runs            int     `json:"runs"`
	RoundsPerSecond float64 `json:"rounds_per_second"`
	Slowest         float64 `json:"slowest_run"`
	Fastest         float64 `json:"fastest_run"`
	// EffectiveTOPS counts a multiply-add as two operations; everything a round needs is in the time.
	EffectiveTOPS float64 `json:"effective_tops"`
	// Shares of a round's time, together 1; 0 where the backend cannot tell.
	Product   float64 `json:"share_product"`
	Hash      float64 `json:"share_hashing"`
	Expansion float64 `json:"share_expansion"`
	Transfer  float64 `json:"share_transfer"`
}

// MeasureRuns measures a backend that passed its self-test: runs of at least the given time, then a few rounds step by
// step for the shares. onRun, if set, is told before each run, counted from 0.
func MeasureRuns(ctx context.Context, backend Backend, p proofgpu.Params, atLeast time.Duration, runs int, onRun func(run int)) (Bench, error) {
	b := Bench{Runs: runs}
	rates := make([]float64, 0, runs)
	for run := range runs {
		if onRun != nil {
			onRun(run)
		}
		speed, err := Measure(ctx, backend, p, atLeast)
		if err != nil {
			return b, err
		}
		rates = append(rates, speed.RoundsPerSecond())
	}
	slices.Sort(rates)
	b.RoundsPerSecond, b.Slowest, b.Fastest = rates[len(rates)/2], rates[0], rates[len(rates)-1]
	n := float64(p.N)
	b.EffectiveTOPS = 2 * n * n * n * b.RoundsPerSecond / 1e12
	inner := backend
	if guard, ok := backend.(*Guard); ok {
		inner = guard.Unwrap()
	}
	profiler, ok := inner.(Profiler)
	if !ok {
		return b, nil
	}
	shares, err := profiler.Profile(ctx, p, uint64(max(1, min(20, 2*b.RoundsPerSecond))))
	if err != nil {
		return b, err
	}
	total := max(shares.Total().Seconds(), 1e-9)
	b.Product, b.Hash = shares.Product.Seconds()/total, shares.Hash.Seconds()/total
	b.Expansion, b.Transfer = shares.Expansion.Seconds()/total, shares.Transfer.Seconds()/total
	return b, nil
}
