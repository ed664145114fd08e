package gwmp

import (
	"errors"
	"fmt"
)

// Errors of datagrams and their JSON.
var (
	// ErrVersion means another protocol version than 2: not for us, and no fault of the sender.
	ErrVersion = errors.New("unknown protocol version")
	// ErrHeader means a datagram too short for its type, or of an unknown type.
	ErrHeader = errors.New("malformed datagram header")
	// ErrJSON means that the body is not the JSON that the type asks for.
	ErrJSON = errors.New("malformed JSON")
	// ErrPacket means one radio packet that cannot be used; others of the same datagram may be well.
	ErrPacket = errors.New("unusable radio packet")
	// ErrReading means a signal reading that no receiver can have measured.
	ErrReading = errors.New("absurd reading")
	// ErrPayload means base64 that does not decode, or to another size than stated.
	ErrPayload = errors.New("wrong payload")
	// ErrTooMany means more packets in one datagram than a forwarder can send.
	ErrTooMany = errors.New("too many packets")
)

// Errors of the server.
var (
	// ErrOptions means options that cannot work.
	ErrOptions = errors.New("invalid GWMP options")
	// ErrNoRoute means that the gateway's forwarder has not asked for downlinks lately: nowhere to send to.
	ErrNoRoute = errors.New("no route to the gateway")
	// ErrNoAck means that the forwarder did not say in time whether it will transmit. It may have: count the time on
	// air as used.
	ErrNoAck = errors.New("the forwarder did not acknowledge")
	// ErrBusy means that too many transmissions await their acknowledgement.
	ErrBusy = errors.New("too many unacknowledged downlinks")
	// ErrClosed means that the server has ended.
	ErrClosed = errors.New("the GWMP server is closed")
)

// Codes of TXError, as the protocol names them. A forwarder may send others.
const (
	TooLate         = "TOO_LATE"
	TooEarly        = "TOO_EARLY"
	CollisionPacket = "COLLISION_PACKET"
	CollisionBeacon = "COLLISION_BEACON"
	TXFrequency     = "TX_FREQ"
	TXPower         = "TX_POWER" // an error up to v1.4, a warning from v1.5 on
	GPSUnlocked     = "GPS_UNLOCKED"
)

// TXError is a forwarder's refusal to transmit.
type TXError struct {
	Code string // at most maxCode bytes, as sent
}

// Error says what to do about the refusal.
func (e *TXError) Error() string {
	advice := map[string]string{
		TooLate:         "it came too late to be transmitted",
		TooEarly:        "its time lies too far ahead; has the gateway restarted?",
		CollisionPacket: "the gateway transmits something else at that time",
		CollisionBeacon: "the gateway transmits a LoRaWAN beacon at that time",
		TXFrequency:     "the gateway is not configured for that frequency: compare the region with the forwarder's tx_freq_min and tx_freq_max",
		TXPower:         "the gateway does not have that power",
		GPSUnlocked:     "the gateway has no GNSS time",
	}[e.Code]
	if advice == "" {
		advice = "the forwarder's own reason"
	}
	return fmt.Sprintf("the forwarder refuses to transmit: %q: %s", e.Code, advice)
}
