package mux_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/lora"
	"github.com/joulechain/joule/sidecar/radio/mux"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

const (
	patience = 20 * time.Second
	tick     = 2 * time.Millisecond
)

var alice, bob = gwmp.EUI{0xaa, 1}, gwmp.EUI{0xbb, 2}

// upstream is a network server: it acknowledges and remembers.
type upstream struct {
	t    *testing.T
	conn *net.UDPConn

	mu    sync.Mutex
	got   []gwmp.Datagram
	polls map[gwmp.EUI]netip.AddrPort
	mute  bool
}

func listen(t *testing.T, address string) *upstream {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(address)))
	require.NoError(t, err)
	u := &upstream{t: t, conn: conn, polls: map[gwmp.EUI]netip.AddrPort{}}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 1<<16)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			d, err := gwmp.ParseDatagram(append([]byte(nil), buf[:n]...))
			if err != nil {
				continue
			}
			u.mu.Lock()
			if d.Type == gwmp.PullData {
				u.polls[d.Gateway] = from
			} else {
				u.got = append(u.got, d)
			}
			if d.Type != gwmp.TXAckData && !u.mute {
				_, _ = conn.WriteToUDPAddrPort(gwmp.Datagram{Token: d.Token, Type: d.Type/2*3 + 1}.Marshal(), from) // 0 → 1, 2 → 4
			}
			u.mu.Unlock()
		}
	}()
	return u
}

func (u *upstream) address() string { return u.conn.LocalAddr().String() }

func (u *upstream) received() []gwmp.Datagram {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]gwmp.Datagram(nil), u.got...)
}

func (u *upstream) poll(eui gwmp.EUI) netip.AddrPort {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.polls[eui]
}

func (u *upstream) down(eui gwmp.EUI, token uint16, body string) {
	u.t.Helper()
	_, err := u.conn.WriteToUDPAddrPort(gwmp.Datagram{Token: token, Type: gwmp.PullResp, Body: []byte(body)}.Marshal(), u.poll(eui))
	require.NoError(u.t, err)
}

// radio takes downlinks in place of a server.
type radio struct {
	mu   sync.Mutex
	got  map[gwmp.EUI][]string
	acks []func([]byte)
	err  error
}

func (r *radio) Relay(eui gwmp.EUI, body []byte, done func([]byte)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	r.got[eui] = append(r.got[eui], string(body))
	r.acks = append(r.acks, done)
	return nil
}

func (r *radio) downlinks(eui gwmp.EUI) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got[eui]
}

type bench struct {
	*mux.Mux
	t      *testing.T
	clock  *clock.Fake
	counts *gwmp.Counts
	radio  *radio
	stop   func()
}

func start(t *testing.T, change func(*mux.Options), upstreams ...string) *bench {
	t.Helper()
	b := &bench{t: t, clock: clock.NewFake(time.Unix(1_800_000_000, 0)), counts: &gwmp.Counts{}, radio: &radio{got: map[gwmp.EUI][]string{}}}
	o := mux.Options{Upstreams: upstreams, Downlinks: b.radio, Meter: b.counts, Clock: b.clock}
	if change != nil {
		change(&o)
	}
	m, err := mux.New(o)
	require.NoError(t, err)
	b.Mux = m
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	b.stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	t.Cleanup(b.stop)
	return b
}

func (b *bench) eventually(what string, ok func() bool) {
	b.t.Helper()
	require.Eventually(b.t, ok, patience, tick, "%s: %v", what, b.counts.All())
}

func (b *bench) deliver(eui gwmp.EUI, kind gwmp.Type, body string) {
	b.Deliver(gwmp.Delivery{Datagram: gwmp.Datagram{Token: 0x1234, Type: kind, Gateway: eui, Body: []byte(body)}})
}

// connect announces the gateway and waits until its links poll.
func (b *bench) connect(eui gwmp.EUI, u *upstream) {
	b.t.Helper()
	b.deliver(eui, gwmp.PullData, "")
	b.eventually("polls", func() bool { return u.poll(eui).IsValid() })
}

const ordinary = `{"rxpk":[{"tmst":1,"freq":868.1,"modu":"LORA","datr":"SF7BW125","rssi":-35,"lsnr":5.1,"size":3,"data":"AQID","vendor":"x"}]}`

func TestUplinksGoToEveryServerAsTheyCame(t *testing.T) {
	one, two := listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0")
	b := start(t, nil, one.address(), two.address())
	b.connect(alice, one)
	b.connect(alice, two)
	for _, body := range []string{ordinary, `{"rxpk": nan`, `{"stat":{}}`} {
		b.deliver(alice, gwmp.PushData, body)
	}
	for _, u := range []*upstream{one, two} {
		b.eventually("uplinks", func() bool { return len(u.received()) == 3 })
		require.Equal(t, gwmp.Datagram{Token: 0x1234, Type: gwmp.PushData, Gateway: alice, Body: []byte(ordinary)}, u.received()[0])
		require.Equal(t, `{"rxpk": nan`, string(u.received()[1].Body), "what the sidecar cannot read, the server may")
	}
	require.Len(t, b.Links(), 2)
	b.eventually("acks", func() bool { return b.counts.Of(mux.EventUpstreamAck) == 8 })
}

func TestBeaconsAreFiltered(t *testing.T) {
	u := listen(t, "127.0.0.1:0")
	b := start(t, func(o *mux.Options) {
		o.Beacon = func(p *gwmp.RXPacket) bool { _, ok := lora.Payload(p.Payload); return ok }
	}, u.address())
	b.connect(alice, u)
	frame := proof.Beacon{}.Frame()
	beacon := gwmp.RXPacket{FrequencyHz: 868_100_000, Rate: gwmp.Rate{Spreading: 12, Bandwidth: 125}, RSSI: -100, Payload: frame[:]}
	body, err := gwmp.EncodeUplink(gwmp.Uplink{Packets: []gwmp.RXPacket{beacon}})
	require.NoError(t, err)
	b.deliver(alice, gwmp.PushData, string(body))
	beacon.Payload[0] = 0x40 // an ordinary uplink of the same length
	body, err = gwmp.EncodeUplink(gwmp.Uplink{Packets: []gwmp.RXPacket{beacon}})
	require.NoError(t, err)
	b.deliver(alice, gwmp.PushData, string(body))
	b.deliver(alice, gwmp.PushData, "{")
	b.eventually("the others", func() bool { return len(u.received()) == 2 })
	require.Equal(t, body, u.received()[0].Body)
	require.Equal(t, uint64(1), b.counts.Of(mux.EventFiltered))
}

func TestDownlinksReachTheirGateway(t *testing.T) {
	u := listen(t, "127.0.0.1:0")
	seen := make(chan gwmp.TXPacket, 8)
	b := start(t, func(o *mux.Options) { o.Observe = func(_ gwmp.EUI, p gwmp.TXPacket) { seen <- p } }, u.address())
	b.connect(alice, u)
	b.connect(bob, u)
	require.NotEqual(t, u.poll(alice), u.poll(bob), "a server tells gateways apart by their address")
	const down = `{"txpk":{"imme":true,"freq":869.525,"powe":27,"modu":"LORA","datr":"SF12BW125","codr":"4/5","size":1,"data":"AA","vendor":1}}`
	u.down(bob, 0xbeef, down)
	b.eventually("downlink", func() bool { return len(b.radio.downlinks(bob)) == 1 })
	require.Equal(t, []string{down}, b.radio.downlinks(bob), "as it came")
	require.Empty(t, b.radio.downlinks(alice))
	require.Equal(t, uint32(869_525_000), (<-seen).FrequencyHz)

	b.radio.acks[0]([]byte(`{"txpk_ack":{"error":"TOO_LATE"}}`))
	b.eventually("TX_ACK", func() bool { return len(u.received()) == 1 })
	require.Equal(t, gwmp.Datagram{Token: 0xbeef, Type: gwmp.TXAckData, Gateway: bob, Body: []byte(`{"txpk_ack":{"error":"TOO_LATE"}}`)}, u.received()[0])

	u.down(bob, 1, "unreadable")
	b.eventually("downlink", func() bool { return len(b.radio.downlinks(bob)) == 2 })
	b.radio.mu.Lock()
	b.radio.err = gwmp.ErrNoRoute
	b.radio.mu.Unlock()
	u.down(bob, 2, down)
	b.eventually("refused", func() bool { return b.counts.Of(mux.EventNoDownlink) == 1 })
	require.Empty(t, seen)
}

func TestRubbishFromAServer(t *testing.T) {
	u := listen(t, "127.0.0.1:0")
	b := start(t, nil, u.address())
	b.connect(alice, u)
	for _, raw := range [][]byte{{1, 2}, {9, 0, 0, 3}, gwmp.Datagram{Type: gwmp.PushData}.Marshal(), {}} {
		_, err := u.conn.WriteToUDPAddrPort(raw, u.poll(alice))
		require.NoError(t, err)
	}
	b.eventually("refused", func() bool { return b.counts.Of(mux.EventUnreadable) == 4 })
	for i := range 60 {
		u.down(alice, uint16(i), "x")
	}
	b.eventually("limited", func() bool { return b.counts.Of(mux.EventDownlinkRate) == 10 })
	b.clock.Advance(time.Second)
	u.down(alice, 1, "y")
	b.eventually("again", func() bool { return len(b.radio.downlinks(alice)) == 51 })
}

// A server that is down, moves or has no name never makes Deliver wait, and is used again when it is back.
func TestServerDown(t *testing.T) {
	gone := listen(t, "127.0.0.1:0")
	address := gone.address()
	require.NoError(t, gone.conn.Close())
	b := start(t, nil, address, "no-such-host.invalid:1700")
	b.deliver(alice, gwmp.PullData, "")
	for range 1000 {
		b.deliver(alice, gwmp.PushData, ordinary)
	}
	b.eventually("unreachable", func() bool { return b.counts.Of(mux.EventDial) >= 2 })
	back := listen(t, address)
	b.eventually("polls", func() bool {
		b.clock.Advance(time.Second)
		return back.poll(alice).IsValid()
	})
	b.eventually("uplinks", func() bool {
		b.deliver(alice, gwmp.PushData, ordinary)
		return len(back.received()) > 0
	})
	require.Positive(t, b.counts.Of(mux.EventDropped))
}

func TestSilentServerIsDialledAgain(t *testing.T) {
	u := listen(t, "127.0.0.1:0")
	u.mute = true
	b := start(t, nil, u.address())
	b.connect(alice, u)
	first := u.poll(alice)
	b.eventually("another socket", func() bool {
		b.clock.Advance(time.Second)
		b.deliver(alice, gwmp.PullData, "") // the gateway itself is well
		return u.poll(alice) != first
	})
}

func TestIdleGatewaysAreLetGo(t *testing.T) {
	u := listen(t, "127.0.0.1:0")
	b := start(t, func(o *mux.Options) { o.Gateways = 1 }, u.address())
	b.connect(alice, u)
	b.deliver(bob, gwmp.PushData, ordinary)
	require.Equal(t, uint64(1), b.counts.Of(mux.EventLinks))
	b.eventually("let go", func() bool {
		b.clock.Advance(5 * time.Second)
		return len(b.Links()) == 0
	})
	b.connect(bob, u)
	b.stop()
	b.deliver(bob, gwmp.PushData, ordinary) // after the end: nothing
}

func TestOptions(t *testing.T) {
	r := &radio{}
	for want, o := range map[string]mux.Options{
		"no way":         {Upstreams: []string{"a:1"}},
		"0 network":      {Downlinks: r},
		"host:port":      {Downlinks: r, Upstreams: []string{"a"}},
		"keepalive is":   {Downlinks: r, Upstreams: []string{"a:1"}, Keepalive: time.Millisecond},
		"gateways is -1": {Downlinks: r, Upstreams: []string{"a:1"}, Gateways: -1},
	} {
		_, err := mux.New(o)
		require.True(t, errors.Is(err, mux.ErrOptions))
		require.ErrorContains(t, err, want)
	}
}
