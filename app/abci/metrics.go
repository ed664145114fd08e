package abci

import (
	"github.com/hashicorp/go-metrics"

	"github.com/cosmos/cosmos-sdk/telemetry"
)

func count(name string) {
	telemetry.IncrCounter(1, "lane", name)
}

func countLookup(outcome string) {
	if telemetry.IsTelemetryEnabled() {
		telemetry.IncrCounterWithLabels([]string{"lane", "verdicts"}, 1,
			[]metrics.Label{telemetry.NewLabel("outcome", outcome)})
	}
}

func countReason(name, reason string) {
	if telemetry.IsTelemetryEnabled() {
		telemetry.IncrCounterWithLabels([]string{"lane", name}, 1,
			[]metrics.Label{telemetry.NewLabel("reason", reason)})
	}
}

func setGauge(name string, value float32) {
	telemetry.SetGauge(value, "lane", name)
}
