package gpu_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/card/cardfake"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// TestATenantTakesTheMemory: the card is given back and waited for; the end of the
// window is a normal end.
func TestATenantTakesTheMemory(t *testing.T) {
	var last *cardfake.Device
	full := false
	s := &slot{device: func(int) (*cardfake.Device, error) {
		last = &cardfake.Device{}
		if full {
			last.MemoryLimit = 100
		}
		return last, nil
	}}
	d := &diary{then: func(waits int) { full = waits < 3 }}
	g, err := gpu.NewGuard([]gpu.Candidate{s.candidate("cuda"), cpuCandidate()}, d.options())
	require.NoError(t, err)
	_, err = g.Round(context.Background(), small, proofgpu.Seed{1})
	require.NoError(t, err)
	last.MemoryLimit, full = 100, true
	root, err := g.Round(context.Background(), proofgpu.Params{Version: proofgpu.Version2, N: 128, B: 4, T: 5, MaxRounds: 9}, proofgpu.Seed{1})
	require.NoError(t, err)
	require.NotZero(t, root)
	require.Equal(t, 3, d.waits)
	require.Equal(t, "fake", g.Name(), "a full card is no reason to fall back")

	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	full = true
	last.MemoryLimit = 1
	d.then = func(waits int) {
		if waits == 6 {
			cancel()
		}
	}
	_, err = g.Round(ctx, proofgpu.Params{Version: proofgpu.Version2, N: 256, B: 4, T: 5, MaxRounds: 9}, proofgpu.Seed{1})
	require.ErrorIs(t, err, context.Canceled)
}

// meter is a sensor whose reading tests set.
type meter struct {
	now gpu.Reading
	err error
}

func (m *meter) Read() (gpu.Reading, error) { return m.now, m.err }

func TestPausesForTenantsHeatAndMaintenance(t *testing.T) {
	for name, c := range map[string]struct {
		busy, almost, free gpu.Reading
		says               string
	}{
		"tenant":      {gpu.Reading{Tenants: 2}, gpu.Reading{Tenants: 1}, gpu.Reading{}, "2 other programs"},
		"maintenance": {gpu.Reading{Maintenance: true}, gpu.Reading{Maintenance: true}, gpu.Reading{}, "maintenance"},
		"heat": {
			gpu.Reading{Celsius: 90, LimitCelsius: 90, Throttled: true},
			gpu.Reading{Celsius: 85, LimitCelsius: 90},
			gpu.Reading{Celsius: 81, LimitCelsius: 90},
			"90 °C",
		},
	} {
		m := &meter{}
		var last *cardfake.Device
		s := &slot{device: func(int) (*cardfake.Device, error) { last = &cardfake.Device{}; return last, nil }}
		d := &diary{}
		o := d.options()
		o.Sensor, o.Poll = m, time.Nanosecond
		g, err := gpu.NewGuard([]gpu.Candidate{s.candidate("cuda")}, o)
		require.NoError(t, err)
		_, err = g.Round(context.Background(), small, proofgpu.Seed{1})
		require.NoError(t, err, name)
		working := last
		m.now = c.busy
		d.then = func(waits int) {
			require.True(t, working.Closed, "a resting card is given back")
			require.Contains(t, g.Describe(), "paused: ", name)
			if m.now = c.almost; waits >= 3 {
				m.now = c.free
			}
		}
		root, err := g.Round(context.Background(), small, proofgpu.Seed{2})
		require.NoError(t, err, name)
		require.Equal(t, want(t, 2), root)
		require.Equal(t, 3, d.waits, name)
		require.Contains(t, d.all(), c.says, name)
		require.Contains(t, d.all(), "work goes on", name)
		require.NotContains(t, g.Describe(), "paused", name)
		// A sensor that fails stops nothing.
		m.err = errors.New("no reading")
		_, err = g.Round(context.Background(), small, proofgpu.Seed{3})
		require.NoError(t, err, name)
	}
}

// TestALostCardsSensorDoesNotHoldTheNextCandidate: the sensor belongs to its card.
func TestALostCardsSensorDoesNotHoldTheNextCandidate(t *testing.T) {
	m := &meter{now: gpu.Reading{Lost: true}}
	s := &slot{device: healthy}
	watched := s.candidate("cuda")
	watched.Sensor = m
	d := &diary{}
	o := d.options()
	o.Poll = time.Nanosecond
	g, err := gpu.NewGuard([]gpu.Candidate{watched, cpuCandidate()}, o)
	require.NoError(t, err)
	root, err := g.Round(context.Background(), small, proofgpu.Seed{2})
	require.NoError(t, err)
	require.Equal(t, want(t, 2), root)
	require.Equal(t, "cpu", g.Name())
	require.Contains(t, g.Describe(), "no longer reaches it")
	// Alone, the card is waited for and taken up again.
	d.waits, d.then = 0, func(waits int) { m.now.Lost = waits < 2 }
	g, err = gpu.NewGuard([]gpu.Candidate{watched}, o)
	require.NoError(t, err)
	_, err = g.Round(context.Background(), small, proofgpu.Seed{2})
	require.NoError(t, err)
	require.Equal(t, 2, d.waits)
}

func TestPauseFileAndJoinedSensors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pause")
	joined := gpu.Sensors{gpu.PauseFile(path), &meter{now: gpu.Reading{Celsius: 50, LimitCelsius: 90, Tenants: 1}}, &meter{err: errors.New("broken")}}
	r, err := joined.Read()
	require.ErrorContains(t, err, "broken")
	require.Equal(t, gpu.Reading{Celsius: 50, LimitCelsius: 90, Tenants: 1}, r)
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	r, _ = joined.Read()
	require.True(t, r.Maintenance)
}
