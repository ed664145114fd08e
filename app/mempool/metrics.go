package mempool

import (
	"errors"

	"github.com/hashicorp/go-metrics"

	"github.com/cosmos/cosmos-sdk/telemetry"
	sdkmempool "github.com/cosmos/cosmos-sdk/types/mempool"

	"github.com/joulechain/joule/app/ante/lane"
)

// report sets the gauges and counts a refusal by its reason. The caller holds the lock.
func (p *Pool) report(refusal error) {
	if !telemetry.IsTelemetryEnabled() {
		return
	}
	telemetry.SetGauge(float32(p.paying.count()), "mempool", "paying", "txs")
	telemetry.SetGauge(float32(p.paying.bytes), "mempool", "paying", "bytes")
	telemetry.SetGauge(float32(p.displaced.txs), "mempool", "displaced", "txs")
	telemetry.SetGauge(float32(p.lane.count()), "mempool", "lane", "txs")
	telemetry.SetGauge(float32(p.lane.size().items), "mempool", "lane", "items")
	telemetry.SetGauge(float32(p.lane.size().bytes), "mempool", "lane", "bytes")
	telemetry.SetGauge(float32(p.lane.newcomers.Len()), "mempool", "lane", "newcomers")
	if refusal != nil {
		telemetry.IncrCounterWithLabels([]string{"mempool", "refused"}, 1,
			[]metrics.Label{telemetry.NewLabel("reason", reason(refusal))})
	}
}

// reason maps an error to one of few label values.
func reason(err error) string {
	switch {
	case errors.Is(err, lane.ErrLaneFull):
		return "lane_full"
	case errors.Is(err, lane.ErrNewcomersCap):
		return "newcomers_cap"
	case errors.Is(err, lane.ErrItemPending):
		return "item_pending"
	case errors.Is(err, sdkmempool.ErrMempoolTxMaxCapacity):
		return "paying_full"
	default:
		return "other"
	}
}
