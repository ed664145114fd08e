package telemetry

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/gpu"
)

type fake struct {
	cards []Card
	err   error
}

func (f *fake) Cards() ([]Card, error) { return f.cards, f.err }
func (f *fake) Close() error           { return nil }

func two() []Card {
	return []Card{
		{Index: 0, UUID: "GPU-a", Name: "NVIDIA H200", Bus: "00000000:1B:00.0", PowerWatts: 650, EnergyJoules: 1000, Celsius: 60, LimitCelsius: 87, Processes: []int{7}},
		{Index: 1, UUID: "GPU-b", Name: "NVIDIA H200", Bus: "00000000:1C:00.0", PowerWatts: 70, Celsius: 40, LimitCelsius: 87, Processes: []int{7, 8, 9}},
	}
}

func TestOpenSaysWhyThereIsNone(t *testing.T) {
	s, err := Open()
	if err == nil {
		require.NoError(t, s.Close())
		t.Skip("this machine has NVML")
	}
	require.ErrorIs(t, err, ErrUnavailable)
}

func TestSensor(t *testing.T) {
	f := &fake{cards: two()}
	first := NewSensor(f, "0000:1b:00.0", 7) // CUDA's form
	r, err := first.Read()
	require.NoError(t, err)
	require.Equal(t, gpu.Reading{Celsius: 60, LimitCelsius: 87}, r)
	r, err = NewSensor(f, "00000000:1C:00.0", 7).Read()
	require.NoError(t, err)
	require.Equal(t, 2, r.Tenants)
	f.cards[0].Throttled = true
	r, _ = first.Read()
	require.True(t, r.Throttled)
	f.cards = f.cards[1:]
	r, _ = first.Read()
	require.True(t, r.Lost, "the driver no longer lists it")
	f.err = errors.New("no answer")
	_, err = first.Read()
	require.Error(t, err)
	for a, b := range map[string]string{"00000000:1B:00.0": "0000:1b:00.0", "1b:00.0": "0000:1b:00.0", "0001:1B:00.0": "00000001:1b:00.0"} {
		require.Equal(t, SameBus(a), SameBus(b))
	}
	require.NotEqual(t, SameBus("0001:1b:00.0"), SameBus("0000:1b:00.0"))
}

func TestWarnings(t *testing.T) {
	require.Empty(t, Warnings(two()))
	cards := two()
	cards[1].Bus, cards[1].ECCErrors = cards[0].Bus, 3
	all := strings.Join(Warnings(cards), "\n")
	require.Contains(t, all, "cards 0 and 1 both claim PCI address")
	require.Contains(t, all, "3 uncorrected memory errors")
	cards = two()
	cards[1].UUID, cards[0].Lost = cards[0].UUID, true
	all = strings.Join(Warnings(cards), "\n")
	require.Contains(t, all, "both claim UUID")
	require.Contains(t, all, "not reached")
}

func TestEnergyAgainstWork(t *testing.T) {
	before, after := two()[0], two()[0]
	after.EnergyJoules += 30 * 650
	window := func(tops float64) Work { return Work{MultiplyAdds: tops * 1e12 / 2 * 30, Elapsed: 30 * time.Second} }
	require.Empty(t, CompareEnergy(before, after, window(1200)), "what an H200 may reach")
	require.Contains(t, CompareEnergy(before, after, window(20000)), "drew 19500 J in 30s")
	idle := before
	idle.EnergyJoules += 30 * 70
	require.Contains(t, CompareEnergy(before, idle, window(1200)), "drew 2100 J")
	require.Empty(t, CompareEnergy(before, two()[1], window(20000)), "another card")
	after.EnergyJoules = 1
	require.Empty(t, CompareEnergy(before, after, window(20000)), "the driver was loaded again")
	require.Empty(t, CompareEnergy(before, idle, Work{MultiplyAdds: 1e18, Elapsed: time.Second}), "too short to tell")
}

func TestShims(t *testing.T) {
	require.Empty(t, Shims(fstest.MapFS{}, []string{"PATH=/bin", "LD_PRELOAD="}))
	root := fstest.MapFS{
		"etc/ld.so.preload":   {Data: []byte("/usr/lib/many.so\n")},
		"proc/self/mountinfo": {Data: []byte("36 35 98:0 / / rw - ext4 x rw\n90 36 0:5 /gpus /proc/driver/nvidia/gpus rw - tmpfs x rw\n")},
		"proc/self/maps": {Data: []byte("7f00-7f01 r-xp 0 08:01 1 /usr/lib/x86_64-linux-gnu/libcuda.so.550.54\n" +
			"7f02-7f03 r-xp 0 08:01 2 /home/u/libnvidia-ml.so.1\n7f04-7f05 r-xp 0 08:01 2 /home/u/libnvidia-ml.so.1\n")},
	}
	warnings := Shims(root, []string{"LD_PRELOAD=/tmp/x.so"})
	require.Len(t, warnings, 4)
	all := strings.Join(warnings, "\n")
	for _, text := range []string{"/tmp/x.so", "/usr/lib/many.so", "/proc/driver/nvidia/gpus", "/home/u/libnvidia-ml.so.1"} {
		require.Contains(t, all, text)
	}
}

func TestMetrics(t *testing.T) {
	f := &fake{cards: two()}
	c := NewCollector(f)
	require.NoError(t, testutil.CollectAndCompare(c, strings.NewReader(`
# HELP joule_sidecar_gpu_power_watts Power drawn now.
# TYPE joule_sidecar_gpu_power_watts gauge
joule_sidecar_gpu_power_watts{uuid="GPU-a"} 650
joule_sidecar_gpu_power_watts{uuid="GPU-b"} 70
# HELP joule_sidecar_gpu_energy_joules_total Energy drawn since the driver was loaded.
# TYPE joule_sidecar_gpu_energy_joules_total counter
joule_sidecar_gpu_energy_joules_total{uuid="GPU-a"} 1000
joule_sidecar_gpu_energy_joules_total{uuid="GPU-b"} 0
`), "joule_sidecar_gpu_power_watts", "joule_sidecar_gpu_energy_joules_total"))
	problems, err := testutil.CollectAndLint(c)
	require.NoError(t, err)
	require.Empty(t, problems)
	f.cards[1].UUID = f.cards[0].UUID // must not break the scrape
	require.Equal(t, 2+14, testutil.CollectAndCount(c))
	f.cards, f.err = nil, errors.New("no answer")
	require.Equal(t, 1, testutil.CollectAndCount(c))
}
