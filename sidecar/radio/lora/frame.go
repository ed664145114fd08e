package lora

import (
	"fmt"
	"time"

	proof "github.com/joulechain/joule/x/work/proof/radio"
)

// HeaderProprietary is LoRaWAN's MHDR of message type 111 (proprietary), major version 0: network servers leave such
// frames alone.
const HeaderProprietary = 0xe0

// Payload returns the payload of a frame that may be a beacon of this chain: the proprietary header and the right
// length. Whether it is one shows only when its payload is revealed. The slice aliases the frame.
func Payload(frame []byte) ([]byte, bool) {
	if len(frame) != proof.FrameSize || frame[0] != HeaderProprietary {
		return nil, false
	}
	return frame[1:], true
}

// Transmission is a beacon ready for the air.
type Transmission struct {
	FrequencyHz  uint32
	Spreading    uint32
	BandwidthKHz uint32
	EIRP         int32 // dBm
	Airtime      time.Duration
	Frame        []byte
}

// TransmissionOf says how a beacon is sent: the channel it names, the region's slowest rate, the full power less its
// back-off and never more than the place grants. A region or channel that the plan lacks is
// x/work/proof/radio.ErrRegion.
func TransmissionOf(p Plan, b proof.Beacon) (Transmission, error) {
	if int(b.Channel) >= len(p.Channels) {
		return Transmission{}, fmt.Errorf("%w: channel is %d, %s has %d", proof.ErrRegion, b.Channel, p.Name, len(p.Channels))
	}
	if b.Backoff > proof.MaxBackoff {
		return Transmission{}, fmt.Errorf("%w: power back-off is %d dB, at most %d", proof.ErrRegion, b.Backoff, proof.MaxBackoff)
	}
	frame := b.Frame()
	airtime, err := TimeOnAir(Modulation{Spreading: p.Spreading, BandwidthKHz: p.BandwidthKHz}, len(frame))
	if err != nil {
		return Transmission{}, err
	}
	return Transmission{
		FrequencyHz: p.Channels[b.Channel], Spreading: p.Spreading, BandwidthKHz: p.BandwidthKHz,
		EIRP: min(p.MaxEIRP-int32(b.Backoff), p.TransmitEIRP), Airtime: airtime, Frame: frame[:],
	}, nil
}
