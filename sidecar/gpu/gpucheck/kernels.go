package gpucheck

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/card"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// restrictable is a card with several product kernels, of which one can be chosen.
type restrictable interface {
	gpu.Streamer
	Products() []card.Product
	Restrict(kernel string) error
}

func seedOf(n uint32) proofgpu.Seed {
	return sha256.Sum256(fmt.Appendf(nil, "joule/gpu/check/%d", n))
}

// kernels compares every product kernel at every size and both tile sides with the reference.
func (c *check) kernels(ctx context.Context, backend gpu.Backend) error {
	for n := proofgpu.MinN; n <= c.N; n *= 2 {
		for _, b := range []uint32{4, 8} {
			if err := c.size(ctx, backend, c.params(n, b)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *check) size(ctx context.Context, backend gpu.Backend, p proofgpu.Params) error {
	names := []string{""}
	chooser, several := backend.(restrictable)
	if several {
		names = names[:0]
		for _, product := range chooser.Products() {
			if product.Fits(p.N) {
				names = append(names, product.Kernel)
			}
		}
	}
	want, how, err := c.reference(ctx, p, several)
	if err != nil {
		return err
	}
	for _, name := range names {
		if several {
			if err := chooser.Restrict(name); err != nil {
				return err
			}
		}
		label := name
		if label == "" {
			label = backend.Name()
		}
		step := c.step(fmt.Sprintf("%s at n=%d, b=%d", label, p.N, p.B), func() error {
			if how == ByEntries {
				return gpu.CheckRound(ctx, chooser, p, seedOf(p.N))
			}
			got, err := backend.Round(ctx, p, seedOf(p.N))
			if err == nil && got != want {
				err = fmt.Errorf("%w: root %x, the reference has %x", gpu.ErrWrong, got[:8], want[:8])
			}
			return err
		})
		c.report.Kernels = append(c.report.Kernels, Kernel{Kernel: label, N: p.N, B: p.B, How: how, Step: step})
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if several {
		return chooser.Restrict("")
	}
	return nil
}

// reserve is the part of the time that the reference leaves for the rest: whole checks by entries, where it is too
// slow.
const reserve = 90 * time.Second

// reference multiplies the round on this machine's processor, where the time that is left allows it.
func (c *check) reference(ctx context.Context, p proofgpu.Params, several bool) (root proofgpu.Node, how string, err error) {
	n := float64(p.N)
	work := n * n * n
	left := time.Until(c.end) - min(reserve, c.Limit/4)
	if several && c.rate > 0 && 1.3*work/c.rate > left.Seconds() {
		return root, ByEntries, nil
	}
	c.Note(fmt.Sprintf("the reference at n=%d, b=%d", p.N, p.B))
	start := time.Now()
	root, err = gpu.NewCPU(0).Round(ctx, p, seedOf(p.N))
	c.rate = work / max(time.Since(start).Seconds(), 1e-6)
	return root, ByReference, err
}
