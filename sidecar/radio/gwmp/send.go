package gwmp

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// downlink is a PULL_RESP whose TX_ACK has not come.
type downlink struct {
	token   uint16
	gateway EUI
	route   netip.AddrPort
	expires time.Time
	done    func(ackBody []byte) // called at most once, by the reader: must not block
}

// Send asks a gateway to transmit and waits for its answer. Errors: *TXError (refused), ErrNoRoute, ErrBusy, ErrNoAck
// (it may have transmitted), ErrClosed, ErrJSON (an answer that cannot be read), the context's. It is never repeated by
// itself: an acknowledgement may be lost where the transmission was not.
func (s *Server) Send(ctx context.Context, eui EUI, p TXPacket) (TXResult, error) {
	body, err := EncodeTX(p)
	if err != nil {
		return TXResult{}, err
	}
	answers := make(chan []byte, 1)
	down, err := s.relay(eui, body, func(ack []byte) { answers <- ack })
	if err != nil {
		return TXResult{}, err
	}
	var result TXResult
	select {
	case ack := <-answers:
		result, err = DecodeTXAck(ack)
	case <-s.opts.Clock.After(s.opts.AckTimeout):
		err = s.abandon(down, fmt.Errorf("%w: gateway %s was asked to transmit and did not answer within %s", ErrNoAck, eui, s.opts.AckTimeout))
	case <-ctx.Done():
		err = s.abandon(down, ctx.Err())
	case <-s.done:
		err = ErrClosed
	}
	s.note(eui, func(status *Status) {
		status.LastError = ""
		if err != nil {
			status.LastError = err.Error()
		}
	})
	return result, err
}

// Relay sends a PULL_RESP body of another server as it is, without waiting. done gets the body of the TX_ACK, from the
// reader's goroutine, if one comes in time; it must not block. Errors: ErrNoRoute, ErrBusy, ErrClosed.
func (s *Server) Relay(eui EUI, body []byte, done func(ackBody []byte)) error {
	_, err := s.relay(eui, body, done)
	return err
}

func (s *Server) relay(eui EUI, body []byte, done func([]byte)) (*downlink, error) {
	select {
	case <-s.done:
		return nil, ErrClosed
	default:
	}
	down, err := s.expect(eui, done)
	if err != nil {
		return nil, err
	}
	if err := s.write(Datagram{Token: down.token, Type: PullResp, Body: body}, down.route); err != nil {
		return nil, s.abandon(down, fmt.Errorf("%w: gateway %s: %w", ErrNoRoute, eui, err))
	}
	s.opts.Meter.Count(EventDownlink)
	return down, nil
}

// expect chooses a token that nobody can guess and files the downlink under it.
func (s *Server) expect(eui EUI, done func([]byte)) (*downlink, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Clock.Now()
	g, ok := s.gateways[eui]
	if !ok || !g.route.IsValid() {
		return nil, fmt.Errorf("%w: %s has never asked for downlinks: does its packet forwarder point here?", ErrNoRoute, eui)
	}
	if age := now.Sub(g.lastPull); age > s.opts.RouteAge {
		return nil, fmt.Errorf("%w: %s last asked for downlinks %s ago: is its packet forwarder running?",
			ErrNoRoute, eui, age.Round(time.Second))
	}
	s.expire(now)
	if len(s.pending) >= s.opts.Limits.Downlinks {
		return nil, fmt.Errorf("%w: %d await their TX_ACK", ErrBusy, len(s.pending))
	}
	down := &downlink{token: freeToken(s.pending), gateway: eui, route: g.route, expires: now.Add(s.opts.AckTimeout), done: done}
	s.pending[down.token] = down
	g.status.Downlinks++
	return down, nil
}

// expire forgets relayed downlinks whose time is over, and those of Send that returned without an answer.
func (s *Server) expire(now time.Time) {
	for token, d := range s.pending {
		if now.After(d.expires) {
			delete(s.pending, token)
			s.opts.Meter.Count(EventNoAck)
		}
	}
}

// freeToken needs a few draws at most: Limits.Downlinks is at most a quarter of all tokens.
func freeToken(taken map[uint16]*downlink) uint16 {
	for {
		var raw [2]byte
		_, _ = rand.Read(raw[:]) // never fails
		token := binary.BigEndian.Uint16(raw[:])
		if _, ok := taken[token]; !ok {
			return token
		}
	}
}

func (s *Server) abandon(down *downlink, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending[down.token] == down {
		delete(s.pending, down.token)
		if errors.Is(err, ErrNoAck) {
			s.opts.Meter.Count(EventNoAck)
		}
	}
	return err
}

// acknowledged takes a TX_ACK. Tokens are short, so it counts only from the gateway and the address that were asked.
func (s *Server) acknowledged(d Datagram, from netip.AddrPort) {
	s.mu.Lock()
	down, ok := s.pending[d.Token]
	if ok = ok && down.gateway == d.Gateway && down.route == from; ok {
		delete(s.pending, d.Token)
		if g := s.gateways[d.Gateway]; g != nil {
			g.status.Acked++
		}
	}
	s.mu.Unlock()
	if !ok {
		s.opts.Meter.Count(EventStrayAck)
		s.quiet.Info(string(EventStrayAck), "a TX_ACK that nobody waits for: late, repeated or forged", "gateway", d.Gateway, "from", from)
		return
	}
	s.opts.Meter.Count(EventAcked)
	var refusal *TXError
	if _, err := DecodeTXAck(d.Body); errors.As(err, &refusal) {
		s.opts.Meter.Count(EventRefused)
		s.quiet.Warn(string(EventRefused), "a gateway refuses to transmit", "gateway", d.Gateway, "error", refusal)
	}
	down.done(append([]byte(nil), d.Body...))
}
