package gwmp

import "encoding/json"

// The written form of a packet keeps the protocol's decimals: Hz for frequencies, tenths for levels.
type writtenRX struct {
	TMST  uint32          `json:"tmst"`
	Time  string          `json:"time,omitempty"`
	TMMS  *uint64         `json:"tmms,omitempty"`
	FTime *uint32         `json:"ftime,omitempty"`
	Chan  uint8           `json:"chan"`
	RFCh  uint8           `json:"rfch"`
	Freq  json.Number     `json:"freq"`
	MID   uint8           `json:"mid"`
	Brd   uint8           `json:"brd,omitempty"`
	Stat  CRC             `json:"stat"`
	Modu  string          `json:"modu"`
	DatR  Rate            `json:"datr"`
	CodR  string          `json:"codr,omitempty"`
	RSSI  json.Number     `json:"rssi"`
	RSSIS *json.Number    `json:"rssis,omitempty"`
	LSNR  *json.Number    `json:"lsnr,omitempty"`
	FOff  *int32          `json:"foff,omitempty"`
	RSig  []writtenSignal `json:"rsig,omitempty"`
	Size  int             `json:"size"`
	Data  string          `json:"data"`
}

type writtenSignal struct {
	Ant   uint8        `json:"ant"`
	Chan  uint8        `json:"chan"`
	RSSIC json.Number  `json:"rssic"`
	RSSIS *json.Number `json:"rssis,omitempty"`
	LSNR  json.Number  `json:"lsnr"`
	FTime *uint32      `json:"ftime,omitempty"`
	FOff  *int32       `json:"foff,omitempty"`
}

// MarshalJSON writes one element of rxpk; levels are rounded to 0.1 dB.
func (p RXPacket) MarshalJSON() ([]byte, error) {
	w := writtenRX{
		TMST: p.Timestamp, TMMS: p.GPSMillis, FTime: p.FineNanos, Chan: p.Channel, RFCh: p.RFChain, Freq: megahertz(p.FrequencyHz),
		MID: p.Modem, Brd: p.Board, Stat: p.CRC, Modu: p.Rate.Modulation(), DatR: p.Rate, CodR: p.CodingRate,
		RSSI: decibels(p.RSSI), RSSIS: optionalDecibels(p.SignalRSSI), FOff: p.OffsetHz, Size: len(p.Payload), Data: encodePayload(p.Payload),
	}
	if p.Rate.Modulation() == LoRa {
		w.LSNR = optionalDecibels(&p.SNR)
	}
	if !p.Time.IsZero() {
		w.Time = p.Time.UTC().Format(compactTime)
	}
	for _, a := range p.Antennas {
		w.RSig = append(w.RSig, writtenSignal{
			Ant: a.Antenna, Chan: a.Channel, RSSIC: decibels(a.RSSI), RSSIS: optionalDecibels(a.SignalRSSI), LSNR: decibels(a.SNR),
			FTime: a.FineNanos, FOff: a.OffsetHz,
		})
	}
	return json.Marshal(w)
}

func optionalDecibels(x *float64) *json.Number {
	if x == nil {
		return nil
	}
	n := decibels(*x)
	return &n
}
