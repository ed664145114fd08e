package mux

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
)

const (
	retryMin = time.Second
	retryMax = time.Minute
	// silence is how long a server may leave PULL_DATA unanswered before its name is resolved again: it may have moved.
	silence = 2 * time.Minute
	// dialTimeout bounds the resolution of a name.
	dialTimeout = 10 * time.Second
	// maxDatagram is the longest UDP datagram; a longer downlink than a gateway reads is refused by its JSON.
	maxDatagram = 65_535
	// maxDownlinks a second and gateway: LoRa's shortest packets last 20 ms.
	maxDownlinks = 50
)

// link is one gateway towards one network server.
type link struct {
	mux      *Mux
	eui      gwmp.EUI
	upstream string
	queue    chan []byte

	mu        sync.Mutex
	connected bool
	lastAck   time.Time
	spent     int       // downlinks in the second that began at since
	since     time.Time // start of that second
}

func (l *link) status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Status{Gateway: l.eui, Upstream: l.upstream, Connected: l.connected, LastAck: l.lastAck}
}

// push hands a datagram to the link without waiting. While there is no connection nothing is kept: an uplink's answer
// is due within seconds.
func (l *link) push(raw []byte) {
	l.mu.Lock()
	up := l.connected
	l.mu.Unlock()
	if up {
		select {
		case l.queue <- raw:
			return
		default:
		}
	}
	l.mux.o.Meter.Count(EventDropped)
}

// run keeps a connection until the context ends.
func (l *link) run(ctx context.Context) {
	retry := retryMin
	for ctx.Err() == nil {
		answered, err := l.session(ctx)
		if ctx.Err() != nil {
			return
		}
		l.mux.o.Meter.Count(EventDial)
		l.mux.quiet.Warn(string(EventDial), "a network server cannot be reached; beacons go on", "server", l.upstream, "gateway", l.eui, "error", err)
		if answered {
			retry = retryMin
		}
		if clock.Sleep(ctx, l.mux.o.Clock, retry) != nil {
			return
		}
		retry = min(2*retry, retryMax)
	}
}

// session dials and serves one connection; it tells whether the server ever answered.
func (l *link) session(ctx context.Context) (bool, error) {
	dialCtx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(dialCtx, "udp", l.upstream)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	l.open(true)
	defer l.open(false)

	var readers sync.WaitGroup
	readers.Go(func() { end(l.read(conn)) })
	defer readers.Wait()
	defer conn.Close() // before waiting: it wakes the reader
	started := l.mux.o.Clock.Now()
	err = l.write(ctx, conn, started)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lastAck.After(started) || l.lastAck.Equal(started), err
}

func (l *link) open(up bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.connected = up
	for !up && len(l.queue) > 0 {
		<-l.queue
	}
}

// write sends what is queued and polls for downlinks.
func (l *link) write(ctx context.Context, conn net.Conn, started time.Time) error {
	for {
		poll := gwmp.Datagram{Token: token(), Type: gwmp.PullData, Gateway: l.eui}
		if _, err := conn.Write(poll.Marshal()); err != nil {
			return err
		}
		next := l.mux.o.Clock.After(l.mux.o.Keepalive)
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-next:
				waiting = false
			case raw := <-l.queue:
				if _, err := conn.Write(raw); err != nil {
					l.mux.o.Meter.Count(EventDropped)
					return err
				}
				l.mux.o.Meter.Count(EventForwarded)
			}
		}
		if quiet := l.quietFor(started); quiet > silence {
			return fmt.Errorf("no answer for %s", quiet.Round(time.Second))
		}
	}
}

func (l *link) quietFor(started time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := started
	if l.lastAck.After(last) {
		last = l.lastAck
	}
	return l.mux.o.Clock.Now().Sub(last)
}

func token() uint16 {
	var raw [2]byte
	_, _ = rand.Read(raw[:]) // never fails
	return binary.BigEndian.Uint16(raw[:])
}

// read takes acknowledgements and downlinks until the connection fails, which a closed port on the other side makes it
// do.
func (l *link) read(conn net.Conn) error {
	buf := make([]byte, maxDatagram)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return err
		}
		d, err := gwmp.ParseDatagram(buf[:n])
		if err != nil || d.Type.FromGateway() {
			l.mux.o.Meter.Count(EventUnreadable)
			continue
		}
		if d.Type != gwmp.PullResp {
			l.mux.o.Meter.Count(EventUpstreamAck)
			l.mu.Lock()
			l.lastAck = l.mux.o.Clock.Now()
			l.mu.Unlock()
			continue
		}
		l.downlink(conn, d.Token, append([]byte(nil), d.Body...))
	}
}

// downlink hands a PULL_RESP to the gateway as it is, and brings the TX_ACK back under the server's own token.
func (l *link) downlink(conn net.Conn, token uint16, body []byte) {
	if !l.mayTransmit() {
		l.mux.o.Meter.Count(EventDownlinkRate)
		return
	}
	err := l.mux.o.Downlinks.Relay(l.eui, body, func(ack []byte) {
		d := gwmp.Datagram{Token: token, Type: gwmp.TXAckData, Gateway: l.eui, Body: ack}
		if _, err := conn.Write(d.Marshal()); err == nil { // a closed connection's server has forgotten the token
			l.mux.o.Meter.Count(EventTXAck)
		}
	})
	if err != nil {
		l.mux.o.Meter.Count(EventNoDownlink)
		l.mux.quiet.Info(string(EventNoDownlink), "a downlink did not reach its gateway", "gateway", l.eui, "server", l.upstream, "error", err)
		return
	}
	l.mux.o.Meter.Count(EventDownlink)
	if l.mux.o.Observe == nil {
		return
	}
	if p, err := gwmp.DecodeTX(body); err == nil {
		l.mux.o.Observe(l.eui, p)
	}
}

func (l *link) mayTransmit() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := l.mux.o.Clock.Now(); now.Sub(l.since) >= time.Second || now.Before(l.since) {
		l.since, l.spent = now, 0
	}
	l.spent++
	return l.spent <= maxDownlinks
}
