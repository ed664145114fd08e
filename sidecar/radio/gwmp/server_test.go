package gwmp_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/radio/gwmp"
)

func TestPushIsAcknowledgedAndDelivered(t *testing.T) {
	b := serve(t, nil)
	p := dial(t, b.Address())
	p.send(gwmp.PushData, alice, 0xbeef, onePacket)
	require.Equal(t, gwmp.Datagram{Token: 0xbeef, Type: gwmp.PushAck, Body: []byte{}}, p.receive())
	d := b.next()
	require.NoError(t, d.Err)
	require.Equal(t, alice, d.Datagram.Gateway)
	require.Equal(t, onePacket, string(d.Datagram.Body))
	require.Equal(t, []byte{1, 2, 3}, d.Uplink.Packets[0].Payload)
	require.True(t, d.Arrival.Equal(b.clock.Now()))

	// What cannot be read is acknowledged as well: the acknowledgement measures the network.
	p.send(gwmp.PushData, alice, 1, `{"rxpk":[`)
	require.Equal(t, uint16(1), p.receive().Token)
	require.ErrorIs(t, b.next().Err, gwmp.ErrJSON)
	b.counted(gwmp.EventBadJSON, 1)

	p.send(gwmp.PushData, alice, 2, strings.Replace(onePacket, "-35", "99", 1))
	require.Equal(t, gwmp.PushAck, p.receive().Type)
	require.Len(t, b.next().Uplink.Refused, 1)
	b.counted(gwmp.EventReading, 1)
	p.send(gwmp.PushData, alice, 3, strings.Replace(onePacket, "AQID", "####", 1))
	b.next()
	b.counted(gwmp.EventBadPayload, 1)
	status := b.Gateways()
	require.Len(t, status, 1)
	require.Equal(t, uint64(1), status[0].Packets)
	require.Equal(t, uint64(3), status[0].Refused)
}

func TestPoliteSilence(t *testing.T) {
	b := serve(t, func(o *gwmp.Options) {
		o.Limits = gwmp.DefaultLimits()
		o.Limits.DatagramBytes = 256
	})
	p := dial(t, b.Address())
	p.raw([]byte{1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8})
	p.raw([]byte{2})
	p.raw(nil)
	p.raw([]byte{2, 0, 0, 9})
	p.raw([]byte{2, 0, 0, 1})
	p.raw([]byte{2, 0, 0, 3, '{', '}'})
	p.send(gwmp.PushData, alice, 5, strings.Repeat(" ", 245))
	p.send(gwmp.TXAckData, alice, 6, "")
	p.poll(alice) // the first answer that comes is to this
	b.counted(gwmp.EventVersion, 1)
	b.counted(gwmp.EventHeader, 3)
	b.counted(gwmp.EventUnexpected, 2)
	b.counted(gwmp.EventOversized, 1)
	b.counted(gwmp.EventStrayAck, 1)
	require.Equal(t, gwmp.PullData, b.next().Datagram.Type)
}

func TestSeveralGatewaysOnOneSocket(t *testing.T) {
	b := serve(t, nil)
	p, q := dial(t, b.Address()), dial(t, b.Address())
	p.poll(alice)
	q.poll(bob)
	for _, c := range []struct {
		eui  gwmp.EUI
		peer *peer
	}{{bob, q}, {alice, p}} {
		sent := make(chan error, 1)
		go func() {
			_, err := b.Send(context.Background(), c.eui, gwmp.TXPacket{Immediate: true, FrequencyHz: 868_100_000, Rate: gwmp.Rate{Spreading: 7, Bandwidth: 125}})
			sent <- err
		}()
		down := c.peer.receive()
		require.Equal(t, gwmp.PullResp, down.Type)
		c.peer.send(gwmp.TXAckData, c.eui, down.Token, "")
		require.NoError(t, <-sent)
	}
	require.Len(t, b.Gateways(), 2)
	require.Equal(t, uint64(1), b.Gateways()[0].Acked)
}

func TestSend(t *testing.T) {
	packet := gwmp.TXPacket{Immediate: true, FrequencyHz: 868_100_000, Rate: gwmp.Rate{Spreading: 7, Bandwidth: 125}}
	for name, c := range map[string]struct {
		ack   string
		power int32
		check func(error) bool
	}{
		"no JSON":       {"", 0, nil},
		"empty JSON":    {`{"txpk_ack":{"error":"NONE"}}`, 0, nil},
		"power lowered": {`{"txpk_ack":{"warn":"TX_POWER","value":12}}`, 12, nil},
		"refused": {`{"txpk_ack":{"error":"COLLISION_PACKET"}}`, 0, func(err error) bool {
			var refusal *gwmp.TXError
			return errors.As(err, &refusal) && refusal.Code == gwmp.CollisionPacket
		}},
		"nonsense": {`{"txpk_ack":`, 0, func(err error) bool { return errors.Is(err, gwmp.ErrJSON) }},
	} {
		t.Run(name, func(t *testing.T) {
			b := serve(t, nil)
			p := dial(t, b.Address())
			p.poll(alice)
			type answer struct {
				gwmp.TXResult
				error
			}
			sent := make(chan answer, 1)
			go func() {
				r, err := b.Send(context.Background(), alice, packet)
				sent <- answer{r, err}
			}()
			down := p.receive()
			body, err := gwmp.DecodeTX(down.Body)
			require.NoError(t, err)
			require.Equal(t, packet.FrequencyHz, body.FrequencyHz)
			p.send(gwmp.TXAckData, alice, down.Token, c.ack)
			got := <-sent
			if c.check != nil {
				require.True(t, c.check(got.error), "%v", got.error)
				require.NotEmpty(t, b.Gateways()[0].LastError)
				return
			}
			require.NoError(t, got.error)
			if c.power != 0 {
				require.Equal(t, c.power, *got.Power)
			}
		})
	}
}

func TestForwarderThatNeverAcknowledges(t *testing.T) {
	b := serve(t, nil)
	p := dial(t, b.Address())
	packet := gwmp.TXPacket{Immediate: true, FrequencyHz: 868_100_000, Rate: gwmp.Rate{Spreading: 7, Bandwidth: 125}}
	_, err := b.Send(context.Background(), alice, packet)
	require.ErrorIs(t, err, gwmp.ErrNoRoute)
	p.send(gwmp.PushData, alice, 1, onePacket)
	p.receive()
	_, err = b.Send(context.Background(), alice, packet)
	require.ErrorIs(t, err, gwmp.ErrNoRoute, "an uplink opens no way down")
	p.poll(alice)

	sent := make(chan error, 1)
	go func() { _, err := b.Send(context.Background(), alice, packet); sent <- err }()
	down := p.receive()
	require.Eventually(t, func() bool { return b.clock.Waiting() > 0 }, patience, tick)
	b.clock.Advance(gwmp.DefaultAckTimeout)
	require.ErrorIs(t, <-sent, gwmp.ErrNoAck)
	b.counted(gwmp.EventNoAck, 1)
	p.send(gwmp.TXAckData, alice, down.Token, "")
	b.counted(gwmp.EventStrayAck, 1)

	ctx, cancel := context.WithCancel(context.Background())
	go func() { _, err := b.Send(ctx, alice, packet); sent <- err }()
	p.receive()
	cancel()
	require.ErrorIs(t, <-sent, context.Canceled)

	b.clock.Advance(gwmp.DefaultRouteAge)
	_, err = b.Send(context.Background(), alice, packet)
	require.ErrorIs(t, err, gwmp.ErrNoRoute)
	require.ErrorContains(t, err, "is its packet forwarder running?")
}

func TestForgedAcknowledgements(t *testing.T) {
	b := serve(t, nil)
	p, stranger := dial(t, b.Address()), dial(t, b.Address())
	p.poll(alice)
	sent := make(chan error, 1)
	go func() {
		_, err := b.Send(context.Background(), alice, gwmp.TXPacket{Immediate: true, FrequencyHz: 868_100_000, Rate: gwmp.Rate{Spreading: 7, Bandwidth: 125}})
		sent <- err
	}()
	down := p.receive()
	refuse := `{"txpk_ack":{"error":"TX_FREQ"}}`
	stranger.send(gwmp.TXAckData, alice, down.Token, refuse) // another address
	p.send(gwmp.TXAckData, bob, down.Token, refuse)          // another gateway
	p.send(gwmp.TXAckData, alice, down.Token+1, refuse)      // another downlink
	b.counted(gwmp.EventStrayAck, 3)
	p.send(gwmp.TXAckData, alice, down.Token, "")
	require.NoError(t, <-sent)
	p.send(gwmp.TXAckData, alice, down.Token, refuse) // repeated
	b.counted(gwmp.EventStrayAck, 4)
}

func TestRelayedDownlinksAreBounded(t *testing.T) {
	b := serve(t, func(o *gwmp.Options) {
		o.Limits = gwmp.DefaultLimits()
		o.Limits.Downlinks = 4
	})
	p := dial(t, b.Address())
	p.poll(alice)
	acks := make(chan string, 8)
	for i := range 4 {
		require.NoError(t, b.Relay(alice, []byte(fmt.Sprint(i)), func(ack []byte) { acks <- string(ack) }))
		require.Equal(t, fmt.Sprint(i), string(p.receive().Body), "as it came, whatever it says")
	}
	require.ErrorIs(t, b.Relay(alice, nil, nil), gwmp.ErrBusy)
	b.clock.Advance(gwmp.DefaultAckTimeout + 1)
	require.NoError(t, b.Relay(alice, []byte("x"), func(ack []byte) { acks <- string(ack) }))
	b.counted(gwmp.EventNoAck, 4)
	p.send(gwmp.TXAckData, alice, p.receive().Token, "whatever")
	require.Equal(t, "whatever", <-acks)
}

func TestRouteFollowsTheGateway(t *testing.T) {
	b := serve(t, nil)
	p, q := dial(t, b.Address()), dial(t, b.Address())
	p.poll(alice)
	q.poll(alice)
	b.counted(gwmp.EventRoute, 1)
	require.NoError(t, b.Relay(alice, []byte("here"), func([]byte) {}))
	require.Equal(t, "here", string(q.receive().Body))
}

func TestAllowedGatewaysAndNetworks(t *testing.T) {
	b := serve(t, func(o *gwmp.Options) { o.Gateways = []gwmp.EUI{alice} })
	p := dial(t, b.Address())
	p.send(gwmp.PushData, bob, 1, onePacket)
	p.poll(alice)
	b.counted(gwmp.EventStranger, 1)

	b = serve(t, func(o *gwmp.Options) { o.Sources = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	dial(t, b.Address()).send(gwmp.PushData, alice, 1, onePacket)
	b.counted(gwmp.EventSource, 1)
}

func TestGatewaysAreBounded(t *testing.T) {
	b := serve(t, func(o *gwmp.Options) {
		o.Limits = gwmp.DefaultLimits()
		o.Limits.Gateways = 2
	})
	p := dial(t, b.Address())
	p.poll(gwmp.EUI{1})
	p.poll(gwmp.EUI{2})
	p.send(gwmp.PullData, gwmp.EUI{3}, 1, "")
	b.counted(gwmp.EventStranger, 1)
	b.clock.Advance(5 * time.Minute)
	p.poll(gwmp.EUI{2})
	b.clock.Advance(5 * time.Minute)
	p.poll(gwmp.EUI{3})
	require.Equal(t, gwmp.EUI{2}, b.Gateways()[0].Gateway, "the one that was silent for ten minutes made room")
	require.Equal(t, gwmp.EUI{3}, b.Gateways()[1].Gateway)
}

// Acknowledged means handed out, whole and in order, even when the server is told to end while the handlers are behind.
func TestShutdownDeliversWhatHasArrived(t *testing.T) {
	gate := make(chan struct{})
	b := serve(t, func(o *gwmp.Options) {
		o.Handlers = append([]gwmp.Handler{gwmp.HandlerFunc(func(gwmp.Delivery) { <-gate })}, o.Handlers...)
	})
	p := dial(t, b.Address())
	p.poll(alice)
	for i := range 100 {
		p.send(gwmp.PushData, alice, uint16(i), fmt.Sprintf(`{"stat":{"rxnb":%d}}`, i))
		p.receive()
	}
	sent := make(chan error, 1)
	go func() {
		_, err := b.Send(context.Background(), alice, gwmp.TXPacket{Immediate: true, FrequencyHz: 868_100_000, Rate: gwmp.Rate{Spreading: 7, Bandwidth: 125}})
		sent <- err
	}()
	require.Equal(t, gwmp.PullResp, p.receive().Type)
	b.stop()
	select {
	case <-b.ended:
		require.FailNow(t, "it ended before everything was handed out")
	case <-time.After(50 * time.Millisecond):
	}
	close(gate)
	require.NoError(t, <-b.ended)
	require.ErrorIs(t, <-sent, gwmp.ErrClosed)
	require.Len(t, b.got, 101)
	require.Equal(t, gwmp.PullData, b.next().Datagram.Type)
	for i := range 100 {
		require.Equal(t, uint64(i), b.next().Uplink.Stat.Received)
	}
	require.ErrorIs(t, b.Relay(alice, nil, nil), gwmp.ErrClosed)
}

func TestOptions(t *testing.T) {
	limits := func(change func(*gwmp.Limits)) gwmp.Limits {
		l := gwmp.DefaultLimits()
		change(&l)
		return l
	}
	for want, o := range map[string]gwmp.Options{
		"allow_public":       {Listen: "0.0.0.0:0"},
		"listen is":          {Listen: "nowhere"},
		"queue is 0":         {Listen: "127.0.0.1:0", Limits: limits(func(l *gwmp.Limits) { l.Queue = 0 })},
		"datagram_bytes":     {Limits: limits(func(l *gwmp.Limits) { l.DatagramBytes = 65508 })},
		"total_datagrams":    {Limits: limits(func(l *gwmp.Limits) { l.TotalDatagrams = 1 })},
		"ack_timeout":        {AckTimeout: time.Hour},
		"route_age":          {RouteAge: time.Millisecond},
		"gateways are liste": {Gateways: make([]gwmp.EUI, 65)},
	} {
		_, err := gwmp.Listen(o)
		require.ErrorIs(t, err, gwmp.ErrOptions)
		require.ErrorContains(t, err, want)
	}
	s, err := gwmp.Listen(gwmp.Options{Listen: "0.0.0.0:0", AllowPublic: true})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.Error(t, s.Run(context.Background()), "a closed socket is no service")
}
