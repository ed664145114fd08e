package cmd

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/joulechain/joule/sidecar/health"
)

// printCards tells what each GPU device computes with and why, and how the machine's cards are.
func printCards(w io.Writer, r *health.Report) error {
	if len(r.GPUs) == 0 {
		return nil
	}
	rows := [][]string{{"\nGPU", "BACKEND", "CHOSEN", "NOT USED", "NOW"}}
	for _, g := range r.GPUs {
		now := "ready"
		if !g.Ready {
			now = "being made ready"
		}
		for _, text := range []string{g.Trouble, g.State} {
			if text != "" {
				now = text
			}
		}
		rows = append(rows, []string{g.Device, g.Backend, g.Chosen, orNone(g.NotUsed), now})
	}
	if err := table(w, rows); err != nil {
		return err
	}
	if r.Machine.Telemetry != "" {
		_, err := fmt.Fprintf(w, "Cards are not watched: %s\n", r.Machine.Telemetry)
		return err
	}
	rows = [][]string{{"\nCARD", "PCI", "DRIVER", "W", "°C", "MHZ", "USE", "MEMORY", "PROGRAMS"}}
	for _, c := range r.Machine.Cards {
		heat := strconv.Itoa(c.Celsius)
		if c.Throttled {
			heat += " throttled"
		}
		rows = append(rows, []string{
			fmt.Sprintf("%d %s", c.Index, c.Name), c.Bus, c.Driver, fmt.Sprintf("%.0f/%.0f", c.PowerWatts, c.PowerLimitWatts), heat,
			strconv.FormatUint(uint64(c.ClockMHz), 10), fmt.Sprintf("%d %%", c.UtilisationPercent),
			fmt.Sprintf("%d/%d MiB", c.MemoryUsedBytes>>20, c.MemoryBytes>>20), strings.Trim(fmt.Sprint(c.Processes), "[]"),
		})
	}
	return table(w, rows)
}
