package rfsim

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/joulechain/joule/sidecar/radio/gwmp"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

// ErrScenario means a scenario that cannot be played; the text names the field.
var ErrScenario = errors.New("invalid radio scenario")

// Version is the scenario format that this package reads.
const Version = 1

// Scenario is a radio field and who stands in it.
type Scenario struct {
	Version     int           `yaml:"version"`
	Name        string        `yaml:"name"`
	Region      string        `yaml:"region"`      // like EU868
	Seed        uint64        `yaml:"seed"`        // of shadowing, fading and devices
	Keepalive   time.Duration `yaml:"keepalive"`   // of PULL_DATA; 1 s..1 min, default 5 s
	Stat        time.Duration `yaml:"stat"`        // interval of status reports; 1 s..1 h, default 30 s
	Propagation Propagation   `yaml:"propagation"` // all zero: the defaults
	Gateways    []Gateway     `yaml:"gateways"`    // 1..500
	Devices     []Device      `yaml:"end_devices"` // ordinary traffic, at most 500
}

// Propagation is how the field weakens signals.
type Propagation struct {
	Exponent    float64 `yaml:"exponent"`        // 2 (free space) .. 6, default 2.6
	ReferenceM  float64 `yaml:"reference_m"`     // free space up to here, 1..10000 m, default 100
	ShadowingDB float64 `yaml:"shadowing_db"`    // standard deviation of a link, both ways the same, 0..20
	FadingDB    float64 `yaml:"fading_db"`       // standard deviation of one packet, 0..20
	NoiseFigure float64 `yaml:"noise_figure_db"` // of receivers, 0..30, default 6
}

// Place is a position in degrees.
type Place struct {
	Latitude  float64 `yaml:"latitude"`
	Longitude float64 `yaml:"longitude"`
}

// Acks are how a gateway's forwarder acknowledges a transmission that it accepts.
const (
	AcksPlain  = "plain"  // TX_ACK without JSON, as Semtech's forwarder: the default
	AcksJSON   = "json"   // TX_ACK with {"txpk_ack":{"error":"NONE"}}
	AcksSilent = "silent" // no TX_ACK at all
)

// Gateway is one gateway and its packet forwarder.
type Gateway struct {
	Name     string   `yaml:"name"`
	EUI      gwmp.EUI `yaml:"eui"` // default: derived from the name
	Stands   Place    `yaml:"stands"`
	Asserts  *Place   `yaml:"asserts"` // what its owner registers, if it cheats; default: where it stands
	GainDBi  float64  `yaml:"gain_dbi"`
	MaxPower *int32   `yaml:"max_power_dbm"` // default: the region's EIRP
	NoGNSS   bool     `yaml:"no_gnss"`
	Acks     string   `yaml:"acks"`
	Cheat    *Cheat   `yaml:"cheat"`
}

// Kinds of cheaters.
const (
	CheatSpoofer     = "distance_spoofer" // asserts another place than it stands at
	CheatReceiveOnly = "receive_only"     // acknowledges transmissions and radiates nothing
	CheatReplayer    = "replayer"         // transmits others' beacons again, later and from where it stands
	CheatColluder    = "colluder"         // has no radio: members of a ring tell each other what they were asked to transmit, and make up readings
	CheatAttenuated  = "attenuated"       // stands beside its accomplices and feigns distance by attenuators
	CheatLoneWolf    = "lone_wolf"        // asserts a place that nobody can hear
)

// Cheat says how a gateway cheats.
type Cheat struct {
	Kind          string        `yaml:"kind"`
	Delay         time.Duration `yaml:"delay"`          // of a replayer, 0..1 h
	Ring          string        `yaml:"ring"`           // of a colluder; two members at least
	AttenuationDB float64       `yaml:"attenuation_db"` // of an attenuated gateway, over 0..120, in both directions
}

// Device is an end device that sends ordinary uplinks, as a gateway's day job.
type Device struct {
	Name      string        `yaml:"name"`
	Stands    Place         `yaml:"stands"`
	Every     time.Duration `yaml:"every"`     // 10 ms..24 h
	Bytes     int           `yaml:"bytes"`     // 1..222
	Spreading uint8         `yaml:"spreading"` // 7..12
	PowerDBm  float64       `yaml:"power_dbm"` // EIRP, −20..30
}

const (
	maxScenario = 1 << 20
	maxGateways = 500
	maxDevices  = 500
)

// Load reads a scenario file.
func Load(path string) (Scenario, error) {
	f, err := os.Open(path)
	if err != nil {
		return Scenario{}, fmt.Errorf("%w: %w", ErrScenario, err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxScenario+1))
	if err != nil {
		return Scenario{}, fmt.Errorf("%w: %w", ErrScenario, err)
	}
	s, err := Parse(raw)
	if err != nil {
		return Scenario{}, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// Parse reads one YAML document with no unknown keys, fills in the defaults and checks. Errors wrap ErrScenario.
func Parse(raw []byte) (Scenario, error) {
	if len(raw) > maxScenario {
		return Scenario{}, fmt.Errorf("%w: over %d bytes", ErrScenario, maxScenario)
	}
	var s Scenario
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&s); err != nil {
		return Scenario{}, fmt.Errorf("%w: %w", ErrScenario, err)
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return Scenario{}, fmt.Errorf("%w: more than one document", ErrScenario)
	}
	s.complete()
	return s, s.validate()
}

func (s *Scenario) complete() {
	def := func(to *float64, value float64) {
		if *to == 0 {
			*to = value
		}
	}
	def(&s.Propagation.Exponent, 2.6)
	def(&s.Propagation.ReferenceM, 100)
	def(&s.Propagation.NoiseFigure, 6)
	if s.Keepalive == 0 {
		s.Keepalive = 5 * time.Second
	}
	if s.Stat == 0 {
		s.Stat = 30 * time.Second
	}
	for i := range s.Gateways {
		g := &s.Gateways[i]
		if g.EUI == (gwmp.EUI{}) {
			digest := sha256.Sum256([]byte("joule/rfsim/eui/" + g.Name))
			g.EUI = gwmp.EUI(digest[:gwmp.EUISize])
		}
		if g.Acks == "" {
			g.Acks = AcksPlain
		}
	}
}

// Position is a place as the proof writes it.
func (p Place) Position() proof.Position {
	return proof.Position{LatitudeE7: int32(math.Round(p.Latitude * proof.DegreeE7)), LongitudeE7: int32(math.Round(p.Longitude * proof.DegreeE7))}
}

// Asserted is what the gateway's owner registers.
func (g Gateway) Asserted() proof.Position {
	if g.Asserts != nil {
		return g.Asserts.Position()
	}
	return g.Stands.Position()
}

// cheats tells whether a gateway cheats in that way.
func (g Gateway) cheats(kind string) bool { return g.Cheat != nil && g.Cheat.Kind == kind }
