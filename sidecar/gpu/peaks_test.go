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

// TestDenseOpsArePublished divides published figures: TOPS, multiprocessors and boost clock in MHz.
func TestDenseOpsArePublished(t *testing.T) {
	seen := map[int]bool{}
	for _, card := range []struct {
		name            string
		capability      int
		tops            float64
		multiprocessors int
		megahertz       float64
	}{
		{"Tesla P40", 61, 47, 30, 1531},
		{"Tesla V100", 70, 62.8, 80, 1530},
		{"Tesla T4", 75, 130, 40, 1590},
		{"NVIDIA A100", 80, 624, 108, 1410},
		{"NVIDIA A10", 86, 250, 72, 1695},
		{"GeForce RTX 3090", 86, 284, 82, 1695},
		{"Jetson AGX Orin", 87, 85, 16, 1300},
		{"NVIDIA L4", 89, 242, 58, 2040},
		{"GeForce RTX 4090", 89, 661, 128, 2520},
		{"NVIDIA H100 80GB HBM3", 90, 1979, 132, 1830},
		{"NVIDIA B200", 100, 4500, 148, 1850},
		{"GeForce RTX 5090", 120, 838, 170, 2407},
	} {
		computed := ComputedPeak(card.capability/10, card.capability%10, card.multiprocessors, card.megahertz*1e6)
		require.InEpsilon(t, card.tops, computed, 0.01, card.name)
		if listed := PublishedPeak("CUDA: " + card.name); listed != 0 {
			require.InDelta(t, card.tops, listed, 0, card.name)
		}
		seen[card.capability] = true
	}
	require.Len(t, seen, len(denseOps), "a family without a published figure")
	require.Zero(t, ComputedPeak(5, 2, 10, 1e9))
}
