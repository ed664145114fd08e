package transmit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/lora"
	"github.com/joulechain/joule/sidecar/radio/transmit"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

var start = time.Unix(1_800_000_000, 0)

// gateway answers with a list of errors, then well.
type gateway struct {
	errs   []error
	result gwmp.TXResult
	asked  []gwmp.TXPacket
	at     []time.Duration
	clock  *clock.Fake
}

func (g *gateway) Send(_ context.Context, _ gwmp.EUI, p gwmp.TXPacket) (gwmp.TXResult, error) {
	g.asked = append(g.asked, p)
	g.at = append(g.at, g.clock.Now().Sub(start))
	if len(g.errs) > 0 {
		err := g.errs[0]
		g.errs = g.errs[1:]
		return gwmp.TXResult{}, err
	}
	return g.result, nil
}

func setup(t *testing.T, region proof.Region, errs ...error) (*gateway, *transmit.Transmitter, *lora.Ledger) {
	t.Helper()
	g := &gateway{errs: errs, clock: clock.NewFake(start)}
	plan, err := lora.PlanOf(region)
	require.NoError(t, err)
	ledger := lora.NewLedger(plan)
	return g, transmit.New(transmit.Options{Sender: g, Plan: plan, Ledger: ledger, Clock: g.clock, PowerOffset: -3}), ledger
}

// beacon runs one transmission, moving the clock while it waits.
func beacon(t *testing.T, g *gateway, tr *transmit.Transmitter, w transmit.Window) (transmit.Sent, error) {
	t.Helper()
	type answer struct {
		transmit.Sent
		error
	}
	done := make(chan answer, 1)
	go func() {
		s, err := tr.Beacon(context.Background(), proof.Beacon{Channel: 1, Backoff: 2}, w)
		done <- answer{s, err}
	}()
	step := 500 * time.Millisecond
	for i := range 1 << 16 {
		if i > 300 {
			step = 10 * time.Second
		}
		select {
		case a := <-done:
			return a.Sent, a.error
		case <-time.After(100 * time.Microsecond):
			if g.clock.Waiting() > 0 {
				g.clock.Advance(step)
			}
		}
	}
	require.FailNow(t, "no end")
	return transmit.Sent{}, nil
}

func window(from, to time.Duration) transmit.Window {
	return transmit.Window{Opens: start.Add(from), Closes: start.Add(to)}
}

func TestBeaconWaitsForItsSlot(t *testing.T) {
	g, tr, ledger := setup(t, proof.RegionEU868)
	sent, err := beacon(t, g, tr, window(10*time.Second, 70*time.Second))
	require.NoError(t, err)
	require.Len(t, g.asked, 1)
	require.Equal(t, 10*time.Second, g.at[0])
	p := g.asked[0]
	require.True(t, p.Immediate)
	require.False(t, p.Inverted, "other gateways hear only what is not inverted")
	require.Equal(t, uint32(868_300_000), p.FrequencyHz)
	require.Equal(t, int8(16-2-3), p.Power)
	require.Equal(t, "SF12BW125", p.Rate.String())
	require.Len(t, p.Payload, proof.FrameSize)
	require.Equal(t, int32(14), sent.EIRP)
	require.False(t, sent.Uncertain)
	require.Len(t, ledger.Uses(), 1)
}

func TestDutyCycleIsKept(t *testing.T) {
	g, tr, ledger := setup(t, proof.RegionEU868)
	ledger.Spend(868_500_000, start, 35*time.Second)
	_, err := beacon(t, g, tr, window(time.Minute, 2*time.Minute))
	require.ErrorIs(t, err, transmit.ErrWindow)
	require.Empty(t, g.asked)
	sent, err := beacon(t, g, tr, window(time.Minute, 3*time.Hour))
	require.NoError(t, err)
	require.GreaterOrEqual(t, sent.At.Sub(start), time.Hour)
}

func TestRefusals(t *testing.T) {
	collision := &gwmp.TXError{Code: gwmp.CollisionPacket}
	for name, c := range map[string]struct {
		errs  []error
		asked int
		err   error
	}{
		"collision, then well": {[]error{collision}, 2, nil},
		"no route, then well":  {[]error{gwmp.ErrNoRoute, gwmp.ErrBusy, collision}, 4, nil},
		"frequency":            {[]error{&gwmp.TXError{Code: gwmp.TXFrequency}}, 1, transmit.ErrGateway},
		"own reason":           {[]error{&gwmp.TXError{Code: "BROKEN"}}, 1, transmit.ErrGateway},
		"to the end":           {[]error{collision, collision, collision, collision, collision, collision, collision, collision, collision}, 9, transmit.ErrGateway},
	} {
		t.Run(name, func(t *testing.T) {
			g, tr, ledger := setup(t, proof.RegionEU868, c.errs...)
			_, err := beacon(t, g, tr, window(0, 20*time.Second))
			require.ErrorIs(t, err, c.err)
			require.Len(t, g.asked, c.asked)
			if c.err != nil {
				require.Empty(t, ledger.Uses(), "what was refused was not on the air")
				require.True(t, errors.Is(err, gwmp.ErrNoRoute) || errors.As(err, new(*gwmp.TXError)), "the refusal is told")
			} else {
				require.Len(t, ledger.Uses(), 1)
			}
		})
	}
}

func TestUnacknowledgedIsNotRepeated(t *testing.T) {
	for _, e := range []error{gwmp.ErrNoAck, gwmp.ErrJSON, context.Canceled} {
		g, tr, ledger := setup(t, proof.RegionEU868, e)
		sent, err := beacon(t, g, tr, window(0, time.Minute))
		require.NoError(t, err)
		require.True(t, sent.Uncertain)
		require.Len(t, g.asked, 1)
		require.Len(t, ledger.Uses(), 1, "it counts as transmitted")
	}
}

func TestContextEndsTheWait(t *testing.T) {
	_, tr, _ := setup(t, proof.RegionEU868)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := tr.Beacon(ctx, proof.Beacon{}, window(time.Second, time.Minute))
	require.ErrorIs(t, err, context.Canceled)
	_, err = tr.Beacon(ctx, proof.Beacon{Channel: 99}, window(0, time.Minute))
	require.ErrorIs(t, err, proof.ErrRegion)
}

func TestDownlinksOfOthersCount(t *testing.T) {
	g, tr, ledger := setup(t, proof.RegionEU868)
	down := gwmp.TXPacket{FrequencyHz: 868_100_000, Rate: gwmp.Rate{Spreading: 12, Bandwidth: 125}, CodingRate: "4/8", Payload: make([]byte, 200)}
	for range 4 {
		tr.Observe(down) // about 11 s each
	}
	tr.Observe(gwmp.TXPacket{FrequencyHz: 868_800_000, Rate: gwmp.Rate{BitRate: 50_000}, Payload: make([]byte, 50)})
	tr.Observe(gwmp.TXPacket{FrequencyHz: 868_100_000, Rate: gwmp.Rate{Spreading: 12, Bandwidth: 400}})
	require.Len(t, ledger.Uses(), 2)
	_, err := beacon(t, g, tr, window(0, time.Minute))
	require.ErrorIs(t, err, transmit.ErrWindow)
}
