package rfsim

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/lora"
)

// forwarder is a packet forwarder as Semtech wrote it: one socket up, one down, nothing repeated.
type forwarder struct {
	sim     *Sim
	index   int
	gateway Gateway
	up      net.Conn // PUSH_DATA
	down    net.Conn // PULL_DATA, and downlinks
	replays *replays

	mu     sync.Mutex
	token  uint16
	counts Counts
}

func newForwarder(s *Sim, index int, g Gateway, server string) (*forwarder, error) {
	up, err := net.Dial("udp", server)
	if err != nil {
		return nil, err
	}
	down, err := net.Dial("udp", server)
	if err != nil {
		up.Close()
		return nil, err
	}
	return &forwarder{
		sim: s, index: index, gateway: g, up: up, down: down, replays: newReplays(), counts: Counts{Outcomes: map[string]uint64{}},
	}, nil
}

func (f *forwarder) close() {
	f.up.Close()
	f.down.Close()
}

func (f *forwarder) count(change func(*Counts)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.counts)
}

func (f *forwarder) snapshot() Counts {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.counts
	c.Outcomes = map[string]uint64{}
	for outcome, n := range f.counts.Outcomes {
		c.Outcomes[outcome] = n
	}
	return c
}

func (f *forwarder) nextToken() uint16 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.token++
	return f.token
}

// send writes a datagram; a server that is not there is no reason to stop, as with the real one.
func (f *forwarder) send(conn net.Conn, kind gwmp.Type, token uint16, body []byte) {
	_, _ = conn.Write(gwmp.Datagram{Token: token, Type: kind, Gateway: f.gateway.EUI, Body: body}.Marshal())
}

// poll keeps the way down open and reports the gateway's state.
func (f *forwarder) poll(ctx context.Context) {
	keepalive, stat := f.sim.scenario.Keepalive, f.sim.scenario.Stat
	nextStat := f.sim.clock.Now().Add(stat)
	for {
		f.send(f.down, gwmp.PullData, f.nextToken(), nil)
		if now := f.sim.clock.Now(); !now.Before(nextStat) {
			nextStat = now.Add(stat)
			f.report(now)
		}
		select {
		case <-ctx.Done():
			return
		case <-f.sim.clock.After(keepalive):
		}
	}
}

func (f *forwarder) report(now time.Time) {
	c := f.snapshot()
	stat := gwmp.Stat{Time: now, Received: c.Outcomes[Heard.String()], ReceivedOK: c.Outcomes[Heard.String()], Forwarded: c.Pushed, Downlinks: c.Asked, Transmitted: c.Transmitted}
	if c.Pushed > 0 {
		stat.Acknowledged = 100 * float64(min(c.PushAcks, c.Pushed)) / float64(c.Pushed)
	}
	if !f.gateway.NoGNSS {
		// What the gateway's owner wants it to say, like everything else that a gateway says.
		place := f.gateway.Asserted()
		latitude, longitude := float64(place.LatitudeE7)/1e7, float64(place.LongitudeE7)/1e7
		stat.Latitude, stat.Longitude = &latitude, &longitude
	}
	f.push(gwmp.Uplink{Stat: &stat})
}

func (f *forwarder) push(u gwmp.Uplink) {
	body, err := gwmp.EncodeUplink(u)
	if err != nil {
		f.sim.log.Error("a simulated gateway cannot write its report", "gateway", f.gateway.Name, "error", err)
		return
	}
	f.count(func(c *Counts) { c.Pushed++ })
	f.send(f.up, gwmp.PushData, f.nextToken(), body)
}

// datagrams reads a socket until it is closed. A server that is away makes reads fail; they are tried again.
func (f *forwarder) datagrams(conn net.Conn, handle func(gwmp.Datagram)) {
	buf := make([]byte, 1<<16)
	for {
		n, err := conn.Read(buf)
		if isClosed(err) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // an ICMP answer: the port is closed at the moment
			continue
		}
		if d, err := gwmp.ParseDatagram(buf[:n]); err == nil {
			handle(d)
		}
	}
}

func (f *forwarder) readAcks() {
	f.datagrams(f.up, func(d gwmp.Datagram) {
		if d.Type == gwmp.PushAck {
			f.count(func(c *Counts) { c.PushAcks++ })
		}
	})
}

func (f *forwarder) read(ctx context.Context) {
	f.datagrams(f.down, func(d gwmp.Datagram) {
		switch d.Type {
		case gwmp.PullAck:
			f.count(func(c *Counts) { c.PullAcks++ })
		case gwmp.PullResp:
			f.downlink(ctx, d)
		}
	})
}

// downlink takes a PULL_RESP. What cannot be read is passed over without an answer, as the real forwarder does.
func (f *forwarder) downlink(ctx context.Context, d gwmp.Datagram) {
	p, err := gwmp.DecodeTX(d.Body)
	if err != nil {
		return
	}
	airtime, err := airtimeOf(p)
	if err != nil {
		return
	}
	f.count(func(c *Counts) { c.Asked++ })
	result, start, refusal := f.schedule(&p, airtime)
	if refusal == nil {
		t := onAir(p, f.index, float64(p.Power), start, airtime)
		f.sim.collude(ctx, f, t)
		if f.radiates() {
			f.count(func(c *Counts) { c.Transmitted++ })
			f.sim.transmit(ctx, t)
		}
	} else {
		f.count(func(c *Counts) { c.Refused++ })
	}
	f.acknowledge(d.Token, result, refusal)
}

func (f *forwarder) acknowledge(token uint16, result gwmp.TXResult, refusal *gwmp.TXError) {
	if f.gateway.Acks == AcksSilent {
		return
	}
	body, err := gwmp.EncodeTXAck(result, refusal)
	if err != nil {
		return
	}
	if body == nil && f.gateway.Acks == AcksJSON {
		body = []byte(`{"txpk_ack":{"error":"NONE"}}`)
	}
	f.send(f.down, gwmp.TXAckData, token, body)
}

const (
	// tooLate and tooEarly are the forwarder's bounds on how far ahead a time stamp may lie.
	tooLate, tooEarly = 30 * time.Millisecond, 512 * time.Second
	// gpsEpoch is 1980-01-06 in Unix seconds; GPS time is ahead of UTC by the leap seconds since, 18 from 2017 on.
	gpsEpoch, leapSeconds = 315_964_800, 18
)

// schedule checks a transmission in the real forwarder's order; it lowers the power where the gateway cannot give it.
func (f *forwarder) schedule(p *gwmp.TXPacket, airtime time.Duration) (gwmp.TXResult, time.Time, *gwmp.TXError) {
	now := f.sim.clock.Now()
	start := now
	switch {
	case p.Immediate:
	case p.Timestamp != nil:
		// The counter wraps, so a time in the past looks like one far ahead.
		ahead := time.Duration(*p.Timestamp-f.counter(now)) * time.Microsecond
		if ahead > tooEarly {
			return gwmp.TXResult{}, start, &gwmp.TXError{Code: gwmp.TooEarly}
		}
		if ahead < tooLate {
			return gwmp.TXResult{}, start, &gwmp.TXError{Code: gwmp.TooLate}
		}
		start = now.Add(ahead)
	case p.GPSMillis != nil:
		if f.gateway.NoGNSS {
			return gwmp.TXResult{}, start, &gwmp.TXError{Code: gwmp.GPSUnlocked}
		}
		start = time.UnixMilli(int64(*p.GPSMillis) + (gpsEpoch-leapSeconds)*1000)
		if start.Before(now.Add(tooLate)) {
			return gwmp.TXResult{}, start, &gwmp.TXError{Code: gwmp.TooLate}
		}
		if start.After(now.Add(tooEarly)) {
			return gwmp.TXResult{}, start, &gwmp.TXError{Code: gwmp.TooEarly}
		}
	default:
		return gwmp.TXResult{}, start, &gwmp.TXError{Code: gwmp.TooLate}
	}
	if !f.tunes(p.FrequencyHz) {
		return gwmp.TXResult{}, start, &gwmp.TXError{Code: gwmp.TXFrequency}
	}
	if f.sim.scheduled(f.index, start, start.Add(airtime)) {
		return gwmp.TXResult{}, start, &gwmp.TXError{Code: gwmp.CollisionPacket}
	}
	if most := f.maxPower(); int32(p.Power) > most {
		p.Power = int8(most)
		return gwmp.TXResult{Warning: gwmp.TXPower, Power: &most}, start, nil
	}
	return gwmp.TXResult{}, start, nil
}

func (f *forwarder) maxPower() int32 {
	if f.gateway.MaxPower != nil {
		return *f.gateway.MaxPower
	}
	return f.sim.field.plan.MaxEIRP
}

// tunes tells whether the gateway's radio reaches the frequency: the bands of its region.
func (f *forwarder) tunes(hz uint32) bool {
	for _, l := range f.sim.field.plan.Limits {
		if hz >= l.LowHz && hz < l.HighHz {
			return true
		}
	}
	return false
}

// counter is the concentrator's: microseconds since it started, a different moment for each gateway.
func (f *forwarder) counter(at time.Time) uint32 {
	return uint32(at.Sub(f.sim.started).Microseconds() + int64(f.index+1)*777_000_001)
}

func airtimeOf(p gwmp.TXPacket) (time.Duration, error) {
	if p.Rate.Modulation() != gwmp.LoRa {
		return lora.TimeOnAirFSK(p.Rate.BitRate, uint32(p.Preamble), len(p.Payload))
	}
	if len(p.CodingRate) != 3 || p.CodingRate[:2] != "4/" || p.CodingRate[2] < '5' || p.CodingRate[2] > '8' {
		return 0, fmt.Errorf("%w: coding rate %q", lora.ErrModulation, p.CodingRate)
	}
	return lora.TimeOnAir(lora.Modulation{
		Spreading: uint32(p.Rate.Spreading), BandwidthKHz: p.Rate.Bandwidth, CodingRate: uint32(p.CodingRate[2] - '4'), Preamble: uint32(p.Preamble),
		ImplicitHeader: p.NoHeader, NoCRC: p.NoCRC,
	}, len(p.Payload))
}

func onAir(p gwmp.TXPacket, from int, eirp float64, start time.Time, airtime time.Duration) Transmission {
	return Transmission{
		From: from, FrequencyHz: p.FrequencyHz, Spreading: p.Rate.Spreading, BandwidthKHz: p.Rate.Bandwidth, CodingRate: p.CodingRate,
		EIRP: eirp, Start: start, End: start.Add(airtime), Inverted: p.Inverted, Payload: p.Payload,
	}
}
