//go:build nvml && cgo && linux

package telemetry

import (
	"fmt"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
)

// Open connects to NVIDIA's driver.
func Open() (Source, error) { return open(nvml.New()) }

func open(lib nvml.Interface) (Source, error) {
	if code := lib.Init(); code != nvml.SUCCESS {
		return nil, fmt.Errorf("%w: NVML: %s", ErrUnavailable, code.Error())
	}
	return &source{lib: lib}, nil
}

type source struct{ lib nvml.Interface }

// Close implements Source.
func (s *source) Close() error {
	if code := s.lib.Shutdown(); code != nvml.SUCCESS {
		return fmt.Errorf("NVML: %s", code.Error())
	}
	return nil
}

// Cards implements Source. A card that fails one question is shown without that
// answer; a lost one with what is left of it.
func (s *source) Cards() ([]Card, error) {
	count, code := s.lib.DeviceGetCount()
	if code != nvml.SUCCESS {
		return nil, fmt.Errorf("NVML: number of cards: %s", code.Error())
	}
	driver, _ := s.lib.SystemGetDriverVersion()
	cards := make([]Card, 0, count)
	for i := range count {
		d, code := s.lib.DeviceGetHandleByIndex(i)
		if code != nvml.SUCCESS {
			cards = append(cards, Card{Index: i, Driver: driver, Lost: true})
			continue
		}
		c := Card{Index: i, Driver: driver}
		identify(&c, d)
		measure(&c, d)
		cards = append(cards, c)
	}
	return cards, nil
}

// ok keeps a value where the card gave one, and notices a lost card.
func ok[T any](c *Card, to *T) func(value T, code nvml.Return) {
	return func(value T, code nvml.Return) {
		switch code {
		case nvml.SUCCESS:
			*to = value
		case nvml.ERROR_GPU_IS_LOST:
			c.Lost = true
		}
	}
}

func identify(c *Card, d nvml.Device) {
	ok(c, &c.UUID)(d.GetUUID())
	ok(c, &c.Serial)(d.GetSerial())
	ok(c, &c.Name)(d.GetName())
	ok(c, &c.VBIOS)(d.GetVbiosVersion())
	if pci, code := d.GetPciInfo(); code == nvml.SUCCESS {
		var id []byte
		for _, b := range pci.BusId {
			if b == 0 {
				break
			}
			id = append(id, byte(b))
		}
		c.Bus = string(id)
	}
	current, _, code := d.GetMigMode()
	if c.MIG = code == nvml.SUCCESS && current == nvml.DEVICE_MIG_ENABLE; !c.MIG {
		return
	}
	most, code := d.GetMaxMigDeviceCount()
	for i := 0; code == nvml.SUCCESS && i < most; i++ {
		instance, found := d.GetMigDeviceHandleByIndex(i)
		if found != nvml.SUCCESS {
			continue // a free place
		}
		if id, code := instance.GetUUID(); code == nvml.SUCCESS {
			c.MIGInstances = append(c.MIGInstances, id)
		}
	}
}

// slowing are the reasons for lower clocks that cost an owner work.
const slowing = nvml.ClocksThrottleReasonHwSlowdown | nvml.ClocksEventReasonSwThermalSlowdown | nvml.ClocksThrottleReasonHwThermalSlowdown |
	nvml.ClocksThrottleReasonHwPowerBrakeSlowdown

func measure(c *Card, d nvml.Device) {
	var milliwatts, limit, celsius, limitCelsius uint32
	var millijoules, reasons uint64
	ok(c, &milliwatts)(d.GetPowerUsage())
	ok(c, &limit)(d.GetEnforcedPowerLimit())
	ok(c, &millijoules)(d.GetTotalEnergyConsumption())
	ok(c, &celsius)(d.GetTemperature(nvml.TEMPERATURE_GPU))
	ok(c, &limitCelsius)(d.GetTemperatureThreshold(nvml.TEMPERATURE_THRESHOLD_SLOWDOWN))
	ok(c, &c.ClockMHz)(d.GetClockInfo(nvml.CLOCK_SM))
	ok(c, &c.MaxClockMHz)(d.GetMaxClockInfo(nvml.CLOCK_SM))
	ok(c, &reasons)(d.GetCurrentClocksThrottleReasons())
	ok(c, &c.ECCErrors)(d.GetTotalEccErrors(nvml.MEMORY_ERROR_TYPE_UNCORRECTED, nvml.VOLATILE_ECC))
	c.PowerWatts, c.PowerLimitWatts, c.EnergyJoules = float64(milliwatts)/1000, float64(limit)/1000, float64(millijoules)/1000
	c.Celsius, c.LimitCelsius, c.Throttled = int(celsius), int(limitCelsius), reasons&slowing != 0
	var use nvml.Utilization
	ok(c, &use)(d.GetUtilizationRates())
	c.UtilisationPercent = use.Gpu
	var memory nvml.Memory
	ok(c, &memory)(d.GetMemoryInfo())
	c.MemoryUsedBytes, c.MemoryBytes = memory.Used, memory.Total
	var programs []nvml.ProcessInfo
	ok(c, &programs)(d.GetComputeRunningProcesses())
	for _, p := range programs {
		c.Processes = append(c.Processes, int(p.Pid))
	}
}
