package rfsim

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"time"

	"github.com/joulechain/joule/sidecar/radio/lora"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

const (
	// speedOfLight is the proof's value, so that free space here never beats the proof's bound.
	speedOfLight = 2.998e8
	// thermalNoise is the noise density in dBm per Hz at 290 K.
	thermalNoise = -174.0
	// capture is how much stronger a signal must be than all others of its spreading factor on its channel together,
	// dB.
	capture = 6.0
	// maxSNR is where LoRa demodulators' estimate of the SNR saturates, dB.
	maxSNR = 12.0
)

// Outcome is what became of a transmission at one receiver.
type Outcome uint8

// The outcomes.
const (
	Heard    Outcome = iota
	TooWeak          // below the sensitivity of its spreading factor
	Collided         // another signal was in the way
	Deaf             // the receiver transmitted itself
	Untuned          // no receiver listens to that frequency, bandwidth or polarity
)

// String names the outcome.
func (o Outcome) String() string {
	return [...]string{"heard", "too_weak", "collided", "deaf", "untuned"}[o]
}

// site is a place with an antenna.
type site struct {
	position    proof.Position
	gain        float64 // dBi, on reception; transmissions are given as EIRP
	attenuation float64 // dB, both ways
}

// Transmission is one packet on the air.
type Transmission struct {
	From         int // index of the site: gateways first, then end devices
	FrequencyHz  uint32
	Spreading    uint8
	BandwidthKHz uint32
	CodingRate   string
	EIRP         float64 // dBm
	Start, End   time.Time
	Inverted     bool
	Payload      []byte
}

// Reception is what a receiver gets of a transmission.
type Reception struct {
	Outcome  Outcome
	Channel  int     // index of the receiver's channel
	Signal   float64 // dBm, the signal alone
	RSSI     float64 // dBm, signal and noise in the channel
	SNR      float64 // dB
	OffsetHz int32
}

// Field is the physics: immutable, safe for concurrent use.
type Field struct {
	propagation Propagation
	seed        uint64
	plan        lora.Plan
	sites       []site
}

// NewField builds the field of a scenario that Parse has checked.
func NewField(s Scenario) (*Field, error) {
	region, err := lora.ParseRegion(s.Region)
	if err != nil {
		return nil, err
	}
	plan, err := lora.PlanOf(region)
	if err != nil {
		return nil, err
	}
	f := &Field{propagation: s.Propagation, seed: s.Seed, plan: plan}
	for _, g := range s.Gateways {
		place := site{position: g.Stands.Position(), gain: g.GainDBi}
		if g.cheats(CheatAttenuated) {
			place.attenuation = g.Cheat.AttenuationDB
		}
		f.sites = append(f.sites, place)
	}
	for _, d := range s.Devices {
		f.sites = append(f.sites, site{position: d.Stands.Position()})
	}
	return f, nil
}

// FreeSpace returns the free-space path loss in dB between two positions, at least that of one metre.
func FreeSpace(a, b proof.Position, hz uint32) float64 {
	metres := max(float64(proof.Distance(a, b))/1000, 1)
	return 20 * math.Log10(4*math.Pi*metres*float64(hz)/speedOfLight)
}

// loss is the path loss of one packet: free space and what obstacles add, which is never less than nothing.
func (f *Field) loss(from, to int, hz uint32, payload []byte) float64 {
	a, b := f.sites[from], f.sites[to]
	free := FreeSpace(a.position, b.position, hz)
	metres := max(float64(proof.Distance(a.position, b.position))/1000, 1)
	obstacles := 0.0
	if metres > f.propagation.ReferenceM {
		obstacles = 10 * (f.propagation.Exponent - 2) * math.Log10(metres/f.propagation.ReferenceM)
	}
	obstacles += f.propagation.ShadowingDB * f.random("link", min(from, to), max(from, to), nil).NormFloat64()
	obstacles += f.propagation.FadingDB * f.random("packet", from, to, payload).NormFloat64()
	return free + max(obstacles, 0) + a.attenuation + b.attenuation
}

// random is a generator that depends on the seed and the purpose alone, so that neither the order of events nor the
// clock changes anything.
func (f *Field) random(purpose string, a, b int, payload []byte) *rand.Rand {
	h := sha256.New()
	h.Write([]byte(purpose))
	var fixed [24]byte
	binary.BigEndian.PutUint64(fixed[0:], f.seed)
	binary.BigEndian.PutUint64(fixed[8:], uint64(a))
	binary.BigEndian.PutUint64(fixed[16:], uint64(b))
	h.Write(fixed[:])
	h.Write(payload)
	return rand.New(rand.NewChaCha8([32]byte(h.Sum(nil))))
}

// noise is a receiver's noise in dBm.
func (f *Field) noise(bandwidthKHz uint32) float64 {
	return thermalNoise + 10*math.Log10(float64(bandwidthKHz)*1000) + f.propagation.NoiseFigure
}

func milliwatts(dBm float64) float64 { return math.Pow(10, dBm/10) }

func decibels(milliwatts float64) float64 { return 10 * math.Log10(milliwatts) }

// floor is the SNR in dB that a spreading factor needs.
func floor(spreading uint8) float64 {
	quarters, err := proof.SNRFloor(uint32(spreading))
	if err != nil {
		return 0
	}
	return float64(quarters) / 4
}

// Receive tells what a receiver gets of a transmission while others are on the air.
func (f *Field) Receive(t Transmission, others []Transmission, to int) Reception {
	channel := f.channel(t)
	if channel < 0 || to == t.From {
		return Reception{Outcome: Untuned}
	}
	r := f.reading(t.EIRP+f.sites[to].gain-f.loss(t.From, to, t.FrequencyHz, t.Payload), t.BandwidthKHz)
	r.Channel = channel
	r.OffsetHz = int32(f.random("offset", t.From, to, t.Payload).NormFloat64() * 300)
	if r.SNR < floor(t.Spreading) {
		r.Outcome = TooWeak
	}
	var same, cross float64 // mW of interference
	for _, o := range others {
		if !o.Start.Before(t.End) || !t.Start.Before(o.End) {
			continue
		}
		if o.From == to {
			r.Outcome = Deaf
			return r
		}
		if o.From == t.From || !overlap(t, o) {
			continue
		}
		power := milliwatts(o.EIRP + f.sites[to].gain - f.loss(o.From, to, o.FrequencyHz, o.Payload))
		if o.Spreading == t.Spreading {
			same += power
		} else {
			cross += power
		}
	}
	// Another spreading factor looks like noise, so a signal bears as much more of it as of noise.
	if r.Outcome == Heard && (same > 0 && r.Signal-decibels(same) < capture || cross > 0 && r.Signal-decibels(cross) < floor(t.Spreading)) {
		r.Outcome = Collided
	}
	return r
}

// reading is what a receiver shows of a signal.
func (f *Field) reading(signal float64, bandwidthKHz uint32) Reception {
	noise := f.noise(bandwidthKHz)
	return Reception{Signal: signal, RSSI: decibels(milliwatts(signal) + milliwatts(noise)), SNR: min(signal-noise, maxSNR)}
}

// channel finds the channel of the region's plan that a gateway would receive the transmission on, −1 for none.
func (f *Field) channel(t Transmission) int {
	if t.Inverted || t.Spreading < 7 || t.Spreading > 12 || t.BandwidthKHz != f.plan.BandwidthKHz {
		return -1
	}
	for i, hz := range f.plan.Channels {
		if offset := math.Abs(float64(hz) - float64(t.FrequencyHz)); offset < float64(t.BandwidthKHz)*1000/4 {
			return i
		}
	}
	return -1
}

func overlap(a, b Transmission) bool {
	return math.Abs(float64(a.FrequencyHz)-float64(b.FrequencyHz)) < float64(a.BandwidthKHz+b.BandwidthKHz)*500
}
