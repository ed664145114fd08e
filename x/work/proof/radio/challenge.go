package radio

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
)

const (
	// PayloadSize is the size of a beacon's payload in bytes. With the header's byte it is the longest frame that SF10
	// carries within 400 ms.
	PayloadSize = 23
	// FrameSize is the size of a beacon's frame in bytes: LoRaWAN's proprietary header and the payload.
	FrameSize = 1 + PayloadSize
	// HashSize is the size of mixes and hashes in bytes.
	HashSize = 32

	// proprietaryHeader is LoRaWAN's MHDR for message type 111 (proprietary), major version 0.
	proprietaryHeader = 0xe0

	domainSlot    = "joule/radio/v1/slot"
	domainBeacon  = "joule/radio/v1/beacon"
	domainPayload = "joule/radio/v1/payload"
)

// Mix is a value of the randomness beacon.
type Mix [HashSize]byte

// Challenge is what a beacon depends on.
type Challenge struct {
	ChainID string
	Epoch   uint64
	Mix     Mix // of the block that opens the epoch
	Device  DeviceID
}

// Beacon is what a radio must transmit in its slot.
type Beacon struct {
	Payload [PayloadSize]byte
	Channel uint8  // index in the plan's channels
	Backoff uint32 // dB below the plan's largest EIRP
}

// Frame returns the bytes on the air.
func (b Beacon) Frame() [FrameSize]byte {
	var frame [FrameSize]byte
	frame[0] = proprietaryHeader
	copy(frame[1:], b.Payload[:])
	return frame
}

// PayloadHash returns what receipts and the beaconer sign in the payload's place.
func (b Beacon) PayloadHash() [HashSize]byte {
	return sha256.Sum256(append([]byte(domainPayload), b.Payload[:]...))
}

// SlotOf returns the slot of a device in an epoch, uniform in 0..slots−1 (SPEC.md 6). Everybody can know it once the
// epoch's mix is known; what will be sent in it, nobody but the device. No slots count as one.
func SlotOf(c Challenge, slots uint32) uint32 {
	digest := c.hash(domainSlot, nil)
	// Of 2^64 values at most one in 2^44 is likelier than another: no pay depends on it.
	hi, _ := bits.Mul64(binary.BigEndian.Uint64(digest[:]), uint64(max(slots, 1)))
	return uint32(hi)
}

// DeriveBeacon returns payload, channel and back-off of a device's beacon in an epoch (SPEC.md 6). They depend on the
// preimage, so that before it transmits nobody but the device knows any of them. maxBackoff counts up to MaxBackoff. An
// unknown region is ErrRegion.
func DeriveBeacon(c Challenge, region Region, maxBackoff uint32, preimage Preimage) (Beacon, error) {
	plan, err := PlanOf(region)
	if err != nil {
		return Beacon{}, fmt.Errorf("beacon: %w", err)
	}
	digest := c.hash(domainBeacon, preimage[:])
	beacon := Beacon{
		// 32 bits over at most 8 channels and 11 steps: the unevenness is below 2^-28.
		Channel: uint8(uint64(binary.BigEndian.Uint32(digest[24:28])) * uint64(len(plan.Channels)) >> 32),
		Backoff: uint32(uint64(binary.BigEndian.Uint32(digest[28:32])) * uint64(min(maxBackoff, MaxBackoff)+1) >> 32),
	}
	copy(beacon.Payload[:], digest[:PayloadSize])
	return beacon, nil
}

// hash is SHA-256 over length-prefixed fields, so that no two field lists share an encoding.
func (c Challenge) hash(domain string, preimage []byte) [HashSize]byte {
	buf := make([]byte, 0, 6*4+len(domain)+len(c.ChainID)+8+HashSize+DeviceIDSize+PreimageSize)
	buf = appendField(buf, []byte(domain))
	buf = appendField(buf, []byte(c.ChainID))
	buf = appendField(buf, binary.BigEndian.AppendUint64(nil, c.Epoch))
	buf = appendField(buf, c.Mix[:])
	buf = appendField(buf, c.Device[:])
	buf = appendField(buf, preimage)
	return sha256.Sum256(buf)
}

func appendField(buf, field []byte) []byte {
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(field)))
	return append(buf, field...)
}
