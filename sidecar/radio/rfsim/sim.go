package rfsim

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
)

// Options start a simulation.
type Options struct {
	Scenario Scenario // from Parse or Load
	// Server tells the address of the GWMP server that a gateway's forwarder talks to, by the gateway's name.
	Server func(gateway string) string
	Clock  clock.Clock
	Log    *slog.Logger
}

// Sim is a scenario being played.
type Sim struct {
	scenario Scenario
	field    *Field
	clock    clock.Clock
	log      *slog.Logger
	gateways []*forwarder
	started  time.Time

	wait sync.WaitGroup

	mu  sync.Mutex
	air []Transmission // on the air, or over since less than airMemory
}

// airMemory is how long a transmission is kept after its end: longer than any that it may have met.
const airMemory = 15 * time.Second

// Counts are what happened at one gateway.
type Counts struct {
	Asked       uint64            // transmissions that its server asked for
	Refused     uint64            // of them, those refused with an error
	Transmitted uint64            // its own on the air, replays included
	Outcomes    map[string]uint64 // of others' transmissions, by Outcome
	Told        uint64            // readings that a colluder made up
	Pushed      uint64            // PUSH_DATA sent
	PushAcks    uint64
	PullAcks    uint64
}

// New opens every gateway's sockets; Run plays.
func New(o Options) (*Sim, error) {
	field, err := NewField(o.Scenario)
	if err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Sim{scenario: o.Scenario, field: field, clock: o.Clock, log: o.Log, started: o.Clock.Now()}
	for i, g := range o.Scenario.Gateways {
		f, err := newForwarder(s, i, g, o.Server(g.Name))
		if err != nil {
			s.close()
			return nil, fmt.Errorf("gateway %s: %w", g.Name, err)
		}
		s.gateways = append(s.gateways, f)
	}
	return s, nil
}

func (s *Sim) close() {
	for _, f := range s.gateways {
		f.close()
	}
}

// Run plays until the context ends; sockets are closed then. It returns nil.
func (s *Sim) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, f := range s.gateways {
		s.wait.Go(func() { f.poll(ctx) })
		s.wait.Go(func() { f.read(ctx) })
		s.wait.Go(f.readAcks)
	}
	for i, d := range s.scenario.Devices {
		s.wait.Go(func() { s.device(ctx, len(s.gateways)+i, d) })
	}
	<-ctx.Done()
	s.close()
	s.wait.Wait()
	return nil
}

// Counts returns what happened so far, by gateway.
func (s *Sim) Counts() map[string]Counts {
	all := map[string]Counts{}
	for _, f := range s.gateways {
		all[f.gateway.Name] = f.snapshot()
	}
	return all
}

// transmit puts a packet on the air from its start on and, when it ends, hands every gateway what it got of it.
func (s *Sim) transmit(ctx context.Context, t Transmission) {
	s.mu.Lock()
	now := s.clock.Now()
	kept := s.air[:0]
	for _, old := range s.air {
		if now.Sub(old.End) < airMemory {
			kept = append(kept, old)
		}
	}
	s.air = append(kept, t)
	s.mu.Unlock()
	s.wait.Go(func() {
		if clock.Sleep(ctx, s.clock, t.End.Sub(s.clock.Now())) != nil {
			return
		}
		s.mu.Lock()
		others := append([]Transmission(nil), s.air...)
		s.mu.Unlock()
		for i, f := range s.gateways {
			if i != t.From && f.radio() {
				f.hear(ctx, t, s.field.Receive(t, others, i))
			}
		}
	})
}

// scheduled tells whether a site is on the air between two times.
func (s *Sim) scheduled(from int, start, end time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.air {
		if t.From == from && t.Start.Before(end) && start.Before(t.End) {
			return true
		}
	}
	return false
}

// device sends ordinary uplinks with its own phase, contents and channels.
func (s *Sim) device(ctx context.Context, index int, d Device) {
	random := s.field.random("device", index, 0, nil)
	wait := time.Duration(random.Int64N(int64(d.Every)))
	for clock.Sleep(ctx, s.clock, wait) == nil {
		wait = d.Every
		payload := make([]byte, d.Bytes)
		for i := range payload {
			payload[i] = byte(random.Uint32())
		}
		payload[0] = 0x40 // LoRaWAN's unconfirmed uplink
		now := s.clock.Now()
		p := gwmp.TXPacket{
			FrequencyHz: s.field.plan.Channels[random.IntN(len(s.field.plan.Channels))], CodingRate: "4/5",
			Rate: gwmp.Rate{Spreading: d.Spreading, Bandwidth: s.field.plan.BandwidthKHz}, Payload: payload,
		}
		airtime, err := airtimeOf(p)
		if err != nil {
			s.log.Error("an end device cannot transmit", "device", d.Name, "error", err)
			return
		}
		s.transmit(ctx, onAir(p, index, d.PowerDBm, now, airtime))
	}
}
