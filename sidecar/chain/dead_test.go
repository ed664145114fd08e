package chain_test

import (
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/chain/chaintest"
)

// swallower passes connections on to a node until it is told to keep to itself what is sent over those that it has.
type swallower struct {
	address  string
	accepted atomic.Int32
	dead     atomic.Int32 // connections up to this number are dead
}

func newSwallower(t *testing.T, node string) *swallower {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	s := &swallower{address: ln.Addr().String()}
	go func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { in.Close() })
			number := s.accepted.Add(1)
			out, err := net.Dial("tcp", node)
			if err != nil {
				in.Close()
				continue
			}
			t.Cleanup(func() { out.Close() })
			go s.pass(number, in, out)
			go s.pass(number, out, in)
		}
	}()
	return s
}

func (s *swallower) pass(number int32, from, to net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if err == nil && number > s.dead.Load() {
			_, err = to.Write(buf[:n])
		}
		if err != nil {
			to.Close()
			return
		}
	}
}

// A NAT that has forgotten a connection, or a node that lost its power, says nothing; the kernel would wait for many
// minutes.
func TestADeadConnectionIsGivenUp(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for half a minute")
	}
	t.Parallel()
	c := chaintest.New()
	s := newSwallower(t, c.Serve(t).Address)
	cl, err := chain.New(chain.Options{ChainID: c.ID, Endpoints: []string{s.address}, Timeout: 2 * time.Second})
	require.NoError(t, err)
	defer cl.Close()
	_, err = cl.Status(ctx)
	require.NoError(t, err)
	s.dead.Store(s.accepted.Load())
	_, err = cl.Status(ctx)
	require.ErrorIs(t, err, chain.ErrUnreachable)
	require.Eventually(t, func() bool {
		_, err := cl.Status(ctx)
		return err == nil
	}, 2*time.Minute, 500*time.Millisecond)
	require.EqualValues(t, 2, s.accepted.Load(), "a new connection")
}
