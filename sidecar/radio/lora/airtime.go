package lora

import (
	"errors"
	"fmt"
	"time"
)

// ErrModulation means a modulation that LoRa or FSK modems do not have.
var ErrModulation = errors.New("impossible modulation")

// maxPacket is the longest packet in bytes.
const maxPacket = 255

// Modulation is how a LoRa packet is sent.
type Modulation struct {
	Spreading      uint32 // 5..12
	BandwidthKHz   uint32 // 125, 250 or 500
	CodingRate     uint32 // 1..4 for 4/5..4/8; 0 counts as 1
	Preamble       uint32 // symbols, 6..65535; 0 counts as 8
	ImplicitHeader bool
	NoCRC          bool
}

// TimeOnAir returns how long a LoRa packet of that many bytes is on the air, in whole microseconds, rounded up (Semtech
// AN1200.13; SX1302 for spreading factors 5 and 6). Errors wrap ErrModulation.
func TimeOnAir(m Modulation, size int) (time.Duration, error) {
	if m.CodingRate == 0 {
		m.CodingRate = 1
	}
	if m.Preamble == 0 {
		m.Preamble = 8
	}
	switch {
	case m.Spreading < 5 || m.Spreading > 12:
		return 0, fmt.Errorf("%w: spreading factor is %d, must be in 5..12", ErrModulation, m.Spreading)
	case m.BandwidthKHz != 125 && m.BandwidthKHz != 250 && m.BandwidthKHz != 500:
		return 0, fmt.Errorf("%w: bandwidth is %d kHz, must be 125, 250 or 500", ErrModulation, m.BandwidthKHz)
	case m.CodingRate > 4:
		return 0, fmt.Errorf("%w: coding rate is 4/%d, must be 4/5..4/8", ErrModulation, 4+uint64(m.CodingRate))
	case m.Preamble < 6 || m.Preamble > 65535:
		return 0, fmt.Errorf("%w: preamble is %d symbols, must be in 6..65535", ErrModulation, m.Preamble)
	case size < 0 || size > maxPacket:
		return 0, fmt.Errorf("%w: packet has %d bytes, must be in 0..%d", ErrModulation, size, maxPacket)
	}
	symbol := uint64(1000) << m.Spreading / uint64(m.BandwidthKHz) // µs, exact
	quarters := 4*(uint64(m.Preamble)+8+payloadSymbols(m, size, symbol)) + 17
	if m.Spreading < 7 {
		quarters += 8 // two symbols more of synchronisation
	}
	return time.Duration((quarters*symbol+3)/4) * time.Microsecond, nil
}

// payloadSymbols counts the symbols after the first eight.
func payloadSymbols(m Modulation, size int, symbol uint64) uint64 {
	bits := 8*int64(size) - 4*int64(m.Spreading)
	if m.Spreading >= 7 {
		bits += 8
	}
	if !m.ImplicitHeader {
		bits += 20
	}
	if !m.NoCRC {
		bits += 16
	}
	if bits <= 0 {
		return 0
	}
	perSymbol := uint64(m.Spreading)
	if symbol > 16_000 { // low data rate optimisation
		perSymbol -= 2
	}
	return (uint64(bits) + 4*perSymbol - 1) / (4 * perSymbol) * uint64(4+m.CodingRate)
}

// TimeOnAirFSK is TimeOnAir for FSK: preamble bytes (0 counts as 5), three bytes of synchronisation, a length byte, the
// packet and its CRC.
func TimeOnAirFSK(bitRate, preamble uint32, size int) (time.Duration, error) {
	if bitRate == 0 || bitRate > 1_000_000 {
		return 0, fmt.Errorf("%w: bit rate is %d, must be in 1..1000000", ErrModulation, bitRate)
	}
	if size < 0 || size > maxPacket || preamble > 65535 {
		return 0, fmt.Errorf("%w: packet has %d bytes and %d of preamble, must be in 0..%d and 0..65535", ErrModulation, size, preamble, maxPacket)
	}
	if preamble == 0 {
		preamble = 5
	}
	bits := 8 * (uint64(preamble) + 3 + 1 + uint64(size) + 2)
	return time.Duration((bits*1_000_000+uint64(bitRate)-1)/uint64(bitRate)) * time.Microsecond, nil
}
