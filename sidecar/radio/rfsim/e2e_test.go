package rfsim_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/lora"
	"github.com/joulechain/joule/sidecar/radio/mux"
	"github.com/joulechain/joule/sidecar/radio/rfsim"
	"github.com/joulechain/joule/sidecar/radio/transmit"
)

// downlinks breaks the circle between server and multiplexer: each needs the other.
type downlinks struct{ *gwmp.Server }

// A sidecar in full: gateways, server, multiplexer, a network server of the owner's, and beacons between the ordinary
// traffic.
func TestGatewaysKeepTheirDayJob(t *testing.T) {
	var mu sync.Mutex
	ordinary, beacons := 0, 0
	upstream, err := gwmp.Listen(gwmp.Options{
		Listen: "127.0.0.1:0", AckTimeout: time.Minute, Handlers: []gwmp.Handler{gwmp.HandlerFunc(func(d gwmp.Delivery) {
			mu.Lock()
			defer mu.Unlock()
			for _, p := range d.Uplink.Packets {
				if _, ok := lora.Payload(p.Payload); ok {
					beacons++
				} else {
					ordinary++
				}
			}
		})},
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	t.Cleanup(func() { cancel(); wait.Wait() })
	wait.Go(func() { _ = upstream.Run(ctx) })

	var relay downlinks
	counts := &gwmp.Counts{}
	scenario := load(t, "honest")
	region, err := lora.ParseRegion(scenario.Region)
	require.NoError(t, err)
	plan, err := lora.PlanOf(region)
	require.NoError(t, err)
	alice := scenario.Gateways[0].EUI
	ledger := lora.NewLedger(plan)
	var transmitter *transmit.Transmitter
	m, err := mux.New(mux.Options{
		Upstreams: []string{upstream.Address().String()}, Downlinks: &relay, Meter: counts,
		Beacon: func(p *gwmp.RXPacket) bool { _, ok := lora.Payload(p.Payload); return ok },
		Observe: func(eui gwmp.EUI, p gwmp.TXPacket) {
			if eui == alice {
				transmitter.Observe(p)
			}
		},
	})
	require.NoError(t, err)
	wait.Go(func() { _ = m.Run(ctx) })
	w := play(t, scenario, m)
	relay.Server = w.server
	transmitter = transmit.New(transmit.Options{Gateway: alice, Sender: w.server, Plan: plan, Ledger: ledger})

	// Uplinks of end devices arrive, a beacon does not.
	w.eventually("links", func() bool { return len(m.Links()) == 3 && len(upstream.Gateways()) == 3 })
	now := time.Now()
	sent, err := transmitter.Beacon(ctx, beaconOf(plan, "alice"), transmit.Window{Opens: now, Closes: now.Add(time.Minute)})
	require.NoError(t, err)
	require.False(t, sent.Uncertain)
	w.passes("ordinary traffic upstream", step, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return ordinary > 0 && len(w.reports("bob", "alice")) == 1
	})
	require.Positive(t, counts.Of(mux.EventFiltered))
	mu.Lock()
	require.Zero(t, beacons)
	mu.Unlock()

	// A network server's downlink is transmitted, acknowledged to it, and counted with the beacon's time on the air.
	result, err := upstream.Send(ctx, alice, gwmp.TXPacket{
		Immediate: true, FrequencyHz: 869_525_000, Power: 27, Rate: gwmp.Rate{Spreading: 12, Bandwidth: 125}, CodingRate: "4/5", Inverted: true,
		Payload: make([]byte, 40),
	})
	require.NoError(t, err)
	require.Equal(t, gwmp.TXPower, result.Warning, "the gateway's own answer comes through")
	require.Equal(t, uint64(2), w.Counts()["alice"].Transmitted)
	w.eventually("both are in the ledger", func() bool { return len(ledger.Uses()) == 2 })
	_, err = upstream.Send(ctx, alice, gwmp.TXPacket{
		Immediate: true, FrequencyHz: 433_000_000, Rate: gwmp.Rate{Spreading: 7, Bandwidth: 125}, CodingRate: "4/5", Payload: []byte{1},
	})
	var refusal *gwmp.TXError
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, gwmp.TXFrequency, refusal.Code)
}

// A server that ends and comes back finds its gateways again: forwarders poll whether anybody listens or not.
func TestServerRestart(t *testing.T) {
	scenario := load(t, "honest")
	address := func() string {
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		defer conn.Close()
		return conn.LocalAddr().String()
	}()
	c := clock.NewFake(noon)
	sim, err := rfsim.New(rfsim.Options{Scenario: scenario, Server: func(string) string { return address }, Clock: c})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() { _ = sim.Run(ctx) })
	defer func() { cancel(); wait.Wait() }()
	for range 2 {
		server, err := gwmp.Listen(gwmp.Options{Listen: address})
		require.NoError(t, err)
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- server.Run(running) }()
		require.Eventually(t, func() bool {
			c.Advance(time.Second)
			return len(server.Gateways()) == len(scenario.Gateways)
		}, patience, tick)
		stop()
		require.NoError(t, <-ended)
	}
}

func TestSilentForwarder(t *testing.T) {
	s := load(t, "honest")
	s.Gateways[0].Acks = rfsim.AcksSilent
	w := play(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	sent := make(chan error, 1)
	go func() {
		_, err := w.server.Send(ctx, w.gateway("alice").EUI, gwmp.TXPacket{
			Immediate: true, FrequencyHz: w.plan.Channels[0], Power: 14, Rate: gwmp.Rate{Spreading: 12, Bandwidth: 125}, CodingRate: "4/5", Payload: []byte{0x40},
		})
		sent <- err
	}()
	w.passes("it transmits all the same", step, func() bool { return w.Counts()["alice"].Transmitted == 1 && w.outcomes("bob") >= 1 })
	cancel()
	require.ErrorIs(t, <-sent, context.Canceled)
	require.Zero(t, w.counts.Of(gwmp.EventAcked))
}

// The same scenario and beacons give the same readings, whatever the machine does meanwhile.
func TestSameSeedSameReadings(t *testing.T) {
	readings := func() (list [][2]float64) {
		w := play(t, load(t, "honest"))
		_, err := w.beacon("alice", nil)
		require.NoError(t, err)
		for _, by := range []string{"bob", "carol"} {
			w.passes(by, step, func() bool { return len(w.reports(by, "alice")) == 1 })
			p := w.reports(by, "alice")[0]
			list = append(list, [2]float64{*p.SignalRSSI, p.SNR})
		}
		return list
	}
	require.Equal(t, readings(), readings())
}

func BenchmarkReceive(b *testing.B) {
	s, err := rfsim.Load("testdata/cheaters.yaml")
	if err != nil {
		b.Fatal(err)
	}
	f, err := rfsim.NewField(s)
	if err != nil {
		b.Fatal(err)
	}
	p, other := packet(0, 12, 0), packet(1, 12, 0)
	for b.Loop() {
		f.Receive(p, []rfsim.Transmission{other}, 2)
	}
}

// As in a devnet: the machine's own clock, and the region with the shortest beacons.
func TestMachinesClock(t *testing.T) {
	s, err := rfsim.Parse([]byte("version: 1\nregion: US915\ngateways:\n" +
		"  - {name: a, stands: {latitude: 40.7, longitude: -74.0}}\n  - {name: b, stands: {latitude: 40.72, longitude: -74.0}}\n"))
	require.NoError(t, err)
	got := make(chan gwmp.RXPacket, 16)
	server, err := gwmp.Listen(gwmp.Options{
		Listen: "127.0.0.1:0", AckTimeout: time.Minute, Handlers: []gwmp.Handler{gwmp.HandlerFunc(func(d gwmp.Delivery) {
			for _, p := range d.Uplink.Packets {
				got <- p
			}
		})},
	})
	require.NoError(t, err)
	sim, err := rfsim.New(rfsim.Options{Scenario: s, Server: func(string) string { return server.Address().String() }})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	t.Cleanup(func() { cancel(); wait.Wait() })
	wait.Go(func() { _ = server.Run(ctx) })
	wait.Go(func() { _ = sim.Run(ctx) })
	require.Eventually(t, func() bool { return len(server.Gateways()) == 2 }, patience, tick)
	region, err := lora.ParseRegion(s.Region)
	require.NoError(t, err)
	plan, err := lora.PlanOf(region)
	require.NoError(t, err)
	transmitter := transmit.New(transmit.Options{Gateway: s.Gateways[0].EUI, Sender: server, Plan: plan, Ledger: lora.NewLedger(plan)})
	sent, err := transmitter.Beacon(ctx, beaconOf(plan, "a"), transmit.Window{Opens: time.Now(), Closes: time.Now().Add(time.Minute)})
	require.NoError(t, err)
	require.Equal(t, int32(27), sent.EIRP)
	select {
	case p := <-got:
		require.False(t, p.Time.Before(sent.At), "it is heard when it is over")
		require.Equal(t, "SF10BW125", p.Rate.String())
	case <-time.After(patience):
		require.FailNow(t, "nobody hears the beacon")
	}
}
