package gpucheck

import (
	"context"
	"fmt"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/cuda"
	"github.com/joulechain/joule/sidecar/gpu/opencl"
)

// Hardware is what decides a card's peak; zero where not known.
type Hardware struct {
	Major, Minor    int
	Multiprocessors int
	ClockHz         uint64
}

var backends = []string{"cuda", "opencl", "cpu"}

// open opens a backend by one of these names.
func open(name string, index int) (gpu.Backend, Hardware, error) {
	var hardware Hardware
	switch name {
	case "opencl":
		b, err := opencl.Open(opencl.Options{Index: index})
		if err != nil {
			return nil, hardware, fmt.Errorf("opencl: %w", err)
		}
		return b, hardware, nil
	case "cuda":
		b, err := cuda.Open(cuda.Options{Index: index})
		if err != nil {
			return nil, hardware, fmt.Errorf("cuda: %w", err)
		}
		if cards, _, err := cuda.List(nil); err == nil && index < len(cards) {
			info := cards[index]
			hardware = Hardware{Major: info.Major, Minor: info.Minor, Multiprocessors: info.Multiprocessors, ClockHz: info.ClockHz}
		}
		return b, hardware, nil
	}
	return gpu.NewCPU(0), hardware, nil
}

// speed is `joule-sidecar bench gpu`, beside the card's peak.
func (c *check) speed(ctx context.Context, backend gpu.Backend, hardware Hardware) error {
	p := c.params(c.N, c.B)
	bench, err := gpu.MeasureRuns(ctx, backend, p, c.Length, c.Runs, func(run int) {
		c.Note(fmt.Sprintf("measuring n=%d, b=%d, run %d of %d", p.N, p.B, run+1, c.Runs))
	})
	if err != nil {
		return fmt.Errorf("measurement: %w", err)
	}
	s := speedOf(bench, gpu.PublishedPeak(backend.Describe()), hardware)
	c.report.Speed = &s
	return nil
}

func speedOf(bench gpu.Bench, published float64, h Hardware) Speed {
	s := Speed{
		Bench: bench, PublishedTOPS: published,
		ComputedTOPS: gpu.ComputedPeak(h.Major, h.Minor, h.Multiprocessors, float64(h.ClockHz)),
	}
	peak := s.PublishedTOPS
	if peak == 0 {
		peak = s.ComputedTOPS
	}
	if peak > 0 {
		s.INT8Share = bench.EffectiveTOPS / peak
		if bench.Product > 0 {
			s.ProductShare = s.INT8Share / bench.Product
		}
	}
	return s
}
