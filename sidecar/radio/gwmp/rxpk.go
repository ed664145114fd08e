package gwmp

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// CRC says what a gateway found of a packet's check sum.
type CRC int8

// The states of a check sum.
const (
	CRCBad  CRC = -1
	CRCNone CRC = 0
	CRCOK   CRC = 1
)

// Plausible readings. A receiver's input is damaged above +10 dBm and thermal noise in 7.8 kHz is −135 dBm; LoRa's SNR
// field has eight bits of a quarter dB.
const (
	minRSSI, maxRSSI = -200, 30
	minSNR, maxSNR   = -40, 40
	maxAntennas      = 8
)

// RXPacket is a packet that a gateway heard, bounds checked.
type RXPacket struct {
	Time        time.Time // of reception, from GNSS; zero if the gateway did not say
	GPSMillis   *uint64   // the same in milliseconds since 1980-01-06 without leap seconds; nil if it did not say
	Timestamp   uint32    // concentrator's counter at the end of the packet, microseconds, wraps
	FineNanos   *uint32   // since the last full second, 0..999,999,999 (v1.6)
	FrequencyHz uint32
	Channel     uint8
	RFChain     uint8
	Modem       uint8 // v1.6 "mid"
	Board       uint8
	CRC         CRC
	Rate        Rate
	CodingRate  string
	RSSI        float64  // dBm in the channel, signal and noise
	SignalRSSI  *float64 // dBm of the signal alone (v1.6 "rssis")
	SNR         float64  // dB; 0 for FSK
	OffsetHz    *int32   // v1.6 "foff"
	Antennas    []Antenna
	Payload     []byte // 0..MaxPHY
}

// Antenna is what one of several antennas heard ("rsig").
type Antenna struct {
	Antenna    uint8
	Channel    uint8
	RSSI       float64  // dBm in the channel
	SignalRSSI *float64 // dBm of the signal alone
	SNR        float64
	FineNanos  *uint32
	OffsetHz   *int32
}

type wireRX struct {
	Time  string       `json:"time,omitempty"`
	TMMS  *float64     `json:"tmms,omitempty"`
	TMST  *float64     `json:"tmst,omitempty"`
	FTime *float64     `json:"ftime,omitempty"`
	Freq  *float64     `json:"freq,omitempty"`
	Chan  *float64     `json:"chan,omitempty"`
	RFCh  *float64     `json:"rfch,omitempty"`
	MID   *float64     `json:"mid,omitempty"`
	Brd   *float64     `json:"brd,omitempty"`
	Stat  *float64     `json:"stat,omitempty"`
	Modu  string       `json:"modu,omitempty"`
	DatR  *Rate        `json:"datr,omitempty"`
	CodR  string       `json:"codr,omitempty"`
	RSSI  *float64     `json:"rssi,omitempty"`
	RSSIS *float64     `json:"rssis,omitempty"`
	LSNR  *float64     `json:"lsnr,omitempty"`
	FOff  *float64     `json:"foff,omitempty"`
	RSig  []wireSignal `json:"rsig,omitempty"`
	Size  *float64     `json:"size,omitempty"`
	Data  *string      `json:"data,omitempty"`
}

type wireSignal struct {
	Ant   *float64 `json:"ant,omitempty"`
	Chan  *float64 `json:"chan,omitempty"`
	RSSIC *float64 `json:"rssic,omitempty"`
	RSSIS *float64 `json:"rssis,omitempty"`
	LSNR  *float64 `json:"lsnr,omitempty"`
	FTime *float64 `json:"ftime,omitempty"`
	FOff  *float64 `json:"foff,omitempty"`
}

// UnmarshalJSON reads one element of rxpk. Errors wrap ErrJSON, ErrPacket, ErrReading or ErrPayload.
func (p *RXPacket) UnmarshalJSON(raw []byte) error {
	var w wireRX
	if err := json.Unmarshal(raw, &w); err != nil {
		return fmt.Errorf("%w: rxpk: %w", ErrJSON, err)
	}
	for _, step := range []func(*RXPacket, *wireRX) error{readClock, readChannel, readModulation, readSignal, readPayload} {
		if err := step(p, &w); err != nil {
			return fmt.Errorf("rxpk: %w", err)
		}
	}
	return nil
}

func readClock(p *RXPacket, w *wireRX) (err error) {
	p.Time = gatewayTime(w.Time)
	if p.GPSMillis, err = optional[uint64]("tmms", w.TMMS, 0, 1e14); err != nil {
		return err
	}
	if p.Timestamp, err = integer[uint32]("tmst", w.TMST, 0, math.MaxUint32); err != nil {
		return err
	}
	p.FineNanos, err = optional[uint32]("ftime", w.FTime, 0, 999_999_999)
	return err
}

func readChannel(p *RXPacket, w *wireRX) (err error) {
	if p.FrequencyHz, err = hertz(w.Freq); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		from *float64
		to   *uint8
	}{{"chan", w.Chan, &p.Channel}, {"rfch", w.RFCh, &p.RFChain}, {"mid", w.MID, &p.Modem}, {"brd", w.Brd, &p.Board}} {
		if *f.to, err = integer[uint8](f.name, f.from, 0, math.MaxUint8); err != nil {
			return err
		}
	}
	stat, err := integer[int8]("stat", w.Stat, -1, 1)
	p.CRC = CRC(stat)
	return err
}

func readModulation(p *RXPacket, w *wireRX) error {
	if w.DatR == nil {
		return fmt.Errorf("%w: datr is missing", ErrPacket)
	}
	if w.Modu != w.DatR.Modulation() {
		return fmt.Errorf("%w: modu is %.20q with datr %s, must be %s", ErrPacket, w.Modu, w.DatR, w.DatR.Modulation())
	}
	if len(w.CodR) > 8 {
		return fmt.Errorf("%w: codr is %.20q, must be like 4/5", ErrPacket, w.CodR)
	}
	p.Rate, p.CodingRate = *w.DatR, w.CodR
	return nil
}

// readSignal takes the readings of the best antenna where a gateway with several gives no others.
func readSignal(p *RXPacket, w *wireRX) (err error) {
	if len(w.RSig) > maxAntennas {
		return fmt.Errorf("%w: rsig has %d antennas, at most %d", ErrPacket, len(w.RSig), maxAntennas)
	}
	best := -1
	for i := range w.RSig {
		a, err := readAntenna(&w.RSig[i])
		if err != nil {
			return err
		}
		p.Antennas = append(p.Antennas, a)
		if best < 0 || a.SNR > p.Antennas[best].SNR {
			best = i
		}
	}
	if w.RSSI == nil && best >= 0 {
		a := p.Antennas[best]
		p.RSSI, p.SignalRSSI, p.SNR, p.OffsetHz, p.FineNanos = a.RSSI, a.SignalRSSI, a.SNR, a.OffsetHz, a.FineNanos
		p.Channel = a.Channel
		return nil
	}
	if p.RSSI, err = level("rssi", w.RSSI); err != nil {
		return err
	}
	if p.SignalRSSI, err = optionalLevel(w.RSSIS); err != nil {
		return err
	}
	if p.OffsetHz, err = optional[int32]("foff", w.FOff, -1e6, 1e6); err != nil {
		return err
	}
	if w.LSNR == nil {
		if p.Rate.Modulation() == LoRa {
			return fmt.Errorf("%w: lsnr is missing", ErrPacket)
		}
		return nil
	}
	p.SNR = *w.LSNR
	return bounded("lsnr", p.SNR, minSNR, maxSNR, ErrReading)
}

func readAntenna(w *wireSignal) (a Antenna, err error) {
	if a.Antenna, err = integer[uint8]("rsig.ant", w.Ant, 0, math.MaxUint8); err != nil {
		return a, err
	}
	if a.Channel, err = integer[uint8]("rsig.chan", w.Chan, 0, math.MaxUint8); err != nil {
		return a, err
	}
	if a.RSSI, err = level("rsig.rssic", w.RSSIC); err != nil {
		return a, err
	}
	if a.SignalRSSI, err = optionalLevel(w.RSSIS); err != nil {
		return a, err
	}
	if a.FineNanos, err = optional[uint32]("rsig.ftime", w.FTime, 0, 999_999_999); err != nil {
		return a, err
	}
	if a.OffsetHz, err = optional[int32]("rsig.foff", w.FOff, -1e6, 1e6); err != nil || w.LSNR == nil {
		return a, err
	}
	a.SNR = *w.LSNR
	return a, bounded("rsig.lsnr", a.SNR, minSNR, maxSNR, ErrReading)
}

func level(name string, dBm *float64) (float64, error) {
	if dBm == nil {
		return 0, fmt.Errorf("%w: %s is missing", ErrPacket, name)
	}
	return *dBm, bounded(name, *dBm, minRSSI, maxRSSI, ErrReading)
}

func optionalLevel(dBm *float64) (*float64, error) {
	if dBm == nil {
		return nil, nil
	}
	return dBm, bounded("rssis", *dBm, minRSSI, maxRSSI, ErrReading)
}

func readPayload(p *RXPacket, w *wireRX) error {
	if w.Data == nil || w.Size == nil {
		return fmt.Errorf("%w: data or size is missing", ErrPayload)
	}
	if err := bounded("size", *w.Size, 0, MaxPHY, ErrPayload); err != nil {
		return err
	}
	raw, err := decodePayload(*w.Data, int(*w.Size))
	p.Payload = raw
	return err
}

// Signal returns the strength of the signal alone in dBm, which is what free space bounds: as measured if the gateway
// measures it, else the channel's reading less its noise, which the SNR tells. Below the noise the two differ by more
// than the SNR.
func (p *RXPacket) Signal() float64 {
	if p.SignalRSSI != nil {
		return *p.SignalRSSI
	}
	if p.Rate.Modulation() != LoRa {
		return p.RSSI
	}
	return p.RSSI - 10*math.Log10(1+math.Pow(10, -p.SNR/10))
}
