// Package telemetry reads a card's identity and health for its owner. Nothing it
// says decides payment: a driver's numbers can be forged, and a proof cannot.
//
// The numbers come from NVML through go-nvml, in builds with cgo and the tag nvml. In
// every other build, and without NVIDIA's library, Open says why there are none.
package telemetry

import (
	"errors"
	"fmt"
	"strings"

	"github.com/joulechain/joule/sidecar/gpu"
)

// ErrUnavailable means that this build or this machine has no telemetry.
var ErrUnavailable = errors.New("telemetry is not available")

// Card is one reading of one card. Fields that a card does not report are zero.
type Card struct {
	Index  int    `json:"index"`
	UUID   string `json:"uuid"`
	Serial string `json:"serial,omitempty"`
	Name   string `json:"name"`
	Bus    string `json:"pci_bus"`
	VBIOS  string `json:"vbios,omitempty"`
	Driver string `json:"driver"`
	// MIG: the card is cut into instances, whose UUIDs MIGInstances lists;
	// CUDA_VISIBLE_DEVICES chooses one for a process.
	MIG          bool     `json:"mig"`
	MIGInstances []string `json:"mig_instances,omitempty"`

	PowerWatts      float64 `json:"power_watts"`
	PowerLimitWatts float64 `json:"power_limit_watts"`
	// EnergyJoules counts since the driver was loaded.
	EnergyJoules float64 `json:"energy_joules"`
	Celsius      int     `json:"celsius"`
	// LimitCelsius is where the card slows itself down.
	LimitCelsius int    `json:"limit_celsius"`
	ClockMHz     uint32 `json:"clock_mhz"`
	MaxClockMHz  uint32 `json:"max_clock_mhz"`
	Throttled    bool   `json:"throttled"`
	// ECCErrors are uncorrected memory errors since the driver was loaded.
	ECCErrors uint64 `json:"ecc_errors"`
	// UtilisationPercent is the share of time in which any kernel ran.
	UtilisationPercent uint32 `json:"utilisation_percent"`
	MemoryUsedBytes    uint64 `json:"memory_used_bytes"`
	MemoryBytes        uint64 `json:"memory_bytes"`
	// Processes are the programs that compute on the card, by process id.
	Processes []int `json:"processes,omitempty"`
	// Lost: the driver no longer reaches the card.
	Lost bool `json:"lost,omitempty"`
}

// Source reads all cards.
type Source interface {
	// Cards returns a reading of every card, in the driver's order.
	Cards() ([]Card, error)
	// Close ends the connection to the driver.
	Close() error
}

// sensor is a gpu.Sensor on one card of a source.
type sensor struct {
	source Source
	bus    string
	self   int
}

// NewSensor watches the card at a PCI bus id, as CUDA or NVML writes it. self is
// this process's id: others that compute on the card are tenants.
func NewSensor(source Source, bus string, self int) gpu.Sensor {
	return sensor{source: source, bus: SameBus(bus), self: self}
}

// Read implements gpu.Sensor. A card that the driver no longer lists is lost.
func (s sensor) Read() (gpu.Reading, error) {
	cards, err := s.source.Cards()
	if err != nil {
		return gpu.Reading{}, err
	}
	for _, c := range cards {
		if SameBus(c.Bus) != s.bus {
			continue
		}
		r := gpu.Reading{Celsius: c.Celsius, LimitCelsius: c.LimitCelsius, Throttled: c.Throttled, Lost: c.Lost}
		for _, id := range c.Processes {
			if id != s.self && !c.MIG { // instances of one card are not told apart
				r.Tenants++
			}
		}
		return r, nil
	}
	return gpu.Reading{Lost: true}, nil
}

// At is the reading of the card at a PCI bus id; false where the source shows none, or cannot be read.
func At(source Source, bus string) (Card, bool) {
	cards, err := source.Cards()
	if err != nil {
		return Card{}, false
	}
	for _, c := range cards {
		if SameBus(c.Bus) == SameBus(bus) {
			return c, true
		}
	}
	return Card{}, false
}

// SameBus brings a PCI bus id to one form: NVML writes the domain with eight digits,
// CUDA with four.
func SameBus(id string) string {
	id = strings.ToLower(id)
	domain, rest, found := strings.Cut(id, ":")
	if !found || !strings.Contains(rest, ":") { // no domain
		return "0000:" + id
	}
	domain = strings.TrimLeft(domain, "0")
	return fmt.Sprintf("%04s:%s", domain, rest)
}
