package gwmp

import (
	"net/netip"
	"slices"
	"time"
)

// idleAge is how long a gateway must have been silent before a new one may take its place.
const idleAge = 10 * time.Minute

// gateway is what the server knows of one.
type gateway struct {
	route    netip.AddrPort // where PULL_DATA came from: the way down
	lastPull time.Time
	lastPush time.Time
	traffic  traffic
	status   Status
}

func (g *gateway) lastSeen() time.Time {
	if g.lastPull.After(g.lastPush) {
		return g.lastPull
	}
	return g.lastPush
}

// Status is a gateway for people.
type Status struct {
	Gateway   EUI       `json:"gateway"`
	Route     string    `json:"route"` // where downlinks go; empty before the first PULL_DATA
	LastPull  time.Time `json:"last_pull"`
	LastPush  time.Time `json:"last_push"`
	Packets   uint64    `json:"packets"`
	Refused   uint64    `json:"refused"` // packets and bodies that could not be read
	Downlinks uint64    `json:"downlinks"`
	Acked     uint64    `json:"acked"`
	LastError string    `json:"last_error"` // of the last downlink; empty after a success
	Stat      *Stat     `json:"stat"`
	// StatAt is when the state arrived.
	StatAt time.Time `json:"stat_at"`
}

// admit finds the gateway or makes room for it; nil means that it is not served.
func (s *Server) admit(eui EUI, now time.Time) *gateway {
	if g, ok := s.gateways[eui]; ok {
		return g
	}
	if len(s.opts.Gateways) > 0 {
		if !slices.Contains(s.opts.Gateways, eui) {
			return nil
		}
	} else if perMinute := float64(s.opts.Limits.NewGatewaysMinute); !s.strangers.take(now, perMinute/60, perMinute, 1) {
		return nil // made-up names must not push each other through the table
	}
	if len(s.gateways) >= s.opts.Limits.Gateways && !s.forgetIdlest(now) {
		return nil
	}
	g := &gateway{status: Status{Gateway: eui}}
	s.gateways[eui] = g
	return g
}

// forgetIdlest drops the gateway that has been silent longest, if that is long enough.
func (s *Server) forgetIdlest(now time.Time) bool {
	var idlest EUI
	oldest := now
	for eui, g := range s.gateways {
		if seen := g.lastSeen(); seen.Before(oldest) {
			idlest, oldest = eui, seen
		}
	}
	if now.Sub(oldest) < idleAge {
		return false
	}
	delete(s.gateways, idlest)
	return true
}

// Gateways lists the gateways that the server knows, by EUI.
func (s *Server) Gateways() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Status, 0, len(s.gateways))
	for _, g := range s.gateways {
		status := g.status
		status.LastPull, status.LastPush = g.lastPull, g.lastPush
		if g.route.IsValid() {
			status.Route = g.route.String()
		}
		list = append(list, status)
	}
	slices.SortFunc(list, func(a, b Status) int { return slices.Compare(a.Gateway[:], b.Gateway[:]) })
	return list
}

// note changes a gateway's status if it is still known.
func (s *Server) note(eui EUI, change func(*Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g, ok := s.gateways[eui]; ok {
		change(&g.status)
	}
}
