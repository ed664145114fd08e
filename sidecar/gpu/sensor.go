package gpu

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Reading is what a sensor sees of a card now. Zero values mean unknown or no.
type Reading struct {
	// Maintenance: the owner has declared a pause.
	Maintenance bool
	// Tenants is the number of other programs that compute on the card.
	Tenants int
	// Celsius is the temperature, LimitCelsius the one at which the card slows
	// itself down.
	Celsius, LimitCelsius int
	// Throttled: the card runs below its clocks because of heat or power.
	Throttled bool
	// Lost: the card is no longer on the bus.
	Lost bool
}

// Sensor watches a card from outside the backend.
type Sensor interface {
	// Read takes a reading. An error means that nothing is known now.
	Read() (Reading, error)
}

// coolDown is how far below the limit a hot card must get before work goes on, so
// that it does not stop and go.
const coolDown = 8

// pause says why work must wait; resting tells that it waits already.
func (r Reading) pause(resting bool) string {
	limit := r.LimitCelsius
	if resting {
		limit -= coolDown
	}
	switch {
	case r.Maintenance:
		return "maintenance is declared"
	case r.Tenants > 0:
		return fmt.Sprintf("%d other programs compute on the card", r.Tenants)
	case r.LimitCelsius > 0 && r.Celsius >= limit:
		return fmt.Sprintf("%d °C, the card's limit is %d °C", r.Celsius, r.LimitCelsius)
	default:
		return ""
	}
}

// PauseFile declares maintenance while the file at its path exists.
type PauseFile string

// Read implements Sensor.
func (p PauseFile) Read() (Reading, error) {
	_, err := os.Stat(string(p))
	if errors.Is(err, fs.ErrNotExist) {
		return Reading{}, nil
	}
	return Reading{Maintenance: err == nil}, err
}

// Sensors joins several sensors; each adds what it knows.
type Sensors []Sensor

// Read implements Sensor. It returns what the readable sensors see.
func (s Sensors) Read() (Reading, error) {
	var all Reading
	var errs []error
	for _, sensor := range s {
		r, err := sensor.Read()
		errs = append(errs, err)
		all.Maintenance = all.Maintenance || r.Maintenance
		all.Tenants = max(all.Tenants, r.Tenants)
		all.Throttled = all.Throttled || r.Throttled
		all.Lost = all.Lost || r.Lost
		if r.Celsius > all.Celsius {
			all.Celsius, all.LimitCelsius = r.Celsius, r.LimitCelsius
		}
	}
	return all, errors.Join(errs...)
}
