package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// RadioSample is a radio device's part.
type RadioSample struct {
	Device string
	// Packets, LastPull and LastPush are of its packet forwarder; zero before it called.
	Packets            uint64
	LastPull, LastPush time.Time
	// BeaconEpoch is the epoch of the newest beacon, BeaconSent whether the gateway took it.
	BeaconEpoch uint64
	BeaconSent  bool
	// Receipts are those signed in Epoch.
	Epoch    uint64
	Receipts int
	// HeardMe and IHeard count the neighbours of the newest epochs; Verdicts the newest receipts by reason's code.
	HeardMe, IHeard int
	Verdicts        map[uint32]int
	ChainEnds       uint64
	// Scale is the density's share of full pay, 0..1.
	Scale    float64
	Problems int
}

var (
	packetsDesc    = desc("radio_packets_total", "Radio packets that the gateway has handed over since start.", "device")
	forwarderDesc  = desc("radio_forwarder_seconds", "Unix time at which the packet forwarder last called.", "device")
	beaconDesc     = desc("radio_beacon_epoch", "The epoch of the newest beacon.", "device")
	beaconSentDesc = desc("radio_beacon_sent", "1 if the gateway took the newest beacon.", "device")
	receiptsDesc   = desc("radio_receipts", "Receipts signed in the newest epoch.", "device")
	heardMeDesc    = desc("radio_heard_me", "Radios that heard this one in the newest epochs.", "device")
	iHeardDesc     = desc("radio_i_heard", "Radios that this one heard in the newest epochs.", "device")
	verdictsDesc   = desc("radio_verdicts", "The newest receipts by reason's code; 0 is paid.", "device", "reason")
	chainEndsDesc  = desc("radio_hash_chain_ends", "The last epoch of the hash chain.", "device")
	scaleDesc      = desc("radio_density_scale", "The density's share of full pay.", "device")
	radioFaultDesc = desc("radio_problems", "Problems that status shows.", "device")
	gatewayDesc    = desc("radio_gateway_events_total", "What came through the gateways' socket and the receipts' exchange.", "event")
	radioDescs     = []*prometheus.Desc{
		packetsDesc, forwarderDesc, beaconDesc, beaconSentDesc, receiptsDesc, heardMeDesc, iHeardDesc, verdictsDesc, chainEndsDesc, scaleDesc, radioFaultDesc, gatewayDesc,
	}
)

func (r RadioSample) collect(ch chan<- prometheus.Metric) {
	put := func(desc *prometheus.Desc, kind prometheus.ValueType, x float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, kind, x, append([]string{r.Device}, labels...)...)
	}
	put(packetsDesc, prometheus.CounterValue, float64(r.Packets))
	last := r.LastPull
	if r.LastPush.After(last) {
		last = r.LastPush
	}
	if !last.IsZero() {
		put(forwarderDesc, prometheus.GaugeValue, float64(last.Unix()))
	}
	for _, g := range []struct {
		desc *prometheus.Desc
		x    float64
	}{
		{beaconDesc, float64(r.BeaconEpoch)},
		{beaconSentDesc, flag(r.BeaconSent)},
		{receiptsDesc, float64(r.Receipts)},
		{heardMeDesc, float64(r.HeardMe)},
		{iHeardDesc, float64(r.IHeard)},
		{chainEndsDesc, float64(r.ChainEnds)},
		{scaleDesc, r.Scale},
		{radioFaultDesc, float64(r.Problems)},
	} {
		put(g.desc, prometheus.GaugeValue, g.x)
	}
	for code, n := range r.Verdicts {
		put(verdictsDesc, prometheus.GaugeValue, float64(n), strconv.FormatUint(uint64(code), 10))
	}
}
