package receipts

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/lora"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

// ErrReading means that a packet cannot become a receipt; the text says why.
var ErrReading = errors.New("no receipt can say this")

// MaxClockGap is how far a packet's own time may lie from its arrival to be believed: forwarders send within
// milliseconds, mobile networks within seconds, and a gateway without a fix may say anything.
const MaxClockGap = 5 * time.Second

// readingsOf turns what a gateway says into what a receipt can hold: levels rounded down, the nearest channel of the
// region's plan. A packet at another rate, with a bad check sum, away from every channel or with readings beyond a
// receipt's fields is ErrReading.
func readingsOf(p *gwmp.RXPacket, region proof.Region, sinceStart time.Duration) (proof.Readings, error) {
	plan, err := proof.PlanOf(region)
	if err != nil {
		return proof.Readings{}, err
	}
	if p.CRC == gwmp.CRCBad {
		return proof.Readings{}, fmt.Errorf("%w: the check sum is wrong", ErrReading)
	}
	if uint32(p.Rate.Spreading) != plan.Spreading || p.Rate.Bandwidth != plan.BandwidthKHz {
		return proof.Readings{}, fmt.Errorf("%w: data rate %s, beacons of %s have SF%dBW%d", ErrReading, p.Rate, plan.Name, plan.Spreading, plan.BandwidthKHz)
	}
	millis := sinceStart.Milliseconds()
	if millis < 0 || millis > math.MaxUint32 {
		return proof.Readings{}, fmt.Errorf("%w: heard %s after the epoch's first block", ErrReading, sinceStart)
	}
	rssi, snr := p.Signal(), p.SNR
	if math.IsNaN(rssi) || rssi > 0 || rssi < -math.MaxUint8 {
		return proof.Readings{}, fmt.Errorf("%w: RSSI %g dBm, must be in -255..0", ErrReading, rssi)
	}
	if quarters := math.Floor(snr * 4); math.IsNaN(quarters) || quarters < math.MinInt8 || quarters > math.MaxInt8 {
		return proof.Readings{}, fmt.Errorf("%w: SNR %g dB, must be in -32..31.75", ErrReading, snr)
	}
	channel, offset := nearest(plan.Channels, p.FrequencyHz)
	if offset < math.MinInt8 || offset > math.MaxInt8 {
		return proof.Readings{}, fmt.Errorf("%w: %.4f MHz is %d kHz away from the nearest channel of %s", ErrReading, float64(p.FrequencyHz)/1e6, offset, plan.Name)
	}
	return proof.Readings{
		Attenuation: uint8(math.Ceil(-rssi)), SNR: int8(math.Floor(snr * 4)), Channel: uint8(channel), Offset: int8(offset), Millis: uint32(millis),
	}, nil
}

// nearest is the channel nearest to a frequency, and how far above it the frequency is in kHz.
func nearest(channels []uint32, hertz uint32) (index int, offset int64) {
	offset = math.MaxInt64
	for i, c := range channels {
		if d := int64(hertz)/1000 - int64(c); abs(d) < abs(offset) {
			index, offset = i, d
		}
	}
	return index, offset
}

func abs(n int64) int64 { return max(n, -n) }

// heardAt is the packet's own time where it has one that agrees with its arrival, else its arrival.
func heardAt(p *gwmp.RXPacket, arrival time.Time) time.Time {
	if gap := p.Time.Sub(arrival); !p.Time.IsZero() && gap.Abs() <= MaxClockGap {
		return p.Time
	}
	return arrival
}

// hashOf is the payload's hash if a packet may be a beacon.
func hashOf(p *gwmp.RXPacket) (hash [proof.HashSize]byte, ok bool) {
	payload, ok := lora.Payload(p.Payload)
	if !ok {
		return hash, false
	}
	var b proof.Beacon
	copy(b.Payload[:], payload)
	return b.PayloadHash(), true
}
