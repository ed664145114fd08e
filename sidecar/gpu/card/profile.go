package card

import (
	"context"
	"time"

	"github.com/joulechain/joule/sidecar/gpu"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

var _ gpu.Profiler = (*Backend)(nil)

// Profile implements gpu.Profiler. Each step is waited for, so that a profiled
// round is slower than one in a window; shares are what to read. Hash is what the product
// kernel takes longer with its hashing than without, and the levels above.
func (c *Backend) Profile(ctx context.Context, p proofgpu.Params, rounds uint64) (gpu.Shares, error) {
	var s gpu.Shares
	if err := p.Validate(); err != nil {
		return s, err
	}
	if err := c.reserve(p); err != nil {
		return s, err
	}
	timed := func(to *time.Duration, step func() error) func() error {
		return func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			start := time.Now()
			if err := step(); err != nil {
				return err
			}
			err := c.device.Wait()
			*to += time.Since(start)
			return err
		}
	}
	for s.Rounds < rounds {
		if err := c.profileRound(&s, proofgpu.Seed{byte(s.Rounds)}, timed); err != nil {
			return s, err
		}
		s.Rounds++
	}
	s.Hash = max(0, s.Hash-s.Product)
	return s, nil
}

func (c *Backend) profileRound(s *gpu.Shares, seed proofgpu.Seed, timed func(*time.Duration, func() error) func() error) error {
	l := c.layout
	steps := []func() error{
		timed(&s.Transfer, func() error { return c.device.Write(c.seed, seed[:]) }),
		timed(&s.Expansion, func() error { return c.expand(c.a, 0, l.n, 0) }),
	}
	for strip := range l.squares() {
		steps = append(steps,
			timed(&s.Expansion, func() error { return c.expand(c.strip, strip*l.width, l.width, 1) }),
			timed(&s.Product, func() error { return c.multiply(1) }),
			timed(&s.Hash, func() error { return c.multiply(0) }),
			timed(&s.Hash, func() error { return c.stripTree(strip) }))
	}
	var root proofgpu.Node
	steps = append(steps,
		timed(&s.Hash, func() error { _, err := c.topTree(); return err }),
		timed(&s.Transfer, func() error { return c.device.Read(root[:], c.top, 0) }))
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
