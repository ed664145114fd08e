package gwmp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/quiet"
)

// Server is one UDP socket that any number of gateways share.
type Server struct {
	opts  Options
	conn  *net.UDPConn
	quiet *quiet.Logger
	queue chan Delivery
	done  chan struct{} // closed when Run ends

	mu        sync.Mutex
	gateways  map[EUI]*gateway
	total     traffic
	strangers bucket
	pending   map[uint16]*downlink
}

// readBuffer is what the kernel holds while the reader is busy, bytes.
const readBuffer = 1 << 20

// Listen opens the socket. Errors wrap ErrOptions or are the network's.
func Listen(o Options) (*Server, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	address, err := net.ResolveUDPAddr("udp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("%w: listen is %q: %w", ErrOptions, o.Listen, err)
	}
	if !o.AllowPublic && !address.IP.IsLoopback() {
		return nil, fmt.Errorf("%w: listen is %q: the protocol has no authentication, so another address than loopback's needs allow_public; "+
			"list the gateways and their networks as well", ErrOptions, o.Listen)
	}
	conn, err := net.ListenUDP("udp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w: is another network server or sidecar running?", o.Listen, err)
	}
	if err := conn.SetReadBuffer(readBuffer); err != nil {
		o.Log.Warn("cannot enlarge the socket's buffer; bursts may be lost", "error", err)
	}
	return &Server{
		opts: o, conn: conn, quiet: quiet.New(o.Log, o.Clock), queue: make(chan Delivery, o.Limits.Queue), done: make(chan struct{}),
		gateways: map[EUI]*gateway{}, pending: map[uint16]*downlink{},
	}, nil
}

// Address is where the server listens.
func (s *Server) Address() netip.AddrPort { return s.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// Run serves until the context ends, then hands out what has arrived and closes the socket. It returns nil unless the
// socket breaks. Run may be called once.
func (s *Server) Run(ctx context.Context) error {
	defer close(s.done)
	defer s.conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = s.conn.SetReadDeadline(time.Unix(1, 0)) }) // wakes the reader
	defer stop()

	delivered := make(chan struct{})
	go func() {
		defer close(delivered)
		for d := range s.queue {
			s.deliver(d)
		}
	}()
	err := s.read(ctx)
	close(s.queue)
	<-delivered
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.pending)
	return err
}

// Close frees the socket of a server that was never run.
func (s *Server) Close() error { return s.conn.Close() }

// maxReadErrors in a row mean that the socket is broken.
const maxReadErrors = 100

func (s *Server) read(ctx context.Context) error {
	buf := make([]byte, s.opts.Limits.DatagramBytes+1) // one byte more shows what is too long
	failures := 0
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("read: %w", err)
		case err != nil:
			// Errors of one datagram, such as an ICMP answer to an earlier one.
			s.opts.Meter.Count(EventReadError)
			s.quiet.Warn(string(EventReadError), "cannot read a datagram", "error", err)
			if failures++; failures >= maxReadErrors {
				return fmt.Errorf("read: %w", err)
			}
			_ = clock.Sleep(ctx, clock.Real{}, time.Duration(failures)*time.Millisecond)
			continue
		}
		failures = 0
		s.receive(buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
	}
}

func (s *Server) write(d Datagram, to netip.AddrPort) error {
	if _, err := s.conn.WriteToUDPAddrPort(d.Marshal(), to); err != nil {
		s.opts.Meter.Count(EventWriteError)
		s.quiet.Warn(string(EventWriteError), "cannot send a datagram", "to", to, "type", d.Type, "error", err)
		return err
	}
	return nil
}
