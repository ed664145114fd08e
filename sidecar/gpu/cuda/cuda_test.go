package cuda

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/card"
	"github.com/joulechain/joule/sidecar/gpu/dl"
	"github.com/joulechain/joule/sidecar/gpu/kernels"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

func params(n, b uint32) proofgpu.Params {
	return proofgpu.Params{Version: proofgpu.Version2, N: n, B: b, T: 5, MaxRounds: 1 << 10}
}

// TestHostSideOnAFakeDriver runs rounds and openings through every call that the
// backend makes, with the kernels' work done in Go.
func TestHostSideOnAFakeDriver(t *testing.T) {
	for _, c := range []fakeCard{hopper(), pascal()} {
		d := &driver{cards: []fakeCard{c}}
		device, err := d.table().open(0)
		require.NoError(t, err)
		b := card.New(device)
		for _, p := range []proofgpu.Params{params(64, 4), params(256, 4), params(256, 8)} {
			if p.N == 64 {
				c.device.Kinds = []card.Product{card.Product64}
			}
			seed := proofgpu.Seed{byte(p.N), byte(p.B)}
			want, err := gpu.NewCPU(1).Round(context.Background(), p, seed)
			require.NoError(t, err)
			got, err := b.Round(context.Background(), p, seed)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		if c.major == 9 {
			require.Positive(t, c.device.Launches[kernels.ProductTensor])
			require.Contains(t, d.image, ".target sm_80")
		} else {
			require.Zero(t, c.device.Launches[kernels.ProductTensor])
			require.Contains(t, d.image, ".target sm_61")
		}
		require.Contains(t, b.Describe(), c.name)
		require.NoError(t, b.Close())
		require.Zero(t, c.device.Used())
	}
}

func TestMissingLibraryAndSymbol(t *testing.T) {
	absent := func(names ...string) (dl.Library, error) { return nil, fmt.Errorf("%w: %v", dl.ErrLibrary, names) }
	_, err := Open(Options{Load: absent})
	require.ErrorIs(t, err, gpu.ErrUnavailable)
	require.ErrorIs(t, err, dl.ErrLibrary)
	require.ErrorContains(t, err, "libcuda.so.1")
	empty := func(...string) (dl.Library, error) { return old{}, nil }
	_, err = Open(Options{Load: empty})
	require.ErrorIs(t, err, gpu.ErrUnavailable)
	require.ErrorIs(t, err, dl.ErrSymbol)
	require.ErrorContains(t, err, "cuDeviceTotalMem_v2")
}

// old is a library from before CUDA 4.
type old struct{}

func (old) Name() string { return "libcuda.so.1" }
func (old) Symbol(name string) (uintptr, error) {
	if name == "cuDeviceTotalMem_v2" {
		return 0, dl.ErrSymbol
	}
	return 1, nil
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		bend  func(*driver)
		index int
		want  error
		text  string
	}{
		"no card":          {bend: func(d *driver) { d.cards = nil }, want: gpu.ErrUnavailable, text: "no card"},
		"driver without":   {bend: func(d *driver) { d.fail = map[string]result{"Init": 100} }, want: gpu.ErrUnavailable, text: "NO_DEVICE"},
		"old driver":       {bend: func(d *driver) { d.fail = map[string]result{"Init": 803} }, want: gpu.ErrUnavailable, text: "DRIVER_MISMATCH"},
		"index too high":   {bend: func(*driver) {}, index: 3, want: gpu.ErrUnavailable, text: "index is 3, the driver shows 1"},
		"index below zero": {bend: func(*driver) {}, index: -1, want: gpu.ErrUnavailable},
		"prohibited":       {bend: func(d *driver) { d.cards[0].mode = computeModeProhibited }, want: gpu.ErrBusy, text: "nvidia-smi"},
		"exclusive":        {bend: func(d *driver) { d.fail = map[string]result{"ContextRetain": 46} }, want: gpu.ErrBusy},
		"too old a card":   {bend: func(d *driver) { d.cards[0].major, d.cards[0].minor = 5, 2 }, want: kernels.ErrCard, text: "5.2"},
		"build error": {
			bend: func(d *driver) { d.fail, d.log = map[string]result{"ModuleLoad": 218}, "line 7: unknown instruction" },
			want: gpu.ErrBuild, text: "line 7: unknown instruction",
		},
		"driver too old for the PTX": {bend: func(d *driver) { d.fail = map[string]result{"ModuleLoad": 222} }, want: gpu.ErrBuild, text: "UNSUPPORTED_PTX_VERSION"},
	} {
		d := &driver{cards: []fakeCard{hopper()}}
		c.bend(d)
		_, err := d.table().open(c.index)
		require.ErrorIs(t, err, c.want, name)
		require.ErrorContains(t, err, c.text, name)
	}
}

func TestFailuresWhileWorking(t *testing.T) {
	for name, c := range map[string]struct {
		call string
		code result
		want error
	}{
		"off the bus":       {"CopyToHost", 999, gpu.ErrLost},
		"context gone":      {"ContextSet", 201, gpu.ErrLost},
		"illegal address":   {"CopyToHost", 700, gpu.ErrDriver},
		"uncorrectable ECC": {"Launch", 214, gpu.ErrDriver},
		"unknown code":      {"Launch", 12345, gpu.ErrDriver},
		"memory":            {"MemoryAllocate", 2, gpu.ErrOutOfMemory},
		"kernel missing":    {"ModuleFunction", 500, gpu.ErrBuild},
	} {
		d := &driver{cards: []fakeCard{pascal()}}
		device, err := d.table().open(0)
		require.NoError(t, err)
		b := card.New(device)
		d.fail = map[string]result{c.call: c.code}
		_, err = b.Round(context.Background(), params(64, 4), proofgpu.Seed{})
		require.ErrorIs(t, err, c.want, name)
		d.fail = nil
		require.NoError(t, b.Close(), name)
		require.Zero(t, d.cards[0].device.Used(), name)
	}
}

func TestSeveralCards(t *testing.T) {
	d := &driver{cards: []fakeCard{hopper(), pascal(), hopper()}}
	d.cards[2].bus = "0000:1c:00.0"
	a := d.table()
	infos, err := a.list()
	require.NoError(t, err)
	require.Len(t, infos, 3)
	require.EqualValues(t, 1_830_000_000, infos[0].ClockHz)
	require.Empty(t, duplicates(infos))
	second, err := a.open(1)
	require.NoError(t, err)
	require.Contains(t, second.Describe(), "GTX 1060")
	// Work on two cards interleaves on one thread: each call sets its own context.
	first, err := a.open(0)
	require.NoError(t, err)
	d.cards[0].device.Kinds = nil
	one, two := card.New(first), card.New(second)
	for range 2 {
		for _, b := range []*card.Backend{one, two} {
			_, err := b.Round(context.Background(), params(64, 4), proofgpu.Seed{})
			require.NoError(t, err)
		}
	}
	require.NoError(t, errors.Join(one.Close(), two.Close()))
	require.Zero(t, d.cards[0].device.Used()+d.cards[1].device.Used())

	// One card shown as three: a preloaded library. MIG instances are no such case.
	infos[1].Bus, infos[2].Bus = infos[0].Bus, infos[0].Bus
	require.Len(t, duplicates(infos), 2)
	for i := range infos {
		infos[i].Name = fmt.Sprintf("NVIDIA H200 MIG 1g.18gb %d", i)
	}
	require.Empty(t, duplicates(infos))
}

// TestSmallSharedMemory: a card of a later family may have less shared memory than
// the tensor kernel needs.
func TestSmallSharedMemory(t *testing.T) {
	c := hopper()
	c.shared = 65536
	device, err := (&driver{cards: []fakeCard{c}}).table().open(0)
	require.NoError(t, err)
	require.NotContains(t, device.Products(), card.ProductTensor)
}

func TestThisMachine(t *testing.T) {
	b, err := Open(Options{})
	if err != nil {
		require.ErrorIs(t, err, gpu.ErrUnavailable)
		t.Skip("no NVIDIA card here: ", err)
	}
	defer b.Close()
	t.Log(b.Describe())
	for _, p := range []proofgpu.Params{params(64, 4), params(256, 4), params(256, 8), params(1024, 4), params(2048, 8)} {
		want, err := gpu.NewCPU(0).Round(context.Background(), p, proofgpu.Seed{3})
		require.NoError(t, err)
		got, err := b.Round(context.Background(), p, proofgpu.Seed{3})
		require.NoError(t, err)
		require.Equal(t, want, got, "n=%d b=%d", p.N, p.B)
	}
}
