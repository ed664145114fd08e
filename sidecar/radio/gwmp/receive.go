package gwmp

import (
	"bytes"
	"errors"
	"net/netip"
	"slices"
	"time"
)

// drop counts a datagram that is not served and says so now and then.
func (s *Server) drop(e Event, from netip.AddrPort, why any) {
	s.opts.Meter.Count(e)
	s.quiet.Info(string(e), "a datagram was dropped", "from", from, "why", why)
}

// receive does what must be done at once: checks from cheap to dear, acknowledgement, and a place in the queue. raw is
// only valid during the call.
func (s *Server) receive(raw []byte, from netip.AddrPort) {
	s.opts.Meter.Count(EventDatagram)
	if len(raw) > s.opts.Limits.DatagramBytes {
		s.drop(EventOversized, from, "longer than the limit")
		return
	}
	if !s.sourceAllowed(from.Addr()) {
		s.drop(EventSource, from, "its network is not allowed")
		return
	}
	d, err := ParseDatagram(raw)
	switch {
	case errors.Is(err, ErrVersion):
		s.drop(EventVersion, from, err)
		return
	case err != nil:
		s.drop(EventHeader, from, err)
		return
	case !d.Type.FromGateway():
		s.drop(EventUnexpected, from, "only servers send "+d.Type.String())
		return
	}
	now := s.opts.Clock.Now()
	refused, answer := s.register(d, from, len(raw), now)
	if refused != "" {
		s.drop(refused, from, "gateway "+d.Gateway.String())
		return
	}
	if d.Type == TXAckData {
		s.acknowledged(d, from)
		return
	}
	// Acknowledged before anything is done with it: the answer measures the network, and is smaller than what caused
	// it.
	_ = s.write(Datagram{Token: d.Token, Type: answer}, from)
	d.Body = bytes.Clone(d.Body)
	select {
	case s.queue <- Delivery{Arrival: now, Datagram: d}:
	default:
		s.drop(EventQueueFull, from, "the handlers are too slow")
	}
}

func (s *Server) sourceAllowed(a netip.Addr) bool {
	return len(s.opts.Sources) == 0 || slices.ContainsFunc(s.opts.Sources, func(p netip.Prefix) bool { return p.Contains(a) })
}

// register charges the datagram to its gateway and to all, notes when and where the gateway was seen, and tells the
// acknowledgement's type. A gateway over its own rate does not use up the others' share.
func (s *Server) register(d Datagram, from netip.AddrPort, size int, now time.Time) (refused Event, answer Type) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.admit(d.Gateway, now)
	if g == nil {
		return EventStranger, 0
	}
	l := s.opts.Limits
	if !g.traffic.admit(now, l.GatewayDatagrams, l.GatewayBytes, size) {
		return EventRate, 0
	}
	if !s.total.admit(now, l.TotalDatagrams, l.TotalBytes, size) {
		return EventTotalRate, 0
	}
	switch d.Type {
	case PushData:
		s.opts.Meter.Count(EventPush)
		g.lastPush = now
		return "", PushAck
	case PullData:
		s.opts.Meter.Count(EventPull)
		if g.route != from {
			if g.route.IsValid() {
				s.opts.Meter.Count(EventRoute)
				s.quiet.Warn(string(EventRoute), "a gateway polls from another address: a new network path, or two forwarders with one EUI",
					"gateway", d.Gateway, "before", g.route, "now", from)
			}
			g.route = from
		}
		g.lastPull = now
		return "", PullAck
	}
	return "", 0
}

// deliver reads a body and hands it out; it runs beside the reader.
func (s *Server) deliver(d Delivery) {
	if d.Datagram.Type == PushData {
		d.Uplink, d.Err = DecodeUplink(d.Datagram.Body)
		s.account(d)
	}
	for _, h := range s.opts.Handlers {
		h.Deliver(d)
	}
}

func (s *Server) account(d Delivery) {
	eui := d.Datagram.Gateway
	if d.Err != nil {
		s.opts.Meter.Count(EventBadJSON)
		s.quiet.Warn(string(EventBadJSON), "a gateway sends what cannot be read", "gateway", eui, "error", d.Err)
	}
	for _, err := range d.Uplink.Refused {
		event := EventBadPacket
		switch {
		case errors.Is(err, ErrReading):
			event = EventReading
		case errors.Is(err, ErrPayload):
			event = EventBadPayload
		}
		s.opts.Meter.Count(event)
		s.quiet.Warn(string(event), "a gateway reports a packet that cannot be used", "gateway", eui, "error", err)
	}
	for range d.Uplink.Packets {
		s.opts.Meter.Count(EventPacket)
	}
	if d.Uplink.Stat != nil {
		s.opts.Meter.Count(EventStat)
	}
	s.note(eui, func(status *Status) {
		status.Packets += uint64(len(d.Uplink.Packets))
		status.Refused += uint64(len(d.Uplink.Refused))
		if d.Err != nil {
			status.Refused++
		}
		if d.Uplink.Stat != nil {
			status.Stat, status.StatAt = d.Uplink.Stat, d.Arrival
		}
	})
}
