package gpu

import (
	"context"
	"crypto/sha256"
	"errors"
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
