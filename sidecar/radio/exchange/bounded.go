package exchange

import (
	"net"
	"net/netip"
	"sync"
)

const (
	// maxConnections bounds the connections that are served at once, maxOfAddress those of one address (an IPv6 /64 is
	// one): whoever opens many and says nothing keeps no other address from being served.
	maxConnections = 512
	maxOfAddress   = 32
)

// bounded serves so many connections at once. Those beyond are closed at once: a queue would let the slow keep out the
// quick.
type bounded struct {
	net.Listener
	refused func()

	mu   sync.Mutex
	open int
	of   map[netip.Addr]int
}

func newBounded(ln net.Listener, refused func()) *bounded {
	return &bounded{Listener: ln, refused: refused, of: map[netip.Addr]int{}}
}

// Accept implements net.Listener.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := addressOf(c.RemoteAddr().String())
		if b.take(from) {
			return &connection{Conn: c, release: sync.OnceFunc(func() { b.give(from) })}, nil
		}
		_ = c.Close() // nobody is told: it was not served
		b.refused()
	}
}

func (b *bounded) take(from netip.Addr) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open >= maxConnections || b.of[from] >= maxOfAddress {
		return false
	}
	b.open++
	b.of[from]++
	return true
}

func (b *bounded) give(from netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open--
	if b.of[from]--; b.of[from] == 0 {
		delete(b.of, from)
	}
}

type connection struct {
	net.Conn
	release func()
}

// Close implements net.Conn.
func (c *connection) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// addressOf is what limits count: an IPv4 address or an IPv6 /64; the zero address for what is none.
func addressOf(remote string) netip.Addr {
	from, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	addr := from.Addr().Unmap().WithZone("")
	if addr.Is6() {
		addr = netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	return addr
}
