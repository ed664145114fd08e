package radioworker

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/joulechain/joule/sidecar/metrics"
)

// Collector implements worker.Metered.
func (w *Worker) Collector() prometheus.Collector { return NewCollector(w.opts.Device, w.Report) }

// NewCollector shows a radio device's report.
func NewCollector(device string, read func() Report) prometheus.Collector {
	gauge := func(name, help string, of func(Report) float64) metrics.Value[Report] {
		return metrics.Value[Report]{Name: name, Help: help, Kind: prometheus.GaugeValue, Of: metrics.Number(of)}
	}
	return metrics.OfDevice(device, read,
		metrics.Value[Report]{
			Name: "radio_packets_total", Help: "Radio packets that the gateway has handed over since start.", Kind: prometheus.CounterValue,
			Of: metrics.Number(packets),
		},
		metrics.Value[Report]{
			Name: "radio_forwarder_seconds", Help: "Unix time at which the packet forwarder last called.", Kind: prometheus.GaugeValue, Of: lastCall,
		},
		gauge("radio_beacon_epoch", "The epoch of the newest beacon.", func(r Report) float64 { return float64(r.newest().Epoch) }),
		gauge("radio_beacon_sent", "1 if the gateway took the newest beacon.", func(r Report) float64 { return metrics.Flag(r.newest().Sent) }),
		gauge("radio_receipts", "Receipts signed in the newest epoch.", receiptsOfNewest),
		gauge("radio_heard_me", "Radios that heard this one in the newest epochs.", func(r Report) float64 { return float64(len(r.HeardMe)) }),
		gauge("radio_i_heard", "Radios that this one heard in the newest epochs.", func(r Report) float64 { return float64(len(r.HeardBy)) }),
		metrics.Value[Report]{
			Name: "radio_verdicts", Help: "The newest receipts by reason's code; 0 is paid.", Kind: prometheus.GaugeValue, Labels: []string{"reason"}, Of: verdicts,
		},
		gauge("radio_hash_chain_ends", "The last epoch of the hash chain.", func(r Report) float64 { return float64(r.ChainEnds) }),
		gauge("radio_density_scale", "The density's share of full pay.", func(r Report) float64 { return r.Scale }),
		gauge("radio_problems", "Problems that status shows.", func(r Report) float64 { return float64(len(r.Problems)) }),
	)
}

func packets(r Report) float64 {
	if r.Forwarder == nil {
		return 0
	}
	return float64(r.Forwarder.Packets)
}

// lastCall is not shown before the forwarder has called.
func lastCall(r Report, put metrics.Put) {
	if r.Forwarder == nil {
		return
	}
	if last := newer(r.Forwarder.LastPull, r.Forwarder.LastPush); !last.IsZero() {
		put(float64(last.Unix()))
	}
}

func receiptsOfNewest(r Report) float64 {
	newest, n := uint64(0), 0
	for epoch, heard := range r.Heard {
		if epoch >= newest {
			newest, n = epoch, heard
		}
	}
	return float64(n)
}

func verdicts(r Report, put metrics.Put) {
	counts := map[uint32]int{}
	for _, v := range r.Verdicts {
		counts[v.Code]++
	}
	for code, n := range counts {
		put(float64(n), strconv.FormatUint(uint64(code), 10))
	}
}

// newest is the newest beacon; zero before the first.
func (r Report) newest() Beacon {
	if n := len(r.Beacons); n > 0 {
		return r.Beacons[n-1]
	}
	return Beacon{}
}
