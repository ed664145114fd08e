package gpu

import (
	"context"
	"fmt"
	"time"
)

// heed waits while the sensor says so. A card that has to rest is given back whole,
// so that a tenant has all its memory.
func (g *Guard) heed(ctx context.Context) error {
	var sensors Sensors
	for _, s := range []Sensor{g.o.Sensor, g.candidates[g.at].Sensor} {
		if s != nil {
			sensors = append(sensors, s)
		}
	}
	if len(sensors) == 0 || !g.resting && time.Since(g.looked) < g.o.Poll {
		return nil
	}
	for {
		g.looked = time.Now()
		reading, err := sensors.Read()
		if err != nil {
			g.o.Note("the card's sensor: " + err.Error()) // not knowing is no reason to stop
		}
		if reading.Lost {
			return fmt.Errorf("%w: its driver no longer reaches it", ErrLost)
		}
		reason := reading.pause(g.resting)
		if reading.Throttled != g.slowed {
			g.slowed = reading.Throttled
			g.o.Note(fmt.Sprintf("throttled by heat or power: %v, at %d °C", reading.Throttled, reading.Celsius))
		}
		if reason == "" {
			if g.resting {
				g.o.Note("work goes on")
			}
			g.resting = false
			return nil
		}
		if !g.resting {
			g.o.Note("paused: " + reason)
			g.drop(nil)
		}
		g.resting = true
		if err := g.rest(ctx, "paused: "+reason); err != nil {
			return err
		}
	}
}

// rest waits one poll, or returns the context's error.
func (g *Guard) rest(ctx context.Context, state string) error {
	g.show(state)
	return g.o.Wait(ctx, g.o.Poll)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
