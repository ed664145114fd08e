package opencl

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/card"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// onDriver opens the first device of this machine, or skips.
func onDriver(t testing.TB, o Options) *card.Backend {
	t.Helper()
	b, err := Open(o)
	if errors.Is(err, gpu.ErrUnavailable) {
		t.Skip("no OpenCL driver here (for one on a processor: apt-get install pocl-opencl-icd ocl-icd-libopencl1): ", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

func params(n, b uint32) proofgpu.Params {
	return proofgpu.Params{Version: proofgpu.Version2, N: n, B: b, T: 5, MaxRounds: 1 << 10}
}

func randomSeed(k byte) (seed proofgpu.Seed) {
	rand.NewChaCha8([32]byte{k}).Read(seed[:])
	return seed
}

func TestSameRootsAsTheReference(t *testing.T) {
	b := onDriver(t, Options{})
	t.Log(b.Describe())
	reference := gpu.NewCPU(0)
	for _, n := range []uint32{64, 128, 256, 512, 1024} {
		for _, side := range []uint32{4, 8} {
			for k := range byte(2) {
				want, err := reference.Round(t.Context(), params(n, side), randomSeed(k))
				require.NoError(t, err)
				got, err := b.Round(t.Context(), params(n, side), randomSeed(k))
				require.NoError(t, err)
				require.Equal(t, want, got, "n=%d b=%d seed %d", n, side, k)
			}
		}
	}
}

// TestOpeningsAndWholeRounds checks trees, paths and, beyond what the reference could
// multiply in a test's time, the product itself.
func TestOpeningsAndWholeRounds(t *testing.T) {
	b := onDriver(t, Options{})
	for _, p := range []proofgpu.Params{params(64, 4), params(64, 8), params(512, 4), params(512, 8)} {
		last := p.Grid() - 1
		tiles := append(gpu.Corners(p), gpu.Tile{Row: 3, Col: 5}, gpu.Tile{Row: last / 2, Col: last/2 + 1})
		want, wantPaths, err := gpu.NewCPU(0).Paths(t.Context(), p, randomSeed(3), tiles)
		require.NoError(t, err)
		for range 2 { // strips, then one piece
			root, paths, err := b.Paths(t.Context(), p, randomSeed(3), tiles)
			require.NoError(t, err)
			require.Equal(t, want, root)
			require.Equal(t, wantPaths, paths)
			require.NoError(t, gpu.CheckTiles(t.Context(), b, p, randomSeed(3), want, tiles))
		}
	}
	largest := params(2048, 4)
	if testing.Short() {
		largest.N = 1024
	}
	require.NoError(t, gpu.CheckRound(t.Context(), b, largest, randomSeed(4)))
}

// TestExtremeLines: sums of ±2^30 through the product kernels and the dump.
func TestExtremeLines(t *testing.T) {
	b := onDriver(t, Options{})
	require.NoError(t, b.Extremes(t.Context()))
	shares, err := b.Profile(t.Context(), params(256, 4), 1)
	require.NoError(t, err)
	require.Positive(t, shares.Product)
	require.Positive(t, shares.Expansion)
}

// TestLargeGroups runs the product that GPUs use, which a processor does not choose.
func TestLargeGroups(t *testing.T) {
	b := onDriver(t, Options{prefer: []card.Product{card.Product128}})
	for _, p := range []proofgpu.Params{params(128, 4), params(256, 8), params(512, 4)} {
		require.NoError(t, gpu.CheckRound(t.Context(), b, p, randomSeed(5)))
	}
	require.NoError(t, b.Extremes(t.Context()))
}

// TestTensorKernelsLayout runs the tensor-core kernel with its instructions
// written out from the PTX ISA: everything but the hardware's own part is as on a card.
func TestTensorKernelsLayout(t *testing.T) {
	b := onDriver(t, Options{emulateTensor: true})
	reference := gpu.NewCPU(0)
	for _, p := range []proofgpu.Params{params(256, 4), params(256, 8)} {
		want, err := reference.Round(t.Context(), p, randomSeed(9))
		require.NoError(t, err)
		got, err := b.Round(t.Context(), p, randomSeed(9))
		require.NoError(t, err)
		require.Equal(t, want, got, "n=%d b=%d", p.N, p.B)
	}
}

func BenchmarkRound(b *testing.B) {
	backend := onDriver(b, Options{})
	for _, n := range []uint32{512, 2048} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if _, err := backend.Round(b.Context(), params(n, 4), randomSeed(byte(i))); err != nil {
					b.Fatal(err)
				}
			}
			rounds := float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rounds, "rounds/s")
			b.ReportMetric(rounds*float64(n)*float64(n)*float64(n)/1e9, "GMAC/s")
		})
	}
}
