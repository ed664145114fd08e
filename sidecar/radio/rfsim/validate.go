package rfsim

import (
	"fmt"
	"math"
	"time"

	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/lora"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

// Distances in metres that the chain's rules name: nearer or farther pairs are never paid.
const nearest, farthest = 300, 100_000

func (s *Scenario) validate() error {
	if s.Version != Version {
		return fmt.Errorf("%w: version is %d, must be %d", ErrScenario, s.Version, Version)
	}
	if _, err := lora.ParseRegion(s.Region); err != nil {
		return fmt.Errorf("%w: region: %w", ErrScenario, err)
	}
	if len(s.Gateways) < 1 || len(s.Gateways) > maxGateways || len(s.Devices) > maxDevices {
		return fmt.Errorf("%w: %d gateways and %d end_devices, must be 1..%d and at most %d",
			ErrScenario, len(s.Gateways), len(s.Devices), maxGateways, maxDevices)
	}
	p := s.Propagation
	if err := within("propagation", []bound{
		{"exponent", p.Exponent, 2, 6},
		{"reference_m", p.ReferenceM, 1, 10_000},
		{"shadowing_db", p.ShadowingDB, 0, 20},
		{"fading_db", p.FadingDB, 0, 20},
		{"noise_figure_db", p.NoiseFigure, 0, 30},
		{"keepalive (s)", s.Keepalive.Seconds(), 1, 60},
		{"stat (s)", s.Stat.Seconds(), 1, 3600},
	}); err != nil {
		return err
	}
	if err := s.validateGateways(); err != nil {
		return err
	}
	names := map[string]bool{}
	for _, d := range s.Devices {
		if d.Name == "" || names[d.Name] {
			return fmt.Errorf("%w: end_devices: name %q is empty or used twice", ErrScenario, d.Name)
		}
		names[d.Name] = true
		if err := d.Stands.validate(d.Name); err != nil {
			return err
		}
		if err := within(d.Name, []bound{
			{"every (s)", d.Every.Seconds(), 0.01, 86_400},
			{"bytes", float64(d.Bytes), 1, 222},
			{"spreading", float64(d.Spreading), 7, 12},
			{"power_dbm", d.PowerDBm, -20, 30},
		}); err != nil {
			return err
		}
	}
	return nil
}

type bound struct {
	name             string
	value, low, high float64
}

func within(who string, bounds []bound) error {
	for _, b := range bounds {
		if !(b.value >= b.low && b.value <= b.high) {
			return fmt.Errorf("%w: %s: %s is %v, must be in %v..%v", ErrScenario, who, b.name, b.value, b.low, b.high)
		}
	}
	return nil
}

func (p Place) validate(who string) error {
	if !(math.Abs(p.Latitude) <= 90 && math.Abs(p.Longitude) <= 180) {
		return fmt.Errorf("%w: %s: place %v, %v is not on Earth", ErrScenario, who, p.Latitude, p.Longitude)
	}
	if err := p.Position().Validate(); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrScenario, who, err)
	}
	return nil
}

func (s *Scenario) validateGateways() error {
	names, euis, rings := map[string]bool{}, map[gwmp.EUI]bool{}, map[string]int{}
	for _, g := range s.Gateways {
		if g.Name == "" || names[g.Name] || euis[g.EUI] {
			return fmt.Errorf("%w: gateways: name %q is empty, or it or EUI %s is used twice", ErrScenario, g.Name, g.EUI)
		}
		names[g.Name], euis[g.EUI] = true, true
		if g.cheats(CheatColluder) {
			rings[g.Cheat.Ring]++
		}
	}
	for i, g := range s.Gateways {
		if err := g.Stands.validate(g.Name); err != nil {
			return err
		}
		bounds := []bound{{"gain_dbi", g.GainDBi, -10, 15}}
		if g.MaxPower != nil {
			bounds = append(bounds, bound{"max_power_dbm", float64(*g.MaxPower), -10, 36})
		}
		if err := within(g.Name, bounds); err != nil {
			return err
		}
		if g.Acks != AcksPlain && g.Acks != AcksJSON && g.Acks != AcksSilent {
			return fmt.Errorf("%w: %s: acks is %q, must be plain, json or silent", ErrScenario, g.Name, g.Acks)
		}
		if g.Asserts != nil {
			if g.Cheat == nil {
				return fmt.Errorf("%w: %s: an honest gateway asserts where it stands: remove asserts or name the cheat", ErrScenario, g.Name)
			}
			if err := g.Asserts.validate(g.Name); err != nil {
				return err
			}
		}
		if g.Cheat == nil {
			continue
		}
		if err := s.validateCheat(i, rings); err != nil {
			return err
		}
	}
	return nil
}

// validateCheat refuses settings of another kind and cheats that would not be any.
func (s *Scenario) validateCheat(i int, rings map[string]int) error {
	g := s.Gateways[i]
	c := *g.Cheat
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s: cheat %s: %s", ErrScenario, g.Name, c.Kind, fmt.Sprintf(format, args...))
	}
	if c.Kind != CheatReplayer && c.Delay != 0 {
		return refuse("delay belongs to a replayer")
	}
	if c.Kind != CheatColluder && c.Ring != "" {
		return refuse("ring belongs to a colluder")
	}
	if c.Kind != CheatAttenuated && c.AttenuationDB != 0 {
		return refuse("attenuation_db belongs to an attenuated gateway")
	}
	switch c.Kind {
	case CheatSpoofer:
		if moved := proof.Distance(g.Stands.Position(), g.Asserted()) / 1000; moved < nearest {
			return refuse("it asserts a place %d m from where it stands, must be at least %d m", moved, nearest)
		}
	case CheatReceiveOnly:
	case CheatReplayer:
		if c.Delay < 0 || c.Delay > time.Hour {
			return refuse("delay is %s, must be in 0s..1h", c.Delay)
		}
	case CheatColluder:
		if c.Ring == "" || rings[c.Ring] < 2 {
			return refuse("ring %q has %d members, must have a name and at least 2", c.Ring, rings[c.Ring])
		}
	case CheatAttenuated:
		if !(c.AttenuationDB > 0 && c.AttenuationDB <= 120) {
			return refuse("attenuation_db is %v, must be over 0 and at most 120", c.AttenuationDB)
		}
	case CheatLoneWolf:
		for j, other := range s.Gateways {
			if d := proof.Distance(g.Stands.Position(), other.Stands.Position()) / 1000; j != i && d <= farthest {
				return refuse("%s stands %d m away, nobody may within %d m", other.Name, d, farthest)
			}
		}
	default:
		return refuse("must be %s, %s, %s, %s, %s or %s",
			CheatSpoofer, CheatReceiveOnly, CheatReplayer, CheatColluder, CheatAttenuated, CheatLoneWolf)
	}
	return nil
}
