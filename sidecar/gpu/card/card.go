package card

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/kernels"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// stripTime is how long a strip may take: a round that is too long for it is done
// in strips, so that a deadline is kept and a card with a screen stays usable.
const stripTime = 100 * time.Millisecond

// Backend is gpu.Backend on a Device.
type Backend struct {
	device Device
	layout layout // zero while nothing is allocated

	a, strip, nodes, top, band, seed Memory

	only  string  // the product kernel to use; empty: the fastest that fits
	rate  float64 // multiply-adds a second of the last round; 0: unknown
	bound uint32  // widest strip that memory allowed; 0: unknown
}

var _ gpu.Backend = (*Backend)(nil)

// New takes the device over; Close closes it.
func New(device Device) *Backend { return &Backend{device: device} }

// Products lists the product kernels of the card, the fastest first.
func (c *Backend) Products() []Product { return c.device.Products() }

// Restrict makes rounds use one product kernel, to check it by itself; empty means the fastest that fits. A round too
// small for the kernel fails.
func (c *Backend) Restrict(kernel string) error {
	c.only = kernel
	return c.release() // the layout depends on it
}

// products are the kernels that rounds may use.
func (c *Backend) products() (usable []Product) {
	for _, p := range c.device.Products() {
		if c.only == "" || c.only == p.Kernel {
			usable = append(usable, p)
		}
	}
	return usable
}

// Name implements gpu.Backend.
func (c *Backend) Name() string { return c.device.Name() }

// Describe implements gpu.Backend.
func (c *Backend) Describe() string { return c.device.Describe() }

// Close implements gpu.Backend.
func (c *Backend) Close() error {
	released := c.release()
	return errors.Join(released, c.device.Close())
}

// Round implements gpu.Backend.
func (c *Backend) Round(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed) (proofgpu.Node, error) {
	return c.round(ctx, p, seed, nil)
}

// round computes a round. After each strip, and while its tree is on the card,
// it calls after with the strip's number.
func (c *Backend) round(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed, after func(strip uint32) error) (proofgpu.Node, error) {
	if err := p.Validate(); err != nil {
		return proofgpu.Node{}, err
	}
	for {
		root, err := c.attempt(ctx, p, seed, after)
		// Drivers may find out only at the launch that memory is short.
		if errors.Is(err, gpu.ErrOutOfMemory) && c.layout.width > minWidth(p.N) {
			c.bound = c.layout.width / 2
			if err := c.release(); err != nil {
				return proofgpu.Node{}, err
			}
			continue
		}
		return root, err
	}
}

func (c *Backend) attempt(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed, after func(uint32) error) (proofgpu.Node, error) {
	var root proofgpu.Node
	if err := c.reserve(p); err != nil {
		return root, err
	}
	if err := ctx.Err(); err != nil {
		return root, err
	}
	start := time.Now()
	l := c.layout
	if err := c.start(seed); err != nil {
		return root, err
	}
	for s := range l.squares() {
		if err := c.stripProduct(s, 0); err != nil {
			return root, err
		}
		if err := c.stripTree(s); err != nil {
			return root, err
		}
		if after != nil {
			if err := after(s); err != nil {
				return root, err
			}
		}
		if l.squares() == 1 {
			break
		}
		if err := c.device.Wait(); err != nil {
			return root, err
		}
		if err := ctx.Err(); err != nil {
			return root, err
		}
	}
	last, err := c.topTree()
	if err != nil {
		return root, err
	}
	if err := c.device.Read(root[:], c.top, uint64(last)*slotSize); err != nil {
		return root, err
	}
	n := float64(p.N)
	c.rate = n * n * n / max(time.Since(start).Seconds(), 1e-6)
	return root, ctx.Err()
}

// start writes the seed and expands A.
func (c *Backend) start(seed proofgpu.Seed) error {
	if err := c.device.Write(c.seed, seed[:]); err != nil {
		return err
	}
	return c.expand(c.a, 0, c.layout.n, 0)
}

// expand makes count rows of A (side 0) or columns of B (side 1) from first on.
func (c *Backend) expand(to Memory, first, count, side uint32) error {
	return c.launch(kernels.Expand, count/16, memory(to), memory(c.seed), word(first), word(c.layout.n), word(side))
}

// stripProduct expands a strip of B and makes the digests of its patches. Mode 1
// leaves the hashing out.
func (c *Backend) stripProduct(strip, mode uint32) error {
	l := c.layout
	if err := c.expand(c.strip, strip*l.width, l.width, 1); err != nil {
		return err
	}
	return c.multiply(mode)
}

func (c *Backend) multiply(mode uint32) error {
	l := c.layout
	return c.device.Launch(Launch{
		Kernel: l.product.Kernel, Groups: l.n / l.product.Rows * (l.width / l.product.Cols), Items: l.product.Items, Shared: l.product.Shared,
		Args: []Arg{memory(c.a), memory(c.strip), memory(c.nodes), word(l.n), word(l.width), word(l.b), word(mode)},
	})
}

// stripTree reduces a strip to its squares' roots and puts them into the top tree.
func (c *Backend) stripTree(strip uint32) error {
	l := c.layout
	if err := c.reduce(c.nodes, l.levels(), l.count); err != nil {
		return err
	}
	squares := l.squares()
	return c.launch(kernels.Place, groups(squares),
		memory(c.nodes), memory(c.top), word(offset(l.levels(), l.count)), word(strip), word(squares))
}

// topTree reduces the squares' roots and returns the root's place.
func (c *Backend) topTree() (uint32, error) {
	l := c.layout
	return offset(l.topLevels(), l.topCount), c.reduce(c.top, l.topLevels(), l.topCount)
}

func (c *Backend) reduce(nodes Memory, levels int, count func(int) uint32) error {
	for k := range levels {
		err := c.launch(kernels.Reduce, groups(count(k+1)),
			memory(nodes), word(offset(k, count)), word(offset(k+1, count)), word(count(k+1)))
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Backend) launch(kernel string, count uint32, args ...Arg) error {
	return c.device.Launch(Launch{Kernel: kernel, Groups: count, Items: Items, Args: args})
}

func groups(items uint32) uint32 { return (items + Items - 1) / Items }
func memory(m Memory) Arg        { return Arg{Memory: m} }
func word(v uint32) Arg          { return Arg{Word: v} }

// reserve allocates for these parameters, as wide a strip as speed and memory
// suggest.
func (c *Backend) reserve(p proofgpu.Params) error {
	width := c.width(p.N)
	if c.layout.n == p.N && c.layout.width == width {
		c.layout.b = p.B
		return nil
	}
	for ; ; width /= 2 {
		if err := c.release(); err != nil {
			return err
		}
		l, err := fit(c.products(), p.N, p.B, width)
		if err != nil {
			return err
		}
		err = c.allocate(l)
		if err == nil {
			return nil
		}
		if !errors.Is(err, gpu.ErrOutOfMemory) {
			return err
		}
		c.bound = width / 2
		if width <= minWidth(p.N) {
			c.bound = 0
			return fmt.Errorf("%w: n=%d needs %d MiB", err, p.N, (l.bytes()+1<<20-1)>>20)
		}
	}
}

// width is the widest strip, a power of two, that memory held so far and that the
// last round's speed finishes within stripTime.
func (c *Backend) width(n uint32) uint32 {
	width := minWidth(n)
	for width < n && (c.bound == 0 || 2*width <= c.bound) && float64(n)*float64(n)*float64(2*width) <= c.rate*stripTime.Seconds() {
		width *= 2
	}
	return width
}

func (c *Backend) allocate(l layout) error {
	for _, part := range []struct {
		to    *Memory
		bytes uint64
	}{
		{&c.a, l.bytesA()},
		{&c.strip, l.bytesStrip()},
		{&c.nodes, l.bytesNodes()},
		{&c.top, l.bytesTop()},
		{&c.band, l.bytesBand()},
		{&c.seed, proofgpu.HashSize},
	} {
		m, err := c.device.Allocate(part.bytes)
		if err != nil {
			return errors.Join(err, c.release())
		}
		*part.to = m
	}
	c.layout = l
	return nil
}

func (c *Backend) release() error {
	var errs []error
	for _, m := range []*Memory{&c.a, &c.strip, &c.nodes, &c.top, &c.band, &c.seed} {
		if *m != 0 {
			errs = append(errs, c.device.Free(*m))
			*m = 0
		}
	}
	c.layout = layout{}
	return errors.Join(errs...)
}

// readNodes reads count nodes of a tree from index on.
func (c *Backend) readNodes(m Memory, index, count uint32) ([]proofgpu.Node, error) {
	raw := make([]byte, count*slotSize)
	if err := c.device.Read(raw, m, uint64(index)*slotSize); err != nil {
		return nil, err
	}
	nodes := make([]proofgpu.Node, count)
	for i := range nodes {
		copy(nodes[i][:], raw[i*slotSize:])
	}
	return nodes, nil
}

func entries(raw []byte) []int32 {
	out := make([]int32, len(raw)/4)
	for i := range out {
		out[i] = int32(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return out
}
