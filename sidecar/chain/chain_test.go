package chain_test

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/chain/chaintest"
	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/keys"
	devicetypes "github.com/joulechain/joule/x/device/types"
	emissionstypes "github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

var ctx = context.Background()

func client(t *testing.T, c *chaintest.Chain, addresses ...string) *chain.Client {
	t.Helper()
	cl, err := chain.New(chain.Options{ChainID: c.ID, Endpoints: addresses, Timeout: 2 * time.Second})
	require.NoError(t, err)
	t.Cleanup(func() { cl.Close() })
	return cl
}

func account(t *testing.T, c *chaintest.Chain) keys.Account {
	t.Helper()
	a, err := keys.NewAccount(filepath.Join(t.TempDir(), "a"), nil)
	require.NoError(t, err)
	if c != nil {
		c.AddAccount(a.Address())
	}
	return a
}

func TestUnreachableNodesAreAllNamed(t *testing.T) {
	cl := client(t, chaintest.New(), "127.0.0.1:1", "127.0.0.1:2")
	_, err := cl.Status(ctx)
	require.ErrorIs(t, err, chain.ErrUnreachable)
	require.ErrorContains(t, err, "127.0.0.1:1")
	require.ErrorContains(t, err, "127.0.0.1:2")
}

func TestWrongChainIsNamed(t *testing.T) {
	c := chaintest.New()
	n := c.Serve(t)
	cl, err := chain.New(chain.Options{ChainID: "joule-1", Endpoints: []string{n.Address}, Timeout: time.Second})
	require.NoError(t, err)
	defer cl.Close()
	_, err = cl.WorkParams(ctx)
	require.ErrorIs(t, err, chain.ErrWrongChain, "checked before the first answer is believed")
}

func TestStaysWithTheHealthyNodeAndComesBack(t *testing.T) {
	c := chaintest.New()
	a, b := c.Serve(t), c.Serve(t)
	cl := client(t, c, a.Address, b.Address)
	st, err := cl.Status(ctx)
	require.NoError(t, err)
	require.Equal(t, a.Address, st.Endpoint)
	a.Stop()
	st, err = cl.Status(ctx)
	require.NoError(t, err)
	require.Equal(t, b.Address, st.Endpoint)
	a.Start(t)
	require.Eventually(t, func() bool {
		cl.CheckAll(ctx)
		st, err := cl.Status(ctx)
		return err == nil && st.Endpoint == a.Address
	}, 20*time.Second, 100*time.Millisecond, "the preferred node is used again")
}

func TestNodeThatFallsBehindIsLeft(t *testing.T) {
	slow, fast := chaintest.New(), chaintest.New()
	a, b := slow.Serve(t), fast.Serve(t)
	cl := client(t, slow, a.Address, b.Address)
	fast.Advance(10)
	cl.CheckAll(ctx)
	st, err := cl.Status(ctx)
	require.NoError(t, err)
	require.Equal(t, b.Address, st.Endpoint)
}

func TestANodeBelowTheDemandedHeightIsPassedOver(t *testing.T) {
	slow, fast := chaintest.New(), chaintest.New()
	a, b := slow.Serve(t), fast.Serve(t)
	cl := client(t, slow, a.Address, b.Address)
	fast.Advance(2) // so little is no reason to prefer it
	device := bytes.Repeat([]byte{1}, 20)
	fast.Work(device)
	_, _, err := cl.DeviceWork(chain.AtLeast(ctx, 10), device)
	require.NoError(t, err)
	work, _, err := cl.DeviceWork(chain.AtLeast(ctx, 12), device)
	require.NoError(t, err, "the other node has come so far")
	require.Equal(t, devicetypes.WORK_CLASS_GPU, work.WorkClass, "of its record")
	_, found, err := cl.Tx(chain.AtLeast(ctx, 12), "ABCD")
	require.NoError(t, err)
	require.False(t, found)
	b.Stop()
	_, _, err = cl.Tx(chain.AtLeast(ctx, 12), "ABCD")
	require.ErrorIs(t, err, chain.ErrBehind)
	require.ErrorContains(t, err, a.Address+" answers as of height 10, and height 12 is needed")
	require.True(t, cl.Nodes()[0].Healthy, "it is behind and still answers")
}

func TestErrorsOfTheChainAreNoFaultOfTheNode(t *testing.T) {
	c := chaintest.New()
	n := c.Serve(t)
	cl := client(t, c, n.Address)
	_, err := cl.Device(ctx, bytes.Repeat([]byte{1}, 20))
	require.ErrorIs(t, err, chain.ErrUnknownDevice)
	_, err = cl.Account(ctx, "joule1nobody")
	require.ErrorIs(t, err, chain.ErrNoAccount)
	require.True(t, cl.Nodes()[0].Healthy)
}

func TestFollowerMeasuresBlockTimeAndSkew(t *testing.T) {
	c := chaintest.New()
	n := c.Serve(t)
	fake := clock.NewFake(time.Now())
	cl, err := chain.New(chain.Options{ChainID: c.ID, Endpoints: []string{n.Address}, Timeout: 2 * time.Second, Clock: fake})
	require.NoError(t, err)
	defer cl.Close()
	var log bytes.Buffer
	f := chain.NewFollower(cl, 100*time.Millisecond, time.Second, slog.New(slog.NewTextHandler(&log, nil)))
	news, stop := f.Subscribe()
	defer stop()
	require.Zero(t, f.Head().Height)
	for range 4 {
		f.Poll(ctx)
		c.Advance(1) // a block a second, by its own time
		fake.Advance(time.Second)
	}
	<-news
	h := f.Head()
	require.Equal(t, time.Second, h.BlockTime)
	require.Equal(t, h.Seen.Add(5*time.Second), h.At(h.Height+5))
	require.Empty(t, log.String())

	fake.Advance(-time.Minute)
	c.Advance(1)
	f.Poll(ctx)
	require.Less(t, f.Head().Skew, -50*time.Second)
	require.Contains(t, log.String(), "clock differs")
	require.WithinDuration(t, f.Head().Time, f.ChainTime(), 2*time.Second, "the chain's time does not follow a wrong clock")
}

func TestFollowerTellsOfAnOutageOnce(t *testing.T) {
	c := chaintest.New()
	n := c.Serve(t)
	var log bytes.Buffer
	f := chain.NewFollower(client(t, c, n.Address), 50*time.Millisecond, time.Minute, slog.New(slog.NewTextHandler(&log, nil)))
	f.Poll(ctx)
	n.Stop()
	for range 3 {
		f.Poll(ctx)
	}
	require.ErrorIs(t, f.Err(), chain.ErrUnreachable)
	require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("cannot follow")))
}

// The fake chain checks what the real one does: signature, no fee, exact gas, unordered with a timeout that was never
// used.
func TestLaneTransactionsKeepTheLanesRules(t *testing.T) {
	c := chaintest.New()
	n := c.Serve(t)
	cl := client(t, c, n.Address)
	device, err := keys.NewDevice(filepath.Join(t.TempDir(), "d"), keys.TypeSecp256r1, nil)
	require.NoError(t, err)
	c.AddDevice(device.PublicKey(), "joule1owner", 1000)
	f := chain.NewFollower(cl, time.Second, time.Minute, slog.New(slog.DiscardHandler))
	f.Poll(ctx)
	lane := chain.NewLane(cl, account(t, c), f, time.Minute)
	window := c.Open()
	c.Advance(2)
	params, err := cl.WorkParams(ctx)
	require.NoError(t, err)
	e := worktypes.Evidence{
		DeviceId: device.DeviceID(), WorkClass: devicetypes.WORK_CLASS_GPU, Window: window, Phase: worktypes.PHASE_COMMIT,
		Payload: append([]byte{5, 0, 0, 0, 0, 0, 0, 0}, make([]byte, 32)...),
	}
	e.Signature, err = device.Sign(worktypes.EvidenceSignBytes(c.ID, e))
	require.NoError(t, err)
	r, err := lane.Submit(ctx, []worktypes.Evidence{e}, params, 0)
	require.NoError(t, err)
	require.Zero(t, r.Code, r.Log)
	c.Advance(1)
	require.True(t, c.Committed(device.DeviceID(), window))
	got, ok, err := cl.Tx(ctx, r.Hash)
	require.NoError(t, err)
	require.True(t, ok)
	require.Zero(t, got.Code, got.Log)

	r, err = lane.Submit(ctx, []worktypes.Evidence{e}, params, 0)
	require.NoError(t, err)
	require.Equal(t, worktypes.ErrNothingNew.ABCICode(), r.Code)
	e.Signature[3] ^= 1
	r, err = lane.Submit(ctx, []worktypes.Evidence{e}, params, 1)
	require.NoError(t, err)
	require.Equal(t, worktypes.ErrBadSignature.ABCICode(), r.Code)
	require.Contains(t, r.Log, "item 0", "the index that the submitter looks for")
}

func TestRelayerWithoutAnAccountIsTold(t *testing.T) {
	c := chaintest.New()
	n := c.Serve(t)
	cl := client(t, c, n.Address)
	f := chain.NewFollower(cl, time.Second, time.Minute, slog.New(slog.DiscardHandler))
	_, err := chain.NewLane(cl, account(t, nil), f, time.Minute).Submit(ctx, nil, worktypes.Params{}, 0)
	require.ErrorIs(t, err, chain.ErrNoAccount)
	require.ErrorContains(t, err, "send it 1 ujoule")
}

func TestPayerWaitsForInclusion(t *testing.T) {
	c := chaintest.New()
	n := c.Serve(t)
	cl := client(t, c, n.Address)
	a := account(t, c)
	p := chain.NewPayer(cl, a, math.LegacyZeroDec(), 1.4)
	_, err := p.Send(ctx, &emissionstypes.MsgClaim{Beneficiary: a.Address()}, 300*time.Millisecond)
	require.ErrorIs(t, err, chain.ErrTxNotSeen, "no block was made")
	c.Advance(1)
	stop := c.Pace(100 * time.Millisecond)
	defer stop()
	r, err := p.Send(ctx, &emissionstypes.MsgClaim{Beneficiary: a.Address()}, 10*time.Second)
	require.NoError(t, err)
	require.Len(t, r.Data, 1)
	_, err = p.Send(ctx, &emissionstypes.MsgClaim{Beneficiary: "joule1stranger"}, time.Second)
	require.ErrorIs(t, err, chain.ErrTxRefused)
	require.ErrorContains(t, err, "pays another account")
}
