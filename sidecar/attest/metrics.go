package attest

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/joulechain/joule/sidecar/metrics"
)

// NewCollector shows the state of all devices' hardware evidence.
func NewCollector(read func() []Status) prometheus.Collector {
	value := func(name, help string, kind prometheus.ValueType, of func(Status, metrics.Put), more ...string) metrics.Value[[]Status] {
		return metrics.Value[[]Status]{
			Name: name, Help: help, Kind: kind, Labels: append([]string{"device", "kind"}, more...),
			Of: func(all []Status, put metrics.Put) {
				for _, s := range all {
					of(s, func(x float64, more ...string) { put(x, append([]string{s.Device, s.Kind}, more...)...) })
				}
			},
		}
	}
	gauge, counter := prometheus.GaugeValue, prometheus.CounterValue
	return metrics.NewCollector(read,
		value("attestation_in_force", "1 if the chain counts the device's hardware evidence in this epoch.", gauge,
			metrics.Number(func(s Status) float64 { return metrics.Flag(s.InForce) })),
		value("attestation_epochs_left", "Epochs until the hardware evidence expires; 0 without any.", gauge,
			metrics.Number(func(s Status) float64 { return float64(s.ExpiresEpoch - min(s.CurrentEpoch, s.ExpiresEpoch)) })),
		value("attestation_tier_ratio", "What the device's units are multiplied by.", gauge,
			metrics.Number(func(s Status) float64 { return max(1, float64(s.TierPpm)/1e6) })),
		value("attestations_total", "Attempts to show hardware evidence since start, by outcome.", counter, func(s Status, put metrics.Put) {
			put(float64(s.Accepted), "accepted")
			put(float64(s.Failed), "failed")
		}, "outcome"),
	)
}
