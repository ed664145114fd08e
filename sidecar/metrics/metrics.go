// Package metrics counts what the sidecar does, for Prometheus. What a class, or the hardware evidence, has to tell is
// collected by its own package with a Collector of this one.
package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/joulechain/joule/sidecar/trace"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Metrics implements trace.Observer.
type Metrics struct {
	registry *prometheus.Registry
	steps    *prometheus.CounterVec
	nodeUp   *prometheus.GaugeVec
}

// Sample is what is read when metrics are asked for.
type Sample struct {
	Height    int64
	BlockTime time.Duration
	Skew      time.Duration
	FreeBytes uint64
	Pending   int
	Accepted  uint64
	Expired   uint64
	Rejected  uint64
	Devices   []DeviceSample
}

// DeviceSample is one device's part.
type DeviceSample struct {
	Name, DeviceID, Backend, State string
	Rounds                         uint64
	MaxUnits                       uint64
}

// New builds the registry; read is called at every scrape.
func New(read func() Sample) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		steps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "joule_sidecar_statement_steps_total", Help: "Steps that statements have passed, by device, phase and step.",
		}, []string{"device_id", "phase", "step"}),
		nodeUp: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "joule_sidecar_node_up", Help: "1 if the node answered the last request, 0 if it failed.",
		}, []string{"node"}),
	}
	m.registry.MustRegister(m.steps, m.nodeUp, sampler{read}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Registry is what /metrics serves.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// Reached implements trace.Observer.
func (m *Metrics) Reached(step trace.Step, deviceID []byte, _ uint64, phase worktypes.Phase) {
	m.steps.WithLabelValues(devicetypes.FormatDeviceID(deviceID), phase.String(), string(step)).Inc()
}

// Node notes whether a node answers.
func (m *Metrics) Node(address string, err error) {
	up := 1.0
	if err != nil {
		up = 0
	}
	m.nodeUp.WithLabelValues(address).Set(up)
}

var (
	heightDesc    = NewDesc("height", "Newest block height seen.")
	blockTimeDesc = NewDesc("block_time_seconds", "Measured time between blocks.")
	skewDesc      = NewDesc("clock_skew_seconds", "How far this machine's clock is ahead of the chain's; negative: behind.")
	freeDesc      = NewDesc("spool_free_bytes", "Free disk space of the spool's file system.")
	pendingDesc   = NewDesc("statements_pending", "Signed statements that the chain does not hold yet.")
	finalDesc     = NewDesc("statements_finished_total", "Statements that were closed since start, by outcome.", "outcome")
	deviceDesc    = NewDesc("device_info", "1 for each device; labels tell its backend and state.", "device", "device_id", "backend", "state")
	roundsDesc    = NewDesc("device_rounds", "Rounds done in the current window.", "device")
	unitsDesc     = NewDesc("device_bond_units", "Units that the bond covers in one window.", "device")
)

// sampler reads the sidecar's state at each scrape.
type sampler struct{ read func() Sample }

// Describe implements prometheus.Collector.
func (sampler) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{heightDesc, blockTimeDesc, skewDesc, freeDesc, pendingDesc, finalDesc, deviceDesc, roundsDesc, unitsDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (s sampler) Collect(ch chan<- prometheus.Metric) {
	v := s.read()
	gauge := func(d *prometheus.Desc, x float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, x, labels...)
	}
	gauge(heightDesc, float64(v.Height))
	gauge(blockTimeDesc, v.BlockTime.Seconds())
	gauge(skewDesc, v.Skew.Seconds())
	gauge(freeDesc, float64(v.FreeBytes))
	gauge(pendingDesc, float64(v.Pending))
	for outcome, n := range map[string]uint64{"accepted": v.Accepted, "expired": v.Expired, "rejected": v.Rejected} {
		ch <- prometheus.MustNewConstMetric(finalDesc, prometheus.CounterValue, float64(n), outcome)
	}
	for _, d := range v.Devices {
		gauge(deviceDesc, 1, d.Name, d.DeviceID, d.Backend, d.State)
		gauge(roundsDesc, float64(d.Rounds), d.Name)
		gauge(unitsDesc, float64(d.MaxUnits), d.Name)
	}
}
