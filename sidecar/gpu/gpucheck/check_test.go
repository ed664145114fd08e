package gpucheck

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/card"
	"github.com/joulechain/joule/sidecar/gpu/card/cardfake"
	"github.com/joulechain/joule/sidecar/gpu/kernels"
	"github.com/joulechain/joule/sidecar/gpu/telemetry"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

func all() *cardfake.Device {
	return &cardfake.Device{Kinds: []card.Product{card.ProductTensor, card.Product128, card.Product64}}
}

func onFake(d *cardfake.Device, n uint32) Options {
	return Options{
		Backend: "fake", N: n, B: 4, Runs: 1, Limit: time.Minute,
		Open: func() (gpu.Backend, Hardware, error) {
			return card.New(d), Hardware{Major: 9, Multiprocessors: 132, ClockHz: 1_830_000_000}, nil
		},
		// The real one takes seconds on a card that is a processor; its own tests are in sidecar/gpu/card.
		SelfTest: func(ctx context.Context, b gpu.Backend, p proofgpu.Params) error {
			return gpu.CheckRound(ctx, b.(gpu.Streamer), p, seedOf(1))
		},
		Telemetry: func() (telemetry.Source, error) { return nil, telemetry.ErrUnavailable },
	}
}

// TestEveryKernelIsCompared: each product kernel at each size that it fits, with both tile sides.
func TestEveryKernelIsCompared(t *testing.T) {
	d := all()
	r := Run(t.Context(), onFake(d, 256))
	require.True(t, r.OK, r.Error)
	require.Equal(t, Passed, r.Status())
	require.True(t, d.Closed)
	require.Zero(t, d.Used())
	got := map[string]int{}
	for _, k := range r.Kernels {
		require.True(t, k.OK)
		require.Equal(t, ByReference, k.How)
		got[fmt.Sprintf("%s %d", k.Kernel, k.N)]++
	}
	want := map[string]int{}
	for kernel, sizes := range map[string][]int{kernels.Product64: {64, 128, 256}, kernels.Product128: {128, 256}, kernels.ProductTensor: {256}} {
		for _, n := range sizes {
			want[fmt.Sprintf("%s %d", kernel, n)] = 2
		}
	}
	require.Equal(t, want, got)
	require.Len(t, r.Openings, 3)
	require.Positive(t, r.Speed.RoundsPerSecond)
	require.InEpsilon(t, 1979, r.Speed.ComputedTOPS, 0.01)
	require.InEpsilon(t, r.Speed.EffectiveTOPS/r.Speed.ComputedTOPS, r.Speed.INT8Share, 1e-9)
	require.Contains(t, r.NVML.Unavailable, "not available")
}

// TestAWrongPatchIsNamed: one patch of one kernel's rounds of one size.
func TestAWrongPatchIsNamed(t *testing.T) {
	d := all()
	wrong := false
	d.WrongPatch = func(n, row, col uint32) bool { return n == 512 && row == 3 && col == 50 && wrong }
	d.Fail = func(kernel string) error {
		wrong = kernel == kernels.Product128
		return nil
	}
	r := Run(t.Context(), onFake(d, 512))
	require.Equal(t, Failed, r.Status())
	require.Contains(t, r.Error, kernels.Product128+" at n=512")
	for _, k := range r.Kernels {
		require.Equal(t, k.Kernel != kernels.Product128 || k.N != 512, k.OK, k.What)
	}
}

func TestACardThatFailsTheSelfTestIsNotMeasured(t *testing.T) {
	d := all()
	d.WrongPatch = func(n, row, col uint32) bool { return n == 256 && row == 15 && col == 15 }
	r := Run(t.Context(), onFake(d, 256))
	require.Equal(t, Failed, r.Status())
	require.Contains(t, r.Error, "self-test at n=256")
	require.False(t, r.SelfTest.OK)
	require.Nil(t, r.Speed)
	require.Empty(t, r.Kernels)
}

// TestALongRoundIsComparedByEntries: where the time does not hold the reference's own product.
func TestALongRoundIsComparedByEntries(t *testing.T) {
	d := all()
	b := card.New(d)
	r := Report{}
	c := &check{Options: onFake(d, 256), report: &r, end: time.Now(), rate: 1}
	c.Note = func(string) {}
	require.NoError(t, c.size(t.Context(), b, c.params(256, 8)))
	require.Len(t, r.Kernels, 3)
	for _, k := range r.Kernels {
		require.Equal(t, ByEntries, k.How)
		require.True(t, k.OK, k.Error)
	}
	d.WrongPatch = func(_, row, col uint32) bool { return row == 1 && col == 2 }
	require.NoError(t, c.size(t.Context(), b, c.params(256, 8)))
	require.False(t, r.Kernels[3].OK)
	require.Contains(t, r.Error, "n=256, b=8")
	require.NoError(t, b.Close())
}

func TestTroubleOnTheWay(t *testing.T) {
	o := onFake(all(), 64)
	o.Open = func() (gpu.Backend, Hardware, error) {
		return nil, Hardware{}, fmt.Errorf("cuda: %w: no library", gpu.ErrUnavailable)
	}
	r := Run(t.Context(), o)
	require.Equal(t, Missing, r.Status())
	require.Equal(t, []string{"cuda: gpu: not available on this machine: no library"}, r.Missing)
	require.Empty(t, r.Error)

	o = onFake(&cardfake.Device{Fail: func(string) error { return fmt.Errorf("%w: test", gpu.ErrLost) }}, 64)
	r = Run(t.Context(), o)
	require.Equal(t, Failed, r.Status())
	require.Contains(t, r.Error, "lost")

	o = onFake(all(), 256)
	o.Limit = time.Nanosecond
	r = Run(t.Context(), o)
	require.Equal(t, Failed, r.Status())
	require.Contains(t, r.Error, "deadline")
	require.NotEmpty(t, r.Hardware, "what is known is told")
}

type cards struct{ err error }

func (c cards) Cards() ([]telemetry.Card, error) { return []telemetry.Card{{UUID: "a"}}, c.err }
func (cards) Close() error                       { return nil }

func TestTelemetryIsReadTwice(t *testing.T) {
	o := onFake(all(), 64)
	o.Telemetry = func() (telemetry.Source, error) { return cards{}, nil }
	r := Run(t.Context(), o)
	require.True(t, r.OK, r.Error)
	require.Len(t, r.NVML.Before, 1)
	require.Len(t, r.NVML.After, 1)
	o.Telemetry = func() (telemetry.Source, error) { return cards{errors.New("hangs")}, nil }
	r = Run(t.Context(), o)
	require.True(t, r.OK, "telemetry decides nothing")
	require.Equal(t, "hangs", r.NVML.Unavailable)
}

func TestOptions(t *testing.T) {
	good := Options{Backend: "cpu", N: 64, B: 4, Runs: 1, Limit: time.Second}
	require.NoError(t, good.Validate())
	for text, bend := range map[string]func(*Options){
		"n is 100":            func(o *Options) { o.N = 100 },
		"b is 5":              func(o *Options) { o.B = 5 },
		"runs is 0":           func(o *Options) { o.Runs = 0 },
		"limit 0s":            func(o *Options) { o.Limit = 0 },
		"run length is -1ns":  func(o *Options) { o.Length = -1 },
		`backend is "abacus"`: func(o *Options) { o.Backend = "abacus" },
	} {
		o := good
		bend(&o)
		require.ErrorContains(t, o.Validate(), text)
	}
}
