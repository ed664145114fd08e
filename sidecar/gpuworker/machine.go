package gpuworker

import (
	"os"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/cuda"
	"github.com/joulechain/joule/sidecar/gpu/telemetry"
)

// Machine is what there is to say of this machine's cards, whichever of them are devices. It never decides payment.
type Machine struct {
	// Telemetry is empty where there is some, else why there is none.
	Telemetry string `json:"telemetry,omitempty"`
	// Cards are all that the driver shows, with their health.
	Cards []telemetry.Card `json:"cards,omitempty"`
	// Warnings name what does not fit together: one card shown as several, libraries loaded from odd places, lost
	// cards.
	Warnings []string `json:"warnings,omitempty"`
}

// driver is this process's connection to the NVIDIA driver's telemetry.
var driver = sync.OnceValues(telemetry.Open)

// Telemetry is the driver's telemetry; telemetry.ErrUnavailable says why there is none.
func Telemetry() (telemetry.Source, error) { return driver() }

// Examine reads all cards of the machine and looks for what does not fit together.
func Examine() Machine {
	source, err := driver()
	return examine(source, err, cudaWarnings(), telemetry.Shims(telemetry.Machine(), os.Environ()))
}

func examine(source telemetry.Source, err error, warnings ...[]string) Machine {
	var m Machine
	if err == nil {
		m.Cards, err = source.Cards()
	}
	if err != nil {
		m.Telemetry = err.Error()
	}
	for _, found := range append([][]string{telemetry.Warnings(m.Cards)}, warnings...) {
		m.Warnings = append(m.Warnings, found...)
	}
	return m
}

// cudaWarnings are those of the CUDA driver's own list, which needs no telemetry.
func cudaWarnings() []string {
	_, warnings, err := cuda.List(nil)
	if err != nil {
		return nil // without a driver there is no card that could be shown twice
	}
	return warnings
}

// examineEvery bounds how often Examiner asks the driver.
const examineEvery = 10 * time.Second

// Examiner remembers an examination for a while: status and metrics may be asked often. The zero value is ready; safe
// for concurrent use.
type Examiner struct {
	mu   sync.Mutex
	at   time.Time
	last Machine
}

// Examine is Examine, at most some seconds old.
func (e *Examiner) Examine() Machine {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.at.IsZero() || time.Since(e.at) > examineEvery {
		e.last, e.at = Examine(), time.Now()
	}
	return e.last
}

// CardBus is the PCI address of the CUDA card with this index; false where there is none.
func CardBus(index int) (string, bool) {
	cards, _, err := cuda.List(nil)
	if err != nil || index < 0 || index >= len(cards) {
		return "", false
	}
	return cards[index].Bus, true
}

// cardSensor watches for other programs on a card and its heat; nil without telemetry.
func cardSensor(index int) gpu.Sensor {
	source, err := driver()
	if err != nil {
		return nil
	}
	// Without the card there is nothing to watch; opening the backend says why.
	bus, ok := CardBus(index)
	if !ok {
		return nil
	}
	return telemetry.NewSensor(source, bus, os.Getpid())
}

// cardReader reads the telemetry of one CUDA card; nil without telemetry.
func cardReader(index int) func() (telemetry.Card, bool) {
	source, err := driver()
	if err != nil {
		return nil
	}
	bus, ok := CardBus(index)
	if !ok {
		return nil
	}
	return func() (telemetry.Card, bool) { return telemetry.At(source, bus) }
}
