package gwmp

import (
	"encoding/binary"
	"fmt"
)

// Version is the protocol version that both sides write in byte 0.
const Version = 2

// Type is a datagram's kind, byte 3.
type Type uint8

// The kinds of datagrams. PushData, PullData and TXAckData come from gateways, the others from servers.
const (
	PushData  Type = 0
	PushAck   Type = 1
	PullData  Type = 2
	PullResp  Type = 3
	PullAck   Type = 4
	TXAckData Type = 5
)

// String returns the protocol's name of the type.
func (t Type) String() string {
	names := [...]string{"PUSH_DATA", "PUSH_ACK", "PULL_DATA", "PULL_RESP", "PULL_ACK", "TX_ACK"}
	if int(t) < len(names) {
		return names[t]
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// FromGateway tells whether gateways send the type; such datagrams name their gateway.
func (t Type) FromGateway() bool { return t == PushData || t == PullData || t == TXAckData }

const (
	headerSize        = 4
	gatewayHeaderSize = headerSize + EUISize
)

// Datagram is one datagram without its meaning. Body aliases the bytes it was read from.
type Datagram struct {
	Token   uint16
	Type    Type
	Gateway EUI // zero in datagrams from servers
	Body    []byte
}

// ParseDatagram reads the header. Errors wrap ErrVersion or ErrHeader; the body is not looked at.
func ParseDatagram(raw []byte) (Datagram, error) {
	if len(raw) < headerSize {
		return Datagram{}, fmt.Errorf("%w: %d bytes, want at least %d", ErrHeader, len(raw), headerSize)
	}
	if raw[0] != Version {
		return Datagram{}, fmt.Errorf("%w: %d, this side speaks %d", ErrVersion, raw[0], Version)
	}
	d := Datagram{Token: binary.BigEndian.Uint16(raw[1:]), Type: Type(raw[3]), Body: raw[headerSize:]}
	if d.Type > TXAckData {
		return Datagram{}, fmt.Errorf("%w: %s, must be in 0..%d", ErrHeader, d.Type, TXAckData)
	}
	if d.Type.FromGateway() {
		if len(raw) < gatewayHeaderSize {
			return Datagram{}, fmt.Errorf("%w: %s has %d bytes, want at least %d", ErrHeader, d.Type, len(raw), gatewayHeaderSize)
		}
		d.Gateway, d.Body = EUI(raw[headerSize:gatewayHeaderSize]), raw[gatewayHeaderSize:]
	}
	return d, nil
}

// Append writes the datagram behind buf.
func (d Datagram) Append(buf []byte) []byte {
	buf = append(buf, Version)
	buf = binary.BigEndian.AppendUint16(buf, d.Token)
	buf = append(buf, byte(d.Type))
	if d.Type.FromGateway() {
		buf = append(buf, d.Gateway[:]...)
	}
	return append(buf, d.Body...)
}

// Marshal returns the datagram's bytes.
func (d Datagram) Marshal() []byte { return d.Append(make([]byte, 0, gatewayHeaderSize+len(d.Body))) }
