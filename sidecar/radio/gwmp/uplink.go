package gwmp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Uplink is the body of a PUSH_DATA.
type Uplink struct {
	Packets []RXPacket // those that are well
	Refused []error    // why others are not, one each
	Stat    *Stat      // nil if the datagram has none, or one that cannot be read (then Refused says so)
}

// Stat is a gateway's report on itself; it is shown to people and decides nothing.
type Stat struct {
	Time         time.Time `json:"time"` // the gateway's clock; zero if unreadable
	Latitude     *float64  `json:"latitude,omitempty"`
	Longitude    *float64  `json:"longitude,omitempty"`
	Altitude     *float64  `json:"altitude,omitempty"` // metres
	Received     uint64    `json:"received"`
	ReceivedOK   uint64    `json:"received_ok"`
	Forwarded    uint64    `json:"forwarded"`
	Acknowledged float64   `json:"acknowledged"` // per cent of PUSH_DATA that this side acknowledged
	Downlinks    uint64    `json:"downlinks"`
	Transmitted  uint64    `json:"transmitted"`
	Temperature  *float64  `json:"temperature,omitempty"` // °C
}

type wireStat struct {
	Time string   `json:"time,omitempty"`
	Lati *float64 `json:"lati,omitempty"`
	Long *float64 `json:"long,omitempty"`
	Alti *float64 `json:"alti,omitempty"`
	RXNb *float64 `json:"rxnb,omitempty"`
	RXOK *float64 `json:"rxok,omitempty"`
	RXFw *float64 `json:"rxfw,omitempty"`
	AckR *float64 `json:"ackr,omitempty"`
	DwNb *float64 `json:"dwnb,omitempty"`
	TXNb *float64 `json:"txnb,omitempty"`
	Temp *float64 `json:"temp,omitempty"`
}

// MaxPackets is the most packets that Semtech's forwarder puts in one datagram (its NB_PKT_MAX).
const MaxPackets = 255

// wirePush keeps elements raw: one bad packet must not cost the others.
type wirePush struct {
	RXPK []json.RawMessage `json:"rxpk"`
	Stat json.RawMessage   `json:"stat"`
}

// trimmed drops what some forwarders leave behind the JSON: a string's terminator and white space.
func trimmed(body []byte) []byte { return bytes.TrimRight(body, "\x00 \t\r\n") }

// DecodeUplink reads the body of a PUSH_DATA. An error (ErrJSON, ErrTooMany) means that nothing of it can be used;
// packets that are refused one by one are in Uplink.Refused.
func DecodeUplink(body []byte) (Uplink, error) {
	var w wirePush
	if err := json.Unmarshal(trimmed(body), &w); err != nil {
		return Uplink{}, fmt.Errorf("%w: PUSH_DATA: %w", ErrJSON, err)
	}
	if len(w.RXPK) > MaxPackets {
		return Uplink{}, fmt.Errorf("%w: %d in one PUSH_DATA, at most %d", ErrTooMany, len(w.RXPK), MaxPackets)
	}
	var u Uplink
	for _, raw := range w.RXPK {
		var p RXPacket
		if err := p.UnmarshalJSON(raw); err != nil {
			u.Refused = append(u.Refused, err)
			continue
		}
		u.Packets = append(u.Packets, p)
	}
	if len(w.Stat) > 0 && !bytes.Equal(w.Stat, []byte("null")) {
		stat, err := decodeStat(w.Stat)
		if err != nil {
			u.Refused = append(u.Refused, err)
			return u, nil
		}
		u.Stat = &stat
	}
	return u, nil
}

func decodeStat(raw []byte) (Stat, error) {
	var w wireStat
	if err := json.Unmarshal(raw, &w); err != nil {
		return Stat{}, fmt.Errorf("%w: stat: %w", ErrJSON, err)
	}
	s := Stat{Time: gatewayTime(w.Time), Altitude: w.Alti, Temperature: w.Temp}
	var err error
	for _, f := range []struct {
		name string
		from *float64
		to   *uint64
	}{
		{"rxnb", w.RXNb, &s.Received},
		{"rxok", w.RXOK, &s.ReceivedOK},
		{"rxfw", w.RXFw, &s.Forwarded},
		{"dwnb", w.DwNb, &s.Downlinks},
		{"txnb", w.TXNb, &s.Transmitted},
	} {
		if *f.to, err = integer[uint64](f.name, f.from, 0, math.MaxUint32); err != nil {
			return Stat{}, fmt.Errorf("stat: %w", err)
		}
	}
	if w.AckR != nil {
		s.Acknowledged = min(max(*w.AckR, 0), 100)
	}
	if w.Lati != nil && w.Long != nil && math.Abs(*w.Lati) <= 90 && math.Abs(*w.Long) <= 180 {
		s.Latitude, s.Longitude = w.Lati, w.Long
	}
	return s, nil
}

// EncodeUplink writes the body of a PUSH_DATA.
func EncodeUplink(u Uplink) ([]byte, error) {
	body := struct {
		RXPK []RXPacket `json:"rxpk,omitempty"`
		Stat *wireStat  `json:"stat,omitempty"`
	}{RXPK: u.Packets}
	if s := u.Stat; s != nil {
		count := func(n uint64) *float64 { f := float64(n); return &f }
		body.Stat = &wireStat{
			Lati: s.Latitude, Long: s.Longitude, Alti: s.Altitude, RXNb: count(s.Received), RXOK: count(s.ReceivedOK), RXFw: count(s.Forwarded),
			AckR: &s.Acknowledged, DwNb: count(s.Downlinks), TXNb: count(s.Transmitted), Temp: s.Temperature,
			Time: s.Time.UTC().Format("2006-01-02 15:04:05 GMT"),
		}
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrJSON, err)
	}
	return raw, nil
}

// FilterUplink returns the body of a PUSH_DATA without the packets that drop says, everything else in it unchanged, and
// how many it dropped. With none dropped the body is returned as it came; if nothing is left to forward it is nil. A
// packet that cannot be read is kept: the network server may understand it. The error is ErrJSON for a body that is not
// JSON at all.
func FilterUplink(body []byte, drop func(*RXPacket) bool) ([]byte, int, error) {
	var root map[string]json.RawMessage
	if err := json.Unmarshal(trimmed(body), &root); err != nil {
		return nil, 0, fmt.Errorf("%w: PUSH_DATA: %w", ErrJSON, err)
	}
	var packets []json.RawMessage
	if err := json.Unmarshal(root["rxpk"], &packets); err != nil {
		return body, 0, nil // no list of packets: nothing to drop
	}
	kept := packets[:0]
	for _, raw := range packets {
		var p RXPacket
		if err := p.UnmarshalJSON(raw); err == nil && drop(&p) {
			continue
		}
		kept = append(kept, raw)
	}
	dropped := len(packets) - len(kept)
	if dropped == 0 {
		return body, 0, nil
	}
	if len(kept) == 0 {
		if delete(root, "rxpk"); len(root) == 0 {
			return nil, dropped, nil
		}
	} else {
		list, err := json.Marshal(kept)
		if err != nil {
			return nil, 0, fmt.Errorf("%w: %w", ErrJSON, err)
		}
		root["rxpk"] = list
	}
	out, err := json.Marshal(root)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrJSON, err)
	}
	return out, dropped, nil
}
