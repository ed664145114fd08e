package gwmp_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
)

const (
	patience = 20 * time.Second
	tick     = 2 * time.Millisecond
)

var alice, bob = gwmp.EUI{0xaa, 1}, gwmp.EUI{0xbb, 2}

const onePacket = `{"rxpk":[{"tmst":3512348611,"chan":2,"rfch":0,"freq":866.349812,"stat":1,"modu":"LORA","datr":"SF7BW125","codr":"4/6",` +
	`"rssi":-35,"lsnr":5.1,"size":3,"data":"AQID"}]}`

// bench is a running server and the clock that it reads.
type bench struct {
	*gwmp.Server
	t      *testing.T
	clock  *clock.Fake
	counts *gwmp.Counts
	got    chan gwmp.Delivery
	stop   context.CancelFunc
	ended  chan error
}

func serve(t *testing.T, change func(*gwmp.Options)) *bench {
	t.Helper()
	b := &bench{
		t: t, clock: clock.NewFake(time.Unix(1_800_000_000, 0)), counts: &gwmp.Counts{}, got: make(chan gwmp.Delivery, 1<<14),
		ended: make(chan error, 1),
	}
	o := gwmp.Options{
		Listen: "127.0.0.1:0", Clock: b.clock, Meter: b.counts,
		Handlers: []gwmp.Handler{gwmp.HandlerFunc(func(d gwmp.Delivery) { b.got <- d })},
	}
	if change != nil {
		change(&o)
	}
	server, err := gwmp.Listen(o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	b.Server, b.stop = server, cancel
	go func() { b.ended <- server.Run(ctx) }()
	t.Cleanup(cancel)
	return b
}

// next waits for the next delivery.
func (b *bench) next() gwmp.Delivery {
	b.t.Helper()
	select {
	case d := <-b.got:
		return d
	case <-time.After(patience):
		require.FailNow(b.t, "nothing was delivered")
		return gwmp.Delivery{}
	}
}

func (b *bench) counted(e gwmp.Event, n uint64) {
	b.t.Helper()
	require.Eventually(b.t, func() bool { return b.counts.Of(e) >= n }, patience, tick, "%s: %v", e, b.counts.All())
	require.Equal(b.t, n, b.counts.Of(e), "%s: %v", e, b.counts.All())
}

// peer is one UDP socket of a forwarder, or of a stranger.
type peer struct {
	t    *testing.T
	conn *net.UDPConn
}

func dial(t *testing.T, to netip.AddrPort) *peer {
	t.Helper()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return &peer{t, conn}
}

func (p *peer) raw(b []byte) {
	p.t.Helper()
	_, err := p.conn.Write(b)
	require.NoError(p.t, err)
}

func (p *peer) send(kind gwmp.Type, eui gwmp.EUI, token uint16, body string) {
	p.t.Helper()
	p.raw(gwmp.Datagram{Token: token, Type: kind, Gateway: eui, Body: []byte(body)}.Marshal())
}

func (p *peer) receive() gwmp.Datagram {
	p.t.Helper()
	buf := make([]byte, 1<<16)
	require.NoError(p.t, p.conn.SetReadDeadline(time.Now().Add(patience)))
	n, err := p.conn.Read(buf)
	require.NoError(p.t, err)
	d, err := gwmp.ParseDatagram(buf[:n])
	require.NoError(p.t, err)
	return d
}

// poll opens the way down and takes the acknowledgement.
func (p *peer) poll(eui gwmp.EUI) {
	p.t.Helper()
	p.send(gwmp.PullData, eui, 7, "")
	require.Equal(p.t, gwmp.Datagram{Token: 7, Type: gwmp.PullAck, Body: []byte{}}, p.receive())
}
