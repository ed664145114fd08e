package exchange

import (
	"net"
	"sync"
)

// bounded serves so many connections at once; others wait in the system's queue.
type bounded struct {
	net.Listener
	free chan struct{}
}

// Accept implements net.Listener.
func (b *bounded) Accept() (net.Conn, error) {
	b.free <- struct{}{}
	c, err := b.Listener.Accept()
	if err != nil {
		<-b.free
		return nil, err
	}
	return &connection{Conn: c, release: sync.OnceFunc(func() { <-b.free })}, nil
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
