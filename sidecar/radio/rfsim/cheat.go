package rfsim

import (
	"context"
	"sync"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/lora"
)

// radiates tells whether what a gateway was asked to transmit gets on the air.
func (f *forwarder) radiates() bool { return !f.gateway.cheats(CheatReceiveOnly) && f.radio() }

// radio tells whether there is one at all.
func (f *forwarder) radio() bool { return !f.gateway.cheats(CheatColluder) }

// collude tells a transmission to the other members of the ring, who report it with a reading that their asserted
// places make plausible: as strong as free space allows less what a roof costs, and never below what its spreading
// factor needs.
func (s *Sim) collude(ctx context.Context, from *forwarder, t Transmission) {
	if from.radio() {
		return
	}
	channel := s.field.channel(t)
	if channel < 0 {
		return
	}
	const roof = 8.0
	for _, member := range s.gateways {
		if member == from || !member.gateway.cheats(CheatColluder) || member.gateway.Cheat.Ring != from.gateway.Cheat.Ring {
			continue
		}
		loss := FreeSpace(from.gateway.Asserted(), member.gateway.Asserted(), t.FrequencyHz) + roof
		r := s.field.reading(t.EIRP+member.gateway.GainDBi-loss, t.BandwidthKHz)
		r.SNR = max(r.SNR, floor(t.Spreading)+1)
		r.Channel = channel
		s.wait.Go(func() {
			if clock.Sleep(ctx, s.clock, t.End.Sub(s.clock.Now())) == nil {
				member.count(func(c *Counts) { c.Told++ })
				member.tell(t, r)
			}
		})
	}
}

// replays remembers what a replayer has transmitted again, so that two of them do not go on for ever.
type replays struct {
	mu   sync.Mutex
	seen map[string]bool
}

const maxReplays = 4096

func newReplays() *replays { return &replays{seen: map[string]bool{}} }

func (r *replays) first(payload []byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen[string(payload)] || len(r.seen) >= maxReplays {
		return false
	}
	r.seen[string(payload)] = true
	return true
}

// replay transmits a beacon again after the replayer's delay, at its full power.
func (f *forwarder) replay(ctx context.Context, t Transmission) {
	if !f.gateway.cheats(CheatReplayer) {
		return
	}
	if _, ok := lora.Payload(t.Payload); !ok || !f.replays.first(t.Payload) {
		return
	}
	f.sim.wait.Go(func() {
		if clock.Sleep(ctx, f.sim.clock, f.gateway.Cheat.Delay) != nil {
			return
		}
		now := f.sim.clock.Now()
		again := t
		again.From, again.EIRP = f.index, float64(f.maxPower())
		again.Start, again.End = now, now.Add(t.End.Sub(t.Start))
		f.count(func(c *Counts) { c.Transmitted++ })
		f.sim.transmit(ctx, again)
	})
}
