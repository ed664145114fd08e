// Package gpufake is a backend for tests: real products at small size on one
// core, with faults and delays on demand.
package gpufake

import (
	"context"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/gpu"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// Backend computes like the CPU reference and then does what its fields say.
// Set the fields before use.
type Backend struct {
	// Delay is added to every round; it ends early when the context ends.
	Delay time.Duration
	// Fail, where set, is asked before each call with the number of calls made so
	// far; its error is returned in place of a result.
	Fail func(call int) error
	// Corrupt, where set, says for the same number whether the returned root is
	// wrong, as from faulty memory.
	Corrupt func(call int) bool

	mu     sync.Mutex
	calls  int
	closed bool
	cpu    *gpu.CPU
}

var _ gpu.Backend = (*Backend)(nil)

// Name returns "fake".
func (*Backend) Name() string { return "fake" }

// Describe says that this is no hardware.
func (*Backend) Describe() string { return "fake backend for tests" }

// Calls returns how often Round and Paths were called.
func (b *Backend) Calls() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls
}

// Closed says whether Close was called.
func (b *Backend) Closed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

// Round implements gpu.Backend.
func (b *Backend) Round(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed) (proofgpu.Node, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	call, err := b.begin(ctx)
	if err != nil {
		return proofgpu.Node{}, err
	}
	root, err := b.cpu.Round(ctx, p, seed)
	b.bend(call, &root)
	return root, err
}

// Paths implements gpu.Backend.
func (b *Backend) Paths(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed, tiles []gpu.Tile) (proofgpu.Node, [][]proofgpu.Node, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	call, err := b.begin(ctx)
	if err != nil {
		return proofgpu.Node{}, nil, err
	}
	root, paths, err := b.cpu.Paths(ctx, p, seed, tiles)
	b.bend(call, &root)
	return root, paths, err
}

// Close implements gpu.Backend.
func (b *Backend) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}

func (b *Backend) begin(ctx context.Context) (call int, err error) {
	call = b.calls
	b.calls++
	if b.cpu == nil {
		b.cpu = gpu.NewCPU(1)
	}
	if b.Fail != nil {
		if err := b.Fail(call); err != nil {
			return call, err
		}
	}
	if b.Delay <= 0 {
		return call, ctx.Err()
	}
	select {
	case <-ctx.Done():
		return call, ctx.Err()
	case <-time.After(b.Delay):
		return call, nil
	}
}

func (b *Backend) bend(call int, root *proofgpu.Node) {
	if b.Corrupt != nil && b.Corrupt(call) {
		root[0] ^= 1
	}
}
