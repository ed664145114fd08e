package rfsim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/radio/rfsim"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

var noon = time.Unix(1_800_000_000, 0)

// line places gateways on a meridian, metres from the first.
func line(t *testing.T, extra string, metres ...float64) *rfsim.Field {
	t.Helper()
	text := "version: 1\nregion: EU868\nseed: 3\n" + extra + "gateways:\n"
	for i, m := range metres {
		text += fmt.Sprintf("  - {name: g%d, stands: {latitude: %.7f, longitude: 8}}\n", i, 47+m/111_195)
	}
	s, err := rfsim.Parse([]byte(text))
	require.NoError(t, err)
	f, err := rfsim.NewField(s)
	require.NoError(t, err)
	return f
}

func packet(from int, spreading uint8, start time.Duration) rfsim.Transmission {
	return rfsim.Transmission{
		From: from, FrequencyHz: 868_100_000, Spreading: spreading, BandwidthKHz: 125, EIRP: 14, Start: noon.Add(start),
		End: noon.Add(start + time.Second), Payload: []byte{byte(from)},
	}
}

func TestSignalFallsWithDistance(t *testing.T) {
	f := line(t, "", 0, 100, 1000, 50_000, 1_000_000)
	last := 0.0
	for to := 1; to <= 4; to++ {
		r := f.Receive(packet(0, 12, 0), nil, to)
		require.Less(t, r.Signal, last)
		require.Greater(t, r.RSSI, r.Signal, "the channel holds noise as well")
		last = r.Signal
	}
	require.InDelta(t, 14-71.2, f.Receive(packet(0, 12, 0), nil, 1).Signal, 0.1, "free space up to 100 m")
	require.InDelta(t, 14-71.2-26, f.Receive(packet(0, 12, 0), nil, 2).Signal, 0.1, "exponent 2.6 beyond")
	require.Equal(t, rfsim.Heard, f.Receive(packet(0, 12, 0), nil, 3).Outcome)
	require.Equal(t, rfsim.TooWeak, f.Receive(packet(0, 12, 0), nil, 4).Outcome)
	require.Equal(t, rfsim.TooWeak, f.Receive(packet(0, 7, 0), nil, 3).Outcome, "SF7 does not reach as far")
}

// What an honest gateway reports always keeps the proof's bound: otherwise the simulation would punish honest gateways.
func TestFreeSpaceIsNeverBeaten(t *testing.T) {
	f := line(t, "propagation: {shadowing_db: 8, fading_db: 6}\n", 0, 300, 700, 1500, 4000, 9000, 20_000)
	for from := range 7 {
		for to := range 7 {
			for n := range 200 {
				p := packet(from, 12, 0)
				p.Payload = []byte{byte(n)}
				r := f.Receive(p, nil, to)
				if from == to {
					require.Equal(t, rfsim.Untuned, r.Outcome)
					continue
				}
				a, b := [...]float64{0, 300, 700, 1500, 4000, 9000, 20_000}[from], [...]float64{0, 300, 700, 1500, 4000, 9000, 20_000}[to]
				metres := uint64(max(a-b, b-a))
				require.LessOrEqual(t, r.Signal, 14-float64(proof.PathLoss(868_100, metres))/1000+0.1)
			}
		}
	}
}

func TestDeterminism(t *testing.T) {
	noisy := "propagation: {shadowing_db: 8, fading_db: 3}\n"
	f, g := line(t, noisy, 0, 3000), line(t, noisy, 0, 3000)
	p := packet(0, 12, 0)
	require.Equal(t, f.Receive(p, nil, 1), g.Receive(p, nil, 1))
	later := p
	later.Start, later.End = p.Start.Add(time.Hour), p.End.Add(time.Hour)
	require.Equal(t, f.Receive(p, nil, 1), f.Receive(later, nil, 1), "the clock plays no part")
	other := p
	other.Payload = []byte("other")
	require.NotEqual(t, f.Receive(p, nil, 1).Signal, f.Receive(other, nil, 1).Signal)
	require.NotEqual(t, f.Receive(p, nil, 1).Signal, line(t, "propagation: {shadowing_db: 7, fading_db: 3}\n", 0, 3000).Receive(p, nil, 1).Signal)
	calm := line(t, "propagation: {shadowing_db: 8}\n", 0, 3000)
	back := packet(1, 12, 0)
	require.Equal(t, calm.Receive(p, nil, 1).Signal, calm.Receive(back, nil, 0).Signal, "a link is the same both ways")
}

func TestCollisions(t *testing.T) {
	// Receiver g0; g1 and g2 are about as far, g3 is much nearer.
	f := line(t, "", 0, 2000, 2100, 200)
	all := func(others ...rfsim.Transmission) []rfsim.Transmission { return others }
	change := func(p rfsim.Transmission, c func(*rfsim.Transmission)) rfsim.Transmission { c(&p); return p }
	for name, c := range map[string]struct {
		packet rfsim.Transmission
		others []rfsim.Transmission
		want   rfsim.Outcome
	}{
		"alone":                       {packet(1, 12, 0), nil, rfsim.Heard},
		"same factor, as strong":      {packet(1, 12, 0), all(packet(2, 12, 500*time.Millisecond)), rfsim.Collided},
		"one after the other":         {packet(1, 12, 0), all(packet(2, 12, time.Second)), rfsim.Heard},
		"capture: the stronger stays": {packet(3, 12, 0), all(packet(1, 12, 0), packet(2, 12, 0)), rfsim.Heard},
		"capture: the weaker goes":    {packet(1, 12, 0), all(packet(3, 12, 0)), rfsim.Collided},
		"another factor, as strong":   {packet(1, 12, 0), all(packet(2, 7, 0)), rfsim.Heard},
		"another factor, far stronger": {
			packet(1, 7, 0), all(change(packet(3, 12, 0), func(p *rfsim.Transmission) { p.EIRP = 30 })), rfsim.Collided,
		},
		"another channel": {packet(1, 12, 0), all(change(packet(2, 12, 0), func(p *rfsim.Transmission) { p.FrequencyHz = 868_300_000 })), rfsim.Heard},
		"half duplex":     {packet(1, 12, 0), all(packet(0, 7, 900*time.Millisecond)), rfsim.Deaf},
		"itself":          {packet(1, 12, 0), all(packet(1, 12, 0)), rfsim.Heard},
		"inverted":        {change(packet(1, 12, 0), func(p *rfsim.Transmission) { p.Inverted = true }), nil, rfsim.Untuned},
		"no channel":      {change(packet(1, 12, 0), func(p *rfsim.Transmission) { p.FrequencyHz = 869_525_000 }), nil, rfsim.Untuned},
		"bandwidth":       {change(packet(1, 12, 0), func(p *rfsim.Transmission) { p.BandwidthKHz = 500 }), nil, rfsim.Untuned},
		"FSK":             {change(packet(1, 12, 0), func(p *rfsim.Transmission) { p.Spreading = 0 }), nil, rfsim.Untuned},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want.String(), f.Receive(c.packet, c.others, 0).Outcome.String())
		})
	}
}
