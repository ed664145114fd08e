package opencl

import (
	"context"
	"errors"
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
	return proofgpu.Params{Version: proofgpu.Version1, N: n, B: b, T: 5, MaxRounds: 1 << 10}
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
				want, err := reference.Round(context.Background(), params(n, side), randomSeed(k))
				require.NoError(t, err)
				got, err := b.Round(context.Background(), params(n, side), randomSeed(k))
				require.NoError(t, err)
				require.Equal(t, want, got, "n=%d b=%d seed %d", n, side, k)
			}
		}
	}
}

// TestTensorKernelsLayout runs the tensor-core kernel with its instructions
// written out from the PTX ISA: everything but the hardware's own part is as on a card.
func TestTensorKernelsLayout(t *testing.T) {
	b := onDriver(t, Options{emulateTensor: true})
	reference := gpu.NewCPU(0)
	for _, p := range []proofgpu.Params{params(256, 4), params(256, 8), params(512, 4)} {
		want, err := reference.Round(context.Background(), p, randomSeed(9))
		require.NoError(t, err)
		got, err := b.Round(context.Background(), p, randomSeed(9))
		require.NoError(t, err)
		require.Equal(t, want, got, "n=%d b=%d", p.N, p.B)
	}
}
