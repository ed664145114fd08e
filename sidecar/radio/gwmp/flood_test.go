package gwmp_test

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/radio/gwmp"
)

// safeBuffer is a log that the test may read while it is written.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// flood sends n datagrams and waits until the server has seen them: now and then for its counter, so that the kernel
// drops none.
func flood(b *bench, p *peer, n int, make func(i int) []byte) {
	b.t.Helper()
	before := b.counts.Of(gwmp.EventDatagram)
	for i := range n {
		p.raw(make(i))
		if i%64 == 63 || i == n-1 {
			require.Eventually(b.t, func() bool { return b.counts.Of(gwmp.EventDatagram) == before+uint64(i)+1 }, patience, 100*time.Microsecond)
		}
	}
}

func push(eui gwmp.EUI, body string) []byte {
	return gwmp.Datagram{Type: gwmp.PushData, Gateway: eui, Body: []byte(body)}.Marshal()
}

// One gateway over its rate, thousands of made-up gateways and plain rubbish cost the others nothing, and the log a few
// lines.
func TestFloods(t *testing.T) {
	var log safeBuffer
	b := serve(t, func(o *gwmp.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	honest, attacker := dial(t, b.Address()), dial(t, b.Address())
	honest.poll(alice)
	b.next()
	limits := gwmp.DefaultLimits()

	flood(b, attacker, 3000, func(int) []byte { return push(bob, onePacket) })
	require.Equal(t, uint64(limits.GatewayDatagrams), b.counts.Of(gwmp.EventPush))
	require.Equal(t, uint64(3000-limits.GatewayDatagrams), b.counts.Of(gwmp.EventRate))

	flood(b, attacker, 3000, func(i int) []byte {
		return push(gwmp.EUI(binary.BigEndian.AppendUint64(nil, uint64(i)+1<<40)), onePacket)
	})
	require.Equal(t, uint64(3000-limits.NewGatewaysMinute+2), b.counts.Of(gwmp.EventStranger), "two of the minute's strangers were alice and bob")
	require.LessOrEqual(t, len(b.Gateways()), limits.Gateways)

	flood(b, attacker, 3000, func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, i%600) })

	honest.send(gwmp.PushData, alice, 77, onePacket)
	require.Equal(t, uint16(77), honest.receive().Token)
	for {
		if d := b.next(); d.Datagram.Gateway == alice {
			require.Len(t, d.Uplink.Packets, 1)
			break
		}
	}
	require.Less(t, strings.Count(log.String(), "\n"), 16)
}

func TestTotalRate(t *testing.T) {
	b := serve(t, func(o *gwmp.Options) {
		o.Limits = gwmp.DefaultLimits()
		o.Limits.GatewayDatagrams, o.Limits.TotalDatagrams = 10, 25
	})
	p := dial(t, b.Address())
	flood(b, p, 40, func(i int) []byte { return push(gwmp.EUI{byte(i % 4)}, `{}`) })
	require.Equal(t, uint64(25), b.counts.Of(gwmp.EventPush))
	require.Equal(t, uint64(15), b.counts.Of(gwmp.EventTotalRate))
	b.clock.Advance(time.Second)
	p.send(gwmp.PushData, gwmp.EUI{9}, 1, `{}`)
	b.counted(gwmp.EventPush, 26)
}

func TestBytesAreLimited(t *testing.T) {
	b := serve(t, func(o *gwmp.Options) {
		o.Limits = gwmp.DefaultLimits()
		o.Limits.DatagramBytes, o.Limits.GatewayBytes = 10_000, 10_000
	})
	p := dial(t, b.Address())
	flood(b, p, 4, func(int) []byte { return push(alice, strings.Repeat(" ", 9000)) })
	require.Equal(t, uint64(2), b.counts.Of(gwmp.EventPush), "two seconds' worth of bytes may come at once")
	require.Equal(t, uint64(2), b.counts.Of(gwmp.EventRate))
}

// A handler that hangs delays no acknowledgement and fills no memory.
func TestSlowHandler(t *testing.T) {
	release := make(chan struct{})
	b := serve(t, func(o *gwmp.Options) {
		o.Limits = gwmp.DefaultLimits()
		o.Limits.Queue = 4
		o.Handlers = append(o.Handlers, gwmp.HandlerFunc(func(gwmp.Delivery) { <-release }))
	})
	p := dial(t, b.Address())
	for i := range 50 {
		p.send(gwmp.PushData, alice, uint16(i), onePacket)
		require.Equal(t, uint16(i), p.receive().Token)
	}
	require.GreaterOrEqual(t, b.counts.Of(gwmp.EventQueueFull), uint64(45))
	close(release)
	b.stop()
	require.NoError(t, <-b.ended)
}
