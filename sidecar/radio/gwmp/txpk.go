package gwmp

import (
	"encoding/json"
	"fmt"
	"math"
)

// TXPacket is a transmission that a gateway is asked for.
type TXPacket struct {
	Immediate   bool
	Timestamp   *uint32 // concentrator's counter in microseconds, if not Immediate
	GPSMillis   *uint64 // GPS time, if neither
	FrequencyHz uint32
	RFChain     uint8
	// Power is the EIRP in dBm: Semtech's forwarder subtracts the antenna gain of its own configuration.
	Power      int8
	Rate       Rate
	CodingRate string // LoRa only
	Deviation  uint32 // FSK frequency deviation in Hz
	Inverted   bool   // polarity of downlinks to end devices; false is what other gateways can hear
	Preamble   uint16 // symbols (LoRa) or bytes (FSK), 0: the forwarder's default
	NoCRC      bool
	NoHeader   bool
	Payload    []byte // 0..MaxPHY
}

type wireTX struct {
	Imme bool     `json:"imme"`
	TMST *float64 `json:"tmst,omitempty"`
	TMMS *float64 `json:"tmms,omitempty"`
	Freq *float64 `json:"freq,omitempty"`
	RFCh *float64 `json:"rfch,omitempty"`
	Powe *float64 `json:"powe,omitempty"`
	Modu string   `json:"modu,omitempty"`
	DatR *Rate    `json:"datr,omitempty"`
	CodR string   `json:"codr,omitempty"`
	FDev *float64 `json:"fdev,omitempty"`
	IPol bool     `json:"ipol"`
	Prea *float64 `json:"prea,omitempty"`
	NCRC bool     `json:"ncrc,omitempty"`
	NHdr bool     `json:"nhdr,omitempty"`
	Size *float64 `json:"size,omitempty"`
	Data *string  `json:"data,omitempty"`
}

// DecodeTX reads the body of a PULL_RESP. Errors wrap ErrJSON, ErrPacket or ErrPayload.
func DecodeTX(body []byte) (TXPacket, error) {
	var root struct {
		TXPK *wireTX `json:"txpk"`
	}
	if err := json.Unmarshal(trimmed(body), &root); err != nil {
		return TXPacket{}, fmt.Errorf("%w: PULL_RESP: %w", ErrJSON, err)
	}
	if root.TXPK == nil {
		return TXPacket{}, fmt.Errorf("%w: PULL_RESP has no txpk", ErrJSON)
	}
	p, err := root.TXPK.packet()
	if err != nil {
		return TXPacket{}, fmt.Errorf("txpk: %w", err)
	}
	return p, nil
}

func (w *wireTX) packet() (p TXPacket, err error) {
	if w.DatR == nil || w.Modu != w.DatR.Modulation() {
		return p, fmt.Errorf("%w: modu is %.20q, must be LORA or FSK with its datr", ErrPacket, w.Modu)
	}
	p = TXPacket{Immediate: w.Imme, Rate: *w.DatR, CodingRate: w.CodR, Inverted: w.IPol, NoCRC: w.NCRC, NoHeader: w.NHdr}
	if p.Timestamp, err = optional[uint32]("tmst", w.TMST, 0, math.MaxUint32); err != nil {
		return p, err
	}
	if p.GPSMillis, err = optional[uint64]("tmms", w.TMMS, 0, 1e14); err != nil {
		return p, err
	}
	if p.FrequencyHz, err = hertz(w.Freq); err != nil {
		return p, err
	}
	if p.RFChain, err = integer[uint8]("rfch", w.RFCh, 0, math.MaxUint8); err != nil {
		return p, err
	}
	if p.Power, err = integer[int8]("powe", w.Powe, -30, 40); err != nil {
		return p, err
	}
	if p.Deviation, err = integer[uint32]("fdev", w.FDev, 0, 1e6); err != nil {
		return p, err
	}
	if p.Preamble, err = integer[uint16]("prea", w.Prea, 0, math.MaxUint16); err != nil {
		return p, err
	}
	if w.Size == nil || w.Data == nil {
		return p, fmt.Errorf("%w: data or size is missing", ErrPayload)
	}
	if err = bounded("size", *w.Size, 0, MaxPHY, ErrPayload); err != nil {
		return p, err
	}
	p.Payload, err = decodePayload(*w.Data, int(*w.Size))
	return p, err
}

// EncodeTX writes the body of a PULL_RESP. Errors wrap ErrPacket.
func EncodeTX(p TXPacket) ([]byte, error) {
	if len(p.Payload) > MaxPHY {
		return nil, fmt.Errorf("%w: payload has %d bytes, at most %d", ErrPacket, len(p.Payload), MaxPHY)
	}
	if !p.Immediate && p.Timestamp == nil && p.GPSMillis == nil {
		return nil, fmt.Errorf("%w: no time: set Immediate, Timestamp or GPSMillis", ErrPacket)
	}
	type written struct {
		Imme bool        `json:"imme"`
		TMST *uint32     `json:"tmst,omitempty"`
		TMMS *uint64     `json:"tmms,omitempty"`
		Freq json.Number `json:"freq"`
		RFCh uint8       `json:"rfch"`
		Powe int8        `json:"powe"`
		Modu string      `json:"modu"`
		DatR Rate        `json:"datr"`
		CodR string      `json:"codr,omitempty"`
		FDev uint32      `json:"fdev,omitempty"`
		IPol bool        `json:"ipol"`
		Prea uint16      `json:"prea,omitempty"`
		NCRC bool        `json:"ncrc,omitempty"`
		NHdr bool        `json:"nhdr,omitempty"`
		Size int         `json:"size"`
		Data string      `json:"data"`
	}
	raw, err := json.Marshal(map[string]written{"txpk": {
		Imme: p.Immediate, TMST: p.Timestamp, TMMS: p.GPSMillis, Freq: megahertz(p.FrequencyHz), RFCh: p.RFChain, Powe: p.Power,
		Modu: p.Rate.Modulation(), DatR: p.Rate, CodR: p.CodingRate, FDev: p.Deviation, IPol: p.Inverted, Prea: p.Preamble,
		NCRC: p.NoCRC, NHdr: p.NoHeader, Size: len(p.Payload), Data: encodePayload(p.Payload),
	}})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPacket, err)
	}
	return raw, nil
}
