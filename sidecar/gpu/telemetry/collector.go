package telemetry

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// collector reads the source at every scrape.
type collector struct {
	source Source
	up     *prometheus.Desc
	info   *prometheus.Desc
	values []value
}

type value struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(Card) float64
}

// NewCollector shows a source's cards as Prometheus metrics.
func NewCollector(source Source) prometheus.Collector {
	labels := []string{"uuid"}
	gauge := func(name, help string, of func(Card) float64) value {
		return value{prometheus.NewDesc("joule_sidecar_gpu_"+name, help, labels, nil), prometheus.GaugeValue, of}
	}
	counter := func(name, help string, of func(Card) float64) value {
		v := gauge(name, help, of)
		v.kind = prometheus.CounterValue
		return v
	}
	return &collector{
		source: source,
		up:     prometheus.NewDesc("joule_sidecar_gpu_telemetry_up", "1 if the driver answered.", nil, nil),
		info: prometheus.NewDesc("joule_sidecar_gpu_info", "Identity of a card; always 1.",
			[]string{"uuid", "index", "name", "serial", "pci_bus", "vbios", "driver", "mig"}, nil),
		values: []value{
			gauge("power_watts", "Power drawn now.", func(c Card) float64 { return c.PowerWatts }),
			gauge("power_limit_watts", "Power limit in force.", func(c Card) float64 { return c.PowerLimitWatts }),
			counter("energy_joules_total", "Energy drawn since the driver was loaded.", func(c Card) float64 { return c.EnergyJoules }),
			gauge("temperature_celsius", "Temperature of the chip.", func(c Card) float64 { return float64(c.Celsius) }),
			gauge("temperature_limit_celsius", "Temperature at which the card slows down.", func(c Card) float64 { return float64(c.LimitCelsius) }),
			gauge("clock_hertz", "Clock of the multiprocessors.", func(c Card) float64 { return float64(c.ClockMHz) * 1e6 }),
			gauge("clock_limit_hertz", "Highest clock of the multiprocessors.", func(c Card) float64 { return float64(c.MaxClockMHz) * 1e6 }),
			gauge("throttled", "1 while heat or power slows the card down.", func(c Card) float64 { return flag(c.Throttled) }),
			counter("ecc_errors_total", "Uncorrected memory errors since the driver was loaded.", func(c Card) float64 { return float64(c.ECCErrors) }),
			gauge("utilisation_ratio", "Share of time in which a kernel ran.", func(c Card) float64 { return float64(c.UtilisationPercent) / 100 }),
			gauge("memory_used_bytes", "Memory in use.", func(c Card) float64 { return float64(c.MemoryUsedBytes) }),
			gauge("memory_bytes", "Memory of the card.", func(c Card) float64 { return float64(c.MemoryBytes) }),
			gauge("programs", "Programs that compute on the card.", func(c Card) float64 { return float64(len(c.Processes)) }),
			gauge("lost", "1 if the driver no longer reaches the card.", func(c Card) float64 { return flag(c.Lost) }),
		},
	}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	to <- c.up
	to <- c.info
	for _, v := range c.values {
		to <- v.desc
	}
}

// Collect implements prometheus.Collector. Of cards with one UUID the first is shown:
// Prometheus refuses a metric twice, and Warnings names the case.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	cards, err := c.source.Cards()
	to <- prometheus.MustNewConstMetric(c.up, prometheus.GaugeValue, flag(err == nil))
	seen := map[string]bool{}
	for _, card := range cards {
		if seen[card.UUID] {
			continue
		}
		seen[card.UUID] = true
		to <- prometheus.MustNewConstMetric(c.info, prometheus.GaugeValue, 1,
			card.UUID, strconv.Itoa(card.Index), card.Name, card.Serial, card.Bus, card.VBIOS, card.Driver, strconv.FormatBool(card.MIG))
		for _, v := range c.values {
			to <- prometheus.MustNewConstMetric(v.desc, v.kind, v.of(card), card.UUID)
		}
	}
}

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
