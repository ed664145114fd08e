package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/joulechain/joule/sidecar/attest"
)

var (
	inForceDesc  = desc("attestation_in_force", "1 if the chain counts the device's hardware evidence in this epoch.", "device", "kind")
	leftDesc     = desc("attestation_epochs_left", "Epochs until the hardware evidence expires; 0 without any.", "device", "kind")
	tierDesc     = desc("attestation_tier_ratio", "What the device's units are multiplied by.", "device", "kind")
	attestedDesc = desc("attestations_total", "Attempts to show hardware evidence since start, by outcome.", "device", "kind", "outcome")
	attestDescs  = []*prometheus.Desc{inForceDesc, leftDesc, tierDesc, attestedDesc}
)

func collectAttestation(ch chan<- prometheus.Metric, s attest.Status) {
	put := func(desc *prometheus.Desc, kind prometheus.ValueType, x float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, kind, x, append([]string{s.Device, s.Kind}, labels...)...)
	}
	left := 0.0
	if s.ExpiresEpoch > s.CurrentEpoch {
		left = float64(s.ExpiresEpoch - s.CurrentEpoch)
	}
	put(inForceDesc, prometheus.GaugeValue, flag(s.InForce))
	put(leftDesc, prometheus.GaugeValue, left)
	put(tierDesc, prometheus.GaugeValue, max(1, float64(s.TierPpm)/1e6))
	put(attestedDesc, prometheus.CounterValue, float64(s.Accepted), "accepted")
	put(attestedDesc, prometheus.CounterValue, float64(s.Failed), "failed")
}
