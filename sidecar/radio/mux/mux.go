package mux

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/quiet"
)

// ErrOptions means options that cannot work.
var ErrOptions = errors.New("invalid multiplexer options")

// What the multiplexer counts.
const (
	EventForwarded    gwmp.Event = "upstream_forwarded"
	EventFiltered     gwmp.Event = "upstream_beacon_filtered" // a beacon that was not forwarded
	EventDropped      gwmp.Event = "upstream_dropped"         // the server is unreachable or too slow
	EventUpstreamAck  gwmp.Event = "upstream_ack"
	EventDownlink     gwmp.Event = "upstream_downlink"          // a PULL_RESP handed to a gateway
	EventNoDownlink   gwmp.Event = "upstream_downlink_refused"  // a PULL_RESP that no gateway took
	EventDownlinkRate gwmp.Event = "upstream_downlink_limited"  // more PULL_RESP than a gateway can transmit
	EventUnreadable   gwmp.Event = "upstream_datagram_refused"  // not the protocol
	EventDial         gwmp.Event = "upstream_unreachable"       // a name that does not resolve, or a socket that fails
	EventTXAck        gwmp.Event = "upstream_tx_ack_returned"   // a gateway's TX_ACK brought back
	EventLinks        gwmp.Event = "upstream_gateways_exceeded" // no room for another gateway
)

// Downlinks is where downlinks go; gwmp.Server is one.
type Downlinks interface {
	Relay(eui gwmp.EUI, body []byte, done func(ackBody []byte)) error
}

// Options configure a multiplexer. Upstreams and Downlinks must be set; the zero value of other fields means their
// default.
type Options struct {
	Upstreams []string // host:port of network servers, 1..8
	Downlinks Downlinks
	// Beacon tells packets that are not forwarded, such as this chain's own beacons; nil forwards all. Network servers
	// ignore them either way.
	Beacon func(*gwmp.RXPacket) bool
	// Observe is told what a network server makes a gateway transmit. It must not block.
	Observe   func(eui gwmp.EUI, p gwmp.TXPacket)
	Gateways  int           // at a time, 1..4096, default 64
	Queue     int           // datagrams that wait for one server and gateway, 1..4096, default 64
	Keepalive time.Duration // of PULL_DATA, 1 s..1 min, default 10 s
	Idle      time.Duration // a gateway silent for so long is let go, default 10 min
	Meter     gwmp.Meter
	Log       *slog.Logger
	Clock     clock.Clock
}

const maxUpstreams = 8

func (o Options) complete() (Options, error) {
	if o.Downlinks == nil {
		return o, fmt.Errorf("%w: no way for downlinks is given", ErrOptions)
	}
	if len(o.Upstreams) < 1 || len(o.Upstreams) > maxUpstreams {
		return o, fmt.Errorf("%w: %d network servers, must be 1..%d", ErrOptions, len(o.Upstreams), maxUpstreams)
	}
	for _, address := range o.Upstreams {
		if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" || port == "0" {
			return o, fmt.Errorf("%w: network server %q must be host:port, like eu1.cloud.thethings.network:1700", ErrOptions, address)
		}
	}
	if o.Gateways == 0 {
		o.Gateways = 64
	}
	if o.Queue == 0 {
		o.Queue = 64
	}
	if o.Keepalive == 0 {
		o.Keepalive = 10 * time.Second
	}
	if o.Idle == 0 {
		o.Idle = 10 * time.Minute
	}
	if o.Meter == nil {
		o.Meter = gwmp.Discard{}
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Gateways < 1 || o.Gateways > 4096 || o.Queue < 1 || o.Queue > 4096 {
		return o, fmt.Errorf("%w: gateways is %d and queue %d, both must be in 1..4096", ErrOptions, o.Gateways, o.Queue)
	}
	if o.Keepalive < time.Second || o.Keepalive > time.Minute || o.Idle < o.Keepalive {
		return o, fmt.Errorf("%w: keepalive is %s and idle %s, must be in 1s..1m and not shorter", ErrOptions, o.Keepalive, o.Idle)
	}
	return o, nil
}

// Mux is a gwmp.Handler.
type Mux struct {
	o     Options
	quiet *quiet.Logger

	ctx  context.Context // of all links
	stop context.CancelFunc
	wait sync.WaitGroup

	mu     sync.Mutex
	closed bool
	links  map[gwmp.EUI]*fan
}

// fan is one gateway's links to all network servers.
type fan struct {
	links []*link
	seen  time.Time
	stop  context.CancelFunc
}

// New makes a multiplexer; it works from the first delivery on, and until Run ends.
func New(o Options) (*Mux, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Mux{o: o, quiet: quiet.New(o.Log, o.Clock), ctx: ctx, stop: cancel, links: map[gwmp.EUI]*fan{}}, nil
}

// Run lets idle gateways go until the context ends, then closes every link.
func (m *Mux) Run(ctx context.Context) error {
	for clock.Sleep(ctx, m.o.Clock, m.o.Keepalive) == nil {
		m.sweep()
	}
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.stop()
	m.wait.Wait()
	return nil
}

func (m *Mux) sweep() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.o.Clock.Now()
	for eui, f := range m.links {
		if now.Sub(f.seen) > m.o.Idle {
			f.stop()
			delete(m.links, eui)
		}
	}
}

// Deliver implements gwmp.Handler.
func (m *Mux) Deliver(d gwmp.Delivery) {
	eui := d.Datagram.Gateway
	f := m.fan(eui)
	if f == nil || d.Datagram.Type != gwmp.PushData {
		return // PULL_DATA keeps the gateway's links; they poll at their own pace
	}
	body := d.Datagram.Body
	if m.o.Beacon != nil {
		// A body that cannot be read goes on as it is: the network server may understand it, and the gateway's traffic
		// is the owner's.
		if kept, dropped, err := gwmp.FilterUplink(body, m.o.Beacon); err == nil {
			for range dropped {
				m.o.Meter.Count(EventFiltered)
			}
			if kept == nil {
				return
			}
			body = kept
		}
	}
	raw := gwmp.Datagram{Token: d.Datagram.Token, Type: gwmp.PushData, Gateway: eui, Body: body}.Marshal()
	for _, l := range f.links {
		l.push(raw)
	}
}

// fan finds or opens the gateway's links; nil if there is no room or all is closed.
func (m *Mux) fan(eui gwmp.EUI) *fan {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	if f, ok := m.links[eui]; ok {
		f.seen = m.o.Clock.Now()
		return f
	}
	if len(m.links) >= m.o.Gateways {
		m.o.Meter.Count(EventLinks)
		m.quiet.Warn(string(EventLinks), "too many gateways; this one is not forwarded", "gateway", eui, "limit", m.o.Gateways)
		return nil
	}
	ctx, cancel := context.WithCancel(m.ctx)
	f := &fan{seen: m.o.Clock.Now(), stop: cancel}
	for _, address := range m.o.Upstreams {
		l := &link{mux: m, eui: eui, upstream: address, queue: make(chan []byte, m.o.Queue)}
		f.links = append(f.links, l)
		m.wait.Add(1)
		go func() {
			defer m.wait.Done()
			l.run(ctx)
		}()
	}
	m.links[eui] = f
	return f
}

// Status is one link for people.
type Status struct {
	Gateway   gwmp.EUI  `json:"gateway"`
	Upstream  string    `json:"upstream"`
	Connected bool      `json:"connected"` // the name resolves and a socket is open
	LastAck   time.Time `json:"last_ack"`  // when the server last answered; zero: never
}

// Links lists all links, in no order.
func (m *Mux) Links() []Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Status
	for _, f := range m.links {
		for _, l := range f.links {
			list = append(list, l.status())
		}
	}
	return list
}
