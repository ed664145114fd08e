package chain_test

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/client/grpc/cmtservice"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/chain/chaintest"
	"github.com/joulechain/joule/sidecar/clock"
)

// pulse is a follower of several chains of one name, each with a node, on a clock of the test's own.
type pulse struct {
	*chain.Follower
	client *chain.Client
	clock  *clock.Fake
	failed []string
}

func newPulse(t *testing.T, chains ...*chaintest.Chain) *pulse {
	t.Helper()
	p := &pulse{clock: clock.NewFake(time.Now())}
	var addresses []string
	for _, c := range chains {
		addresses = append(addresses, c.Serve(t).Address)
	}
	cl, err := chain.New(chain.Options{
		ChainID: chaintest.ChainID, Endpoints: addresses, Timeout: 2 * time.Second, Clock: p.clock,
		OnNode: func(_ string, err error) {
			if err != nil {
				p.failed = append(p.failed, err.Error())
			}
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { cl.Close() })
	p.client = cl
	p.Follower = chain.NewFollower(cl, 100*time.Millisecond, time.Second, slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil)))
	return p
}

func absurd(h *cmtservice.Header) { h.Height = 1_000_000_000 }

func TestAnImpossibleHeightIsNotBelieved(t *testing.T) {
	a, b := chaintest.New(), chaintest.New()
	p := newPulse(t, a, b)
	p.Poll(ctx)
	require.EqualValues(t, 10, p.Head().Height)
	a.Show(absurd)
	for range 12 { // all nodes are asked every ten seconds
		a.Advance(1)
		b.Advance(1)
		p.clock.Advance(time.Second)
		p.Poll(ctx)
	}
	require.NoError(t, p.Err())
	require.EqualValues(t, 22, p.Head().Height, "the other node is followed")
	require.Contains(t, p.failed[0], "shows height 1000000000; the newest known is 10")
	nodes := p.client.Nodes()
	require.False(t, nodes[0].Healthy)
	require.Zero(t, nodes[0].Height)
	require.Contains(t, nodes[0].Error, "impossible block")
	a.Show(nil)
	p.clock.Advance(time.Minute)
	p.client.CheckAll(ctx)
	require.EqualValues(t, 22, p.client.Nodes()[0].Height, "it may come back")
	require.True(t, p.client.Nodes()[0].Healthy)
}

func TestAnImpossibleHeightIsNoBeginning(t *testing.T) {
	a, b, c := chaintest.New(), chaintest.New(), chaintest.New()
	a.Show(absurd)
	p := newPulse(t, a, b, c)
	p.Poll(ctx)
	require.EqualValues(t, 10, p.Head().Height)
	require.Contains(t, p.client.Nodes()[0].Error, "impossible block")
}

func TestABlockOfTheFarFutureIsNotBelieved(t *testing.T) {
	c := chaintest.New()
	c.Show(func(h *cmtservice.Header) { h.Time = h.Time.Add(2 * time.Hour) })
	p := newPulse(t, c)
	p.Poll(ctx)
	require.ErrorContains(t, p.Err(), "ahead of this machine's clock: if the clock is wrong, set it by NTP")
	require.Zero(t, p.Head().Height)
	c.Show(func(h *cmtservice.Header) { h.Time = h.Time.Add(time.Minute) })
	p.clock.Advance(time.Minute)
	p.Poll(ctx)
	require.NoError(t, p.Err(), "a clock may be wrong by a minute")
}

// What a long outage, a machine's sleep or a node that caught up brings is possible.
func TestALongOutageIsNoImpossibleHeight(t *testing.T) {
	c := chaintest.New()
	p := newPulse(t, c)
	p.Poll(ctx)
	p.clock.Advance(24 * time.Hour)
	c.Show(func(h *cmtservice.Header) { h.Height, h.Time = 86_400, p.clock.Now() }) // a block a second
	p.Poll(ctx)
	require.NoError(t, p.Err())
	require.EqualValues(t, 86_400, p.Head().Height)

	old, fresh := chaintest.New(), chaintest.New()
	old.Show(func(h *cmtservice.Header) { h.Time = h.Time.Add(-30 * 24 * time.Hour) }) // still syncing
	fresh.Show(func(h *cmtservice.Header) { h.Height = 2_592_000 })
	p = newPulse(t, old, fresh)
	p.Poll(ctx)
	require.NoError(t, p.Err())
	require.EqualValues(t, 2_592_000, p.Head().Height)
}

func TestANodeMayShowALowerHeightAgain(t *testing.T) {
	a, b := chaintest.New(), chaintest.New()
	a.Advance(50)
	b.Advance(40)
	p := newPulse(t, a, b)
	p.Poll(ctx)
	require.EqualValues(t, 60, p.client.Nodes()[0].Height)
	a.Show(func(h *cmtservice.Header) { h.Height = 20 }) // restored from a backup
	p.client.CheckAll(ctx)
	require.EqualValues(t, 20, p.client.Nodes()[0].Height)
	st, err := p.client.Status(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 50, st.Height, "the other one is preferred now")
}

func TestAChainThatStandsStillIsTold(t *testing.T) {
	c := chaintest.New()
	p := newPulse(t, c)
	p.clock.Advance(time.Hour)
	require.Zero(t, p.Stalled(), "nothing was seen yet")
	p.Poll(ctx)
	p.clock.Advance(time.Minute)
	p.Poll(ctx)
	require.Zero(t, p.Stalled())
	p.clock.Advance(time.Second)
	p.Poll(ctx)
	require.NoError(t, p.Err(), "the node answers")
	require.Equal(t, 61*time.Second, p.Stalled())
	c.Show(func(h *cmtservice.Header) { h.Height, h.Time = h.Height+1, h.Time.Add(30*time.Second) })
	p.Poll(ctx)
	require.Zero(t, p.Stalled())
	p.clock.Advance(300 * time.Second)
	require.Zero(t, p.Stalled(), "blocks are slow here")
	p.clock.Advance(time.Second)
	require.NotZero(t, p.Stalled())
}
