package rfsim_test

import (
	"context"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/lora"
	"github.com/joulechain/joule/sidecar/radio/rfsim"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

const (
	patience = 60 * time.Second
	tick     = 5 * time.Millisecond
)

// heard is one packet as the server got it.
type heard struct {
	by gwmp.EUI
	p  gwmp.RXPacket
}

// world is a scenario behind one real GWMP server. The simulator's clock is driven by the test, the server's is the
// machine's.
type world struct {
	*rfsim.Sim
	t        *testing.T
	scenario rfsim.Scenario
	server   *gwmp.Server
	counts   *gwmp.Counts
	clock    *clock.Fake
	plan     lora.Plan

	mu    sync.Mutex
	heard []heard
}

func play(t *testing.T, s rfsim.Scenario, handlers ...gwmp.Handler) *world {
	t.Helper()
	region, err := lora.ParseRegion(s.Region)
	require.NoError(t, err)
	plan, err := lora.PlanOf(region)
	require.NoError(t, err)
	w := &world{t: t, scenario: s, counts: &gwmp.Counts{}, clock: clock.NewFake(noon), plan: plan}
	w.server, err = gwmp.Listen(gwmp.Options{
		Listen: "127.0.0.1:0", Meter: w.counts, AckTimeout: time.Minute, Handlers: append(handlers, gwmp.HandlerFunc(w.deliver)),
	})
	require.NoError(t, err)
	address := w.server.Address().String()
	w.Sim, err = rfsim.New(rfsim.Options{Scenario: s, Server: func(string) string { return address }, Clock: w.clock})
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() { _ = w.server.Run(ctx) })
	wait.Go(func() { _ = w.Sim.Run(ctx) })
	t.Cleanup(func() { cancel(); wait.Wait() })
	w.eventually("every gateway polls", func() bool {
		polled := 0
		for _, g := range w.server.Gateways() {
			if g.Route != "" {
				polled++
			}
		}
		return polled == len(s.Gateways)
	})
	return w
}

func (w *world) deliver(d gwmp.Delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range d.Uplink.Packets {
		w.heard = append(w.heard, heard{d.Datagram.Gateway, p})
	}
}

func (w *world) eventually(what string, ok func() bool) {
	w.t.Helper()
	require.Eventually(w.t, ok, patience, tick, "%s: %v %v", what, w.Counts(), w.counts.All())
}

// passes moves the field's clock until a condition holds.
func (w *world) passes(what string, step time.Duration, ok func() bool) {
	w.t.Helper()
	w.eventually(what, func() bool {
		if ok() {
			return true
		}
		w.clock.Advance(step)
		return ok()
	})
}

func (w *world) gateway(name string) rfsim.Gateway {
	w.t.Helper()
	for _, g := range w.scenario.Gateways {
		if g.Name == name {
			return g
		}
	}
	require.FailNow(w.t, "no gateway "+name)
	return rfsim.Gateway{}
}

// beacon asks a gateway to transmit.
func (w *world) beacon(name string, change func(*gwmp.TXPacket)) (gwmp.TXResult, error) {
	w.t.Helper()
	tx, err := lora.TransmissionOf(w.plan, beaconOf(w.plan, name))
	require.NoError(w.t, err)
	p := gwmp.TXPacket{
		Immediate: true, FrequencyHz: tx.FrequencyHz, Power: int8(tx.EIRP), Rate: gwmp.Rate{Spreading: uint8(tx.Spreading), Bandwidth: tx.BandwidthKHz},
		CodingRate: "4/5", Preamble: 8, Payload: tx.Frame,
	}
	if change != nil {
		change(&p)
	}
	return w.server.Send(context.Background(), w.gateway(name).EUI, p)
}

// outcomes is how many transmissions a gateway has met.
func (w *world) outcomes(name string) (n uint64) {
	for _, k := range w.Counts()[name].Outcomes {
		n += k
	}
	return n
}

// reports are the receptions of one gateway's beacon that another one's forwarder reported.
func (w *world) reports(by, of string) []gwmp.RXPacket {
	w.mu.Lock()
	defer w.mu.Unlock()
	eui := w.gateway(by).EUI
	var list []gwmp.RXPacket
	for _, h := range w.heard {
		payload, ok := lora.Payload(h.p.Payload)
		if ok && h.by == eui && string(payload[:len(of)]) == of && payload[len(of)] == 0 {
			list = append(list, h.p)
		}
	}
	return list
}

// verdict judges a reported reception by the proof's own rules, with what the owners assert and both radios otherwise
// in good standing. The beaconer's slot opened at the given time on the field's clock.
func (w *world) verdict(of, by string, p gwmp.RXPacket, opened time.Time) proof.Reason {
	w.t.Helper()
	r := proof.Readings{
		Attenuation: uint8(math.Ceil(-p.Signal())), SNR: int8(math.Floor(p.SNR * 4)), Millis: uint32(p.Time.Sub(noon).Milliseconds()),
	}
	nearest := math.Inf(1)
	for i, hz := range w.plan.Channels {
		if off := float64(p.FrequencyHz) - float64(hz); math.Abs(off) < nearest {
			nearest, r.Channel, r.Offset = math.Abs(off), uint8(i), int8(off/1000)
		}
	}
	cell := proof.Cell(0x85283473fffffff)
	for cell.Resolution() < 8 {
		children, err := cell.Children()
		require.NoError(w.t, err)
		cell = children[0]
	}
	radio := func(name string, id byte) proof.Radio {
		g := w.gateway(name)
		return proof.Radio{
			Known: true, Active: true, Asserted: true, Device: proof.DeviceID{id}, Owner: name, Region: w.plan.Region, Position: g.Asserted(),
			Gain: int32(g.GainDBi * 10), Cell: cell,
		}
	}
	rules := proof.DefaultParams()
	j, err := proof.Judge(rules, []proof.Receipt{{Number: 7, Readings: r}},
		proof.Verified{Beacon: beaconOf(w.plan, of), Heard: []bool{true}},
		proof.BeaconFacts{Radio: radio(of, 1), SlotOpenMillis: uint64(opened.Sub(noon).Milliseconds()), Crowds: make([]proof.Crowd, len(rules.Density))},
		[]proof.WitnessFacts{{Number: 7, Radio: radio(by, 2)}})
	require.NoError(w.t, err)
	return j.Witnesses[0].Reason
}

// beaconOf is a beacon that carries the gateway's name.
func beaconOf(p lora.Plan, name string) proof.Beacon {
	b := proof.Beacon{Channel: uint8(len(name) % len(p.Channels))}
	copy(b.Payload[:], name)
	return b
}
