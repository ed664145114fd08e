//go:build nvml && cgo && linux

package telemetry

import (
	"fmt"
	"os"
	"testing"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/dgxa100"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/dgxb200"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/dgxh100"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/dgxh200"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/server"
	"github.com/stretchr/testify/require"
)

// answer sets what the mocks of go-nvml leave unset.
func answer(s *server.Server) *server.Server {
	for i, device := range s.Devices {
		d := device.(*server.Device)
		d.GetPciInfoFunc = func() (nvml.PciInfo, nvml.Return) {
			var pci nvml.PciInfo
			for at, b := range []byte(fmt.Sprintf("00000000:%02X:00.0", 0x10+i)) {
				pci.BusId[at] = int8(b)
			}
			return pci, nvml.SUCCESS
		}
		d.GetSerialFunc = func() (string, nvml.Return) { return fmt.Sprint(1000 + i), nvml.SUCCESS }
		d.GetVbiosVersionFunc = func() (string, nvml.Return) { return "96.00", nvml.SUCCESS }
		d.GetPowerUsageFunc = func() (uint32, nvml.Return) { return 123456, nvml.SUCCESS }
		d.GetEnforcedPowerLimitFunc = func() (uint32, nvml.Return) { return 700000, nvml.SUCCESS }
		d.GetTotalEnergyConsumptionFunc = func() (uint64, nvml.Return) { return 5_000_000, nvml.SUCCESS }
		d.GetTemperatureFunc = func(nvml.TemperatureSensors) (uint32, nvml.Return) { return 55, nvml.SUCCESS }
		d.GetTemperatureThresholdFunc = func(nvml.TemperatureThresholds) (uint32, nvml.Return) { return 87, nvml.SUCCESS }
		d.GetClockInfoFunc = func(nvml.ClockType) (uint32, nvml.Return) { return 1500, nvml.SUCCESS }
		d.GetMaxClockInfoFunc = func(nvml.ClockType) (uint32, nvml.Return) { return 1980, nvml.SUCCESS }
		d.GetCurrentClocksThrottleReasonsFunc = func() (uint64, nvml.Return) { return nvml.ClocksThrottleReasonHwThermalSlowdown, nvml.SUCCESS }
		d.GetTotalEccErrorsFunc = func(nvml.MemoryErrorType, nvml.EccCounterType) (uint64, nvml.Return) {
			return 9, nvml.ERROR_NOT_SUPPORTED
		}
		d.GetUtilizationRatesFunc = func() (nvml.Utilization, nvml.Return) { return nvml.Utilization{Gpu: 98}, nvml.SUCCESS }
		d.GetComputeRunningProcessesFunc = func() ([]nvml.ProcessInfo, nvml.Return) {
			return []nvml.ProcessInfo{{Pid: 42}, {Pid: uint32(os.Getpid())}}, nvml.SUCCESS
		}
	}
	return s
}

func TestMocksOfRealMachines(t *testing.T) {
	for name, s := range map[string]*server.Server{
		"A100": dgxa100.New(), "H100": dgxh100.New(), "H200": dgxh200.New(), "B200": dgxb200.New(),
	} {
		source, err := open(answer(s))
		require.NoError(t, err)
		cards, err := source.Cards()
		require.NoError(t, err)
		require.Len(t, cards, 8)
		for i, c := range cards {
			require.Contains(t, c.Name, name)
			require.NotEmpty(t, c.UUID)
			require.NotEmpty(t, c.Bus)
			require.NotEmpty(t, c.Driver)
			require.Positive(t, c.MemoryBytes)
			require.InDelta(t, 123.456, c.PowerWatts, 1e-9)
			require.InDelta(t, 700, c.PowerLimitWatts, 1e-9)
			require.InDelta(t, 5000, c.EnergyJoules, 1e-9)
			require.Equal(t, 87, c.LimitCelsius)
			require.True(t, c.Throttled)
			require.Zero(t, c.ECCErrors, "a card without the counter")
			require.Equal(t, fmt.Sprint(1000+i), c.Serial)
		}
		require.Empty(t, Warnings(cards))
		r, err := NewSensor(source, cards[3].Bus, os.Getpid()).Read()
		require.NoError(t, err)
		require.Equal(t, 1, r.Tenants)
		require.NoError(t, source.Close())
	}
}

func TestLostCardAndMissingDriver(t *testing.T) {
	s := answer(dgxh200.New())
	s.Devices[2].(*server.Device).GetPowerUsageFunc = func() (uint32, nvml.Return) { return 0, nvml.ERROR_GPU_IS_LOST }
	handle := s.DeviceGetHandleByIndexFunc
	s.DeviceGetHandleByIndexFunc = func(i int) (nvml.Device, nvml.Return) {
		if i == 5 {
			return nil, nvml.ERROR_GPU_IS_LOST
		}
		return handle(i)
	}
	source, err := open(s)
	require.NoError(t, err)
	cards, err := source.Cards()
	require.NoError(t, err)
	require.True(t, cards[2].Lost)
	require.True(t, cards[5].Lost)
	require.False(t, cards[0].Lost)
	s.InitFunc = func() nvml.Return { return nvml.ERROR_LIBRARY_NOT_FOUND }
	_, err = open(s)
	require.ErrorIs(t, err, ErrUnavailable)
	require.ErrorContains(t, err, "LIBRARY_NOT_FOUND")
}

func TestMIGInstances(t *testing.T) {
	s := answer(dgxh100.New())
	d := s.Devices[0].(*server.Device)
	d.GetMigModeFunc = func() (int, int, nvml.Return) { return nvml.DEVICE_MIG_ENABLE, nvml.DEVICE_MIG_ENABLE, nvml.SUCCESS }
	d.GetMaxMigDeviceCountFunc = func() (int, nvml.Return) { return 3, nvml.SUCCESS }
	d.GetMigDeviceHandleByIndexFunc = func(i int) (nvml.Device, nvml.Return) {
		if i == 1 {
			return nil, nvml.ERROR_NOT_FOUND
		}
		instance := dgxh100.NewDevice(i)
		instance.GetUUIDFunc = func() (string, nvml.Return) { return fmt.Sprintf("MIG-%d", i), nvml.SUCCESS }
		return instance, nvml.SUCCESS
	}
	source, err := open(s)
	require.NoError(t, err)
	cards, err := source.Cards()
	require.NoError(t, err)
	require.True(t, cards[0].MIG)
	require.Equal(t, []string{"MIG-0", "MIG-2"}, cards[0].MIGInstances)
	require.False(t, cards[1].MIG)
}
