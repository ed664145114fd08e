package card

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/kernels"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// The seeds of a round never give extreme lines, so these are written directly:
// sums reach n·2^14 = 2^30 and its negative, where saturation or a narrower
// accumulator would show.
const (
	extremeDepth = proofgpu.MaxN
	extremeKinds = 5
)

func extremeLine(kind int) []byte {
	line := make([]byte, extremeDepth)
	low, high := byte(0x80), byte(0x7f) // -128 and 127
	for k := range line {
		switch {
		case kind == 0, kind == 2 && k%2 == 0, kind == 3 && k%2 == 1:
			line[k] = low
		case kind < 4:
			line[k] = high
		}
	}
	if kind == 4 {
		rand.NewChaCha8([32]byte{1}).Read(line) //nolint:errcheck // always nil by its contract
	}
	return line
}

// Extremes implements gpu.ExtremeTester: one group of each product kernel and of
// the dump on extreme lines of the largest n, compared entry by entry and digest by digest.
func (c *Backend) Extremes(ctx context.Context) error {
	var lines [extremeKinds][]byte
	var sums [extremeKinds][extremeKinds]int32
	for i := range lines {
		lines[i] = extremeLine(i)
	}
	for i := range lines {
		for j := range lines {
			for k, x := range lines[i] {
				sums[i][j] += int32(int8(x)) * int32(int8(lines[j][k]))
			}
		}
	}
	// Line i of A is of kind i/3%5, of B j/5%5: neighbouring lines differ.
	kindA, kindB := func(i int) int { return i / 3 % extremeKinds }, func(j int) int { return j / 5 % extremeKinds }
	for _, p := range c.device.Products() {
		if err := ctx.Err(); err != nil {
			return err
		}
		entry := func(i, j int) int32 { return sums[kindA(i)][kindB(j)] }
		if err := c.extremes(p, lines[:], kindA, kindB, entry); err != nil {
			return fmt.Errorf("%s: %w", p.Kernel, err)
		}
	}
	return nil
}

func (c *Backend) extremes(p Product, lines [][]byte, kindA, kindB func(int) int, entry func(i, j int) int32) (err error) {
	if err := c.release(); err != nil { // room on a small card
		return err
	}
	var taken []Memory
	defer func() {
		for _, m := range taken {
			err = errors.Join(err, c.device.Free(m))
		}
	}()
	take := func(bytes int) (Memory, error) {
		m, err := c.device.Allocate(uint64(bytes))
		if err == nil {
			taken = append(taken, m)
		}
		return m, err
	}
	load := func(count uint32, kind func(int) int) (Memory, error) {
		var all []byte
		for i := range int(count) {
			all = append(all, lines[kind(i)]...)
		}
		m, err := take(len(all))
		if err != nil {
			return 0, err
		}
		return m, c.device.Write(m, all)
	}
	a, err := load(p.Rows, kindA)
	if err != nil {
		return err
	}
	bt, err := load(p.Cols, kindB)
	if err != nil {
		return err
	}
	across := int(p.Cols / patch)
	nodes, err := take(across * across * slotSize)
	if err != nil {
		return err
	}
	block, err := take(64 * 64 * 4)
	if err != nil {
		return err
	}
	if err := c.launch(kernels.Dump, 1, memory(a), memory(bt), memory(block), word(extremeDepth), word(0), word(0), word(1)); err != nil {
		return err
	}
	raw := make([]byte, 64*64*4)
	if err := c.device.Read(raw, block, 0); err != nil {
		return err
	}
	for at, v := range entries(raw) {
		if want := entry(at/64, at%64); v != want {
			return fmt.Errorf("%w: entry %d, %d of extreme lines is %d, must be %d", gpu.ErrWrong, at/64, at%64, v, want)
		}
	}
	for _, b := range []int{4, 8} {
		err := c.device.Launch(Launch{
			Kernel: p.Kernel, Groups: 1, Items: p.Items, Shared: p.Shared,
			Args: []Arg{memory(a), memory(bt), memory(nodes), word(extremeDepth), word(p.Cols), word(uint32(b)), word(0)},
		})
		if err != nil {
			return err
		}
		got, err := c.readNodes(nodes, 0, uint32(across*across))
		if err != nil {
			return err
		}
		for row := range int(p.Rows / patch) {
			for col := range across {
				square := make([]int32, patch*patch)
				for e := range square {
					square[e] = entry(row*patch+e/patch, col*patch+e%patch)
				}
				_, want := siblings(nil, tileHashes(square, patch, patch, b), 0)
				if got[proofgpu.LeafIndex(uint32(row), uint32(col))] != want {
					return fmt.Errorf("%w: digest of extreme patch %d, %d for b=%d", gpu.ErrWrong, row, col, b)
				}
			}
		}
	}
	return nil
}
