package gpu

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPublishedPeak(t *testing.T) {
	for description, want := range map[string]float64{
		"CUDA: NVIDIA H200, sm_90, 132 multiprocessors":               1979,
		"CUDA: NVIDIA H100 80GB HBM3, sm_90":                          1979,
		"CUDA: NVIDIA H100 PCIe, sm_90":                               1513,
		"CUDA: NVIDIA A100-SXM4-80GB, sm_80":                          624,
		"CUDA: NVIDIA A100 80GB, sm_80":                               624,
		"CUDA: NVIDIA A10, sm_86":                                     250,
		"CUDA: NVIDIA GeForce RTX 4090, sm_89":                        661,
		"OpenCL: NVIDIA GeForce RTX 4090, 128 units":                  661,
		"CUDA: NVIDIA GeForce RTX 4090 Laptop GPU, sm_89":             0,
		"CUDA: NVIDIA GeForce RTX 3090 Ti, sm_86":                     0,
		"CUDA: NVIDIA GeForce RTX 4090 D, sm_89":                      0,
		"CUDA: NVIDIA H200 MIG 1g.18gb, sm_90":                        0,
		"CUDA: NVIDIA A100-SXM4-80GB MIG 1g.10gb, sm_80":              0,
		"CPU reference, 2 workers, linux/amd64":                       0,
		"OpenCL: pthread-skylake-avx512-AMD EPYC, 2 units, 18906 MiB": 0,
	} {
		require.InDelta(t, want, PublishedPeak(description), 0, description)
	}
}
