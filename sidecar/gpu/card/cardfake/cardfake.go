// Package cardfake is a card for tests: memory with a limit, the kernels in Go
// from the proof package's functions, and faults on demand.
package cardfake

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/card"
	"github.com/joulechain/joule/sidecar/gpu/kernels"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// Shift spaces handles: they are multiples of 2^Shift, so that a fake of a driver with plain
// addresses can tell handle and offset apart.
const Shift = 40

// slot is the bytes of the card's memory that a node takes; the last four keep what was there before.
const slot = 32

// Device implements card.Device. Set the fields before use, and Fail only between
// calls.
type Device struct {
	// Kinds lists the product kernels; empty: Product64.
	Kinds []card.Product
	// MemoryLimit bounds the sum of allocations in bytes; 0: no limit.
	MemoryLimit uint64
	// LateLimit bounds the strip's width that launches accept, as drivers do that
	// allocate at the first use; 0: no limit.
	LateLimit uint32
	// Fail, where set, is asked before each launch; its error is returned.
	Fail func(kernel string) error
	// WrongPatch, where set, says which patches of C (8×8 entries) of a round of
	// size n come out wrong.
	WrongPatch func(n, row, col uint32) bool

	mu       sync.Mutex
	memory   map[card.Memory][]byte
	next     card.Memory
	used     uint64
	strip    uint32 // first column of the strip on the card
	Launches map[string]int
	Closed   bool
}

var _ card.Device = (*Device)(nil)

// Name implements card.Device.
func (*Device) Name() string { return "fake" }

// Describe implements card.Device.
func (*Device) Describe() string { return "fake card for tests" }

// Products implements card.Device.
func (d *Device) Products() []card.Product {
	if len(d.Kinds) == 0 {
		return []card.Product{card.Product64}
	}
	return d.Kinds
}

// Used is the number of bytes allocated now.
func (d *Device) Used() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used
}

// Allocate implements card.Device.
func (d *Device) Allocate(bytes uint64) (card.Memory, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.MemoryLimit > 0 && d.used+bytes > d.MemoryLimit {
		return 0, fmt.Errorf("%w: %d bytes used, %d asked", gpu.ErrOutOfMemory, d.used, bytes)
	}
	if d.memory == nil {
		d.memory, d.next = map[card.Memory][]byte{}, 1<<Shift
	}
	m := d.next
	d.next += 1 << Shift
	d.memory[m] = make([]byte, bytes)
	for i := range d.memory[m] {
		d.memory[m][i] = 0xa5 // what was there before
	}
	d.used += bytes
	return m, nil
}

// Free implements card.Device.
func (d *Device) Free(m card.Memory) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.memory[m]; !ok {
		return fmt.Errorf("%w: free of memory %#x, which is not allocated", gpu.ErrDriver, m)
	}
	d.used -= uint64(len(d.memory[m]))
	delete(d.memory, m)
	return nil
}

// Write implements card.Device.
func (d *Device) Write(m card.Memory, data []byte) error {
	to, err := d.at(m, 0, len(data))
	copy(to, data)
	return err
}

// Read implements card.Device.
func (d *Device) Read(dst []byte, m card.Memory, offset uint64) error {
	from, err := d.at(m, offset, len(dst))
	copy(dst, from)
	return err
}

func (d *Device) at(m card.Memory, offset uint64, size int) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	raw, ok := d.memory[m]
	if !ok || offset+uint64(size) > uint64(len(raw)) {
		return nil, fmt.Errorf("%w: access of %d bytes at %d of memory %#x with %d bytes", gpu.ErrDriver, size, offset, m, len(raw))
	}
	return raw[offset : offset+uint64(size)], nil
}

// Wait implements card.Device.
func (d *Device) Wait() error { return nil }

// Close implements card.Device.
func (d *Device) Close() error {
	d.Closed = true
	if d.Used() != 0 {
		return fmt.Errorf("%w: %d bytes leaked", gpu.ErrDriver, d.Used())
	}
	return nil
}

// Launch implements card.Device.
func (d *Device) Launch(l card.Launch) error {
	if d.Fail != nil {
		if err := d.Fail(l.Kernel); err != nil {
			return err
		}
	}
	if d.Launches == nil {
		d.Launches = map[string]int{}
	}
	d.Launches[l.Kernel]++
	words := make([]uint32, len(l.Args))
	parts := make([][]byte, len(l.Args))
	for i, a := range l.Args {
		words[i] = a.Word
		if a.Memory != 0 {
			d.mu.Lock()
			parts[i] = d.memory[a.Memory]
			d.mu.Unlock()
		}
	}
	switch l.Kernel {
	case kernels.Expand:
		return d.expand(parts[0], parts[1], words[2], words[3], words[4], l.Groups)
	case kernels.Product64, kernels.Product128, kernels.ProductTensor:
		return d.product(l, parts, words[3], words[4], words[5], words[6])
	case kernels.Dump:
		dump(parts[0], parts[1], parts[2], words[3], words[4], words[5], words[6], l.Groups)
	case kernels.Reduce:
		reduce(parts[0], words[1], words[2], words[3])
	case kernels.Place:
		for i := range words[4] {
			to := uint32(proofgpu.LeafIndex(i, words[3]))
			copy(parts[1][to*slot:][:slot], parts[0][(words[2]+i)*slot:])
		}
	default:
		return fmt.Errorf("%w: no kernel %q", gpu.ErrBuild, l.Kernel)
	}
	return nil
}

func (d *Device) expand(to, seed []byte, first, n, side, groups uint32) error {
	s := proofgpu.Seed(seed)
	for i := range groups * 16 {
		line := to[int(i)*int(n) : int(i+1)*int(n)]
		if side == 0 {
			proofgpu.ExpandRow(line, s, first+i)
		} else {
			proofgpu.ExpandColumn(line, s, first+i)
		}
	}
	if side == 1 {
		d.strip = first
	}
	return nil
}

func (d *Device) product(l card.Launch, parts [][]byte, n, width, b, mode uint32) error {
	if d.LateLimit > 0 && width > d.LateLimit {
		return fmt.Errorf("%w: at the launch", gpu.ErrOutOfMemory)
	}
	if mode != 0 {
		return nil
	}
	var square uint32 // entries of a group
	for _, p := range []card.Product{card.Product64, card.Product128, card.ProductTensor} {
		if p.Kernel == l.Kernel {
			square = p.Rows * p.Cols
		}
	}
	across := width / 8
	var running sync.WaitGroup
	for row := range l.Groups * (square / 64) / across {
		running.Go(func() {
			for col := range across {
				digest := patchDigest(patchOf(parts[0], parts[1], n, row*8, col*8), b)
				if d.WrongPatch != nil && d.WrongPatch(n, row, d.strip/8+col) {
					digest[0] ^= 1
				}
				index := row/across*across*across + uint32(proofgpu.LeafIndex(row%across, col))
				copy(parts[2][index*slot:], digest[:])
			}
		})
	}
	running.Wait()
	return nil
}

func patchOf(a, bt []byte, n, row, col uint32) (patch [64]int32) {
	for i := range uint32(8) {
		left := a[(row+i)*n : (row+i+1)*n]
		for j := uint32(0); j < 8; j += 4 {
			right := bt[(col+j)*n : (col+j+4)*n]
			b0, b1, b2, b3 := right[:n], right[n:2*n], right[2*n:3*n], right[3*n:]
			b0, b1, b2, b3 = b0[:len(left)], b1[:len(left)], b2[:len(left)], b3[:len(left)]
			var s0, s1, s2, s3 int32
			for k, v := range left {
				x := int32(int8(v))
				s0 += x * int32(int8(b0[k]))
				s1 += x * int32(int8(b1[k]))
				s2 += x * int32(int8(b2[k]))
				s3 += x * int32(int8(b3[k]))
			}
			copy(patch[i*8+j:], []int32{s0, s1, s2, s3})
		}
	}
	return patch
}

func patchDigest(patch [64]int32, b uint32) proofgpu.Node {
	if b == 8 {
		return proofgpu.LeafHash(patch[:])
	}
	var leaves [4]proofgpu.Node
	for t := range leaves {
		var tile [16]int32
		for i := range 4 {
			copy(tile[4*i:], patch[(t/2*4+i)*8+t%2*4:][:4])
		}
		leaves[t] = proofgpu.LeafHash(tile[:])
	}
	return proofgpu.NodeHash(proofgpu.NodeHash(leaves[0], leaves[1]), proofgpu.NodeHash(leaves[2], leaves[3]))
}

func dump(a, bt, out []byte, n, firstRow, firstCol, columns, groups uint32) {
	for g := range groups {
		down, right := g/columns*64, g%columns*64
		for i := uint32(0); i < 64; i += 8 {
			for j := uint32(0); j < 64; j += 8 {
				patch := patchOf(a, bt, n, firstRow+down+i, firstCol+right+j)
				for e, v := range patch {
					at := (down+i+uint32(e)/8)*columns*64 + right + j + uint32(e)%8
					binary.LittleEndian.PutUint32(out[at*4:], uint32(v))
				}
			}
		}
	}
}

func reduce(nodes []byte, source, target, count uint32) {
	node := func(i uint32) proofgpu.Node { return proofgpu.Node(nodes[i*slot:]) }
	for i := range count {
		from := source + 4*i
		d := proofgpu.NodeHash(proofgpu.NodeHash(node(from), node(from+1)), proofgpu.NodeHash(node(from+2), node(from+3)))
		copy(nodes[(target+i)*slot:], d[:])
	}
}
