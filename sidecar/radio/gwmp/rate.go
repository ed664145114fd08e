package gwmp

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Modulations as the protocol names them.
const (
	LoRa = "LORA"
	FSK  = "FSK"
)

// Rate is how a packet is modulated: a LoRa spreading factor and bandwidth, or an FSK bit rate.
type Rate struct {
	Spreading uint8  // 5..12, 0 for FSK
	Bandwidth uint32 // kHz, 125, 250, 500 (or 203, 406, 812, 1625 at 2.4 GHz); 0 for FSK
	BitRate   uint32 // bits per second, 0 for LoRa
}

// Modulation returns LoRa or FSK.
func (r Rate) Modulation() string {
	if r.Spreading == 0 {
		return FSK
	}
	return LoRa
}

// String returns the protocol's identifier, like SF12BW125, or the bit rate.
func (r Rate) String() string {
	if r.Spreading == 0 {
		return strconv.FormatUint(uint64(r.BitRate), 10)
	}
	return "SF" + strconv.Itoa(int(r.Spreading)) + "BW" + strconv.FormatUint(uint64(r.Bandwidth), 10)
}

// MarshalJSON writes a string for LoRa and a number for FSK.
func (r Rate) MarshalJSON() ([]byte, error) {
	if r.Spreading == 0 {
		return []byte(r.String()), nil
	}
	return json.Marshal(r.String())
}

// maxBitRate is the fastest FSK of the SX1302's modem with some room, bits per second.
const maxBitRate = 1_000_000

// UnmarshalJSON reads either form. Errors wrap ErrPacket.
func (r *Rate) UnmarshalJSON(raw []byte) error {
	text := string(raw)
	if !strings.HasPrefix(text, `"`) {
		bits, err := strconv.ParseFloat(text, 64)
		if err != nil || !(bits >= 1 && bits <= maxBitRate) {
			return fmt.Errorf("%w: datr is %.40q, must be a bit rate in 1..%d or like SF12BW125", ErrPacket, text, maxBitRate)
		}
		*r = Rate{BitRate: uint32(bits)}
		return nil
	}
	rate, err := ParseRate(strings.Trim(text, `"`))
	*r = rate
	return err
}

// ParseRate reads a LoRa data rate like SF12BW125. Errors wrap ErrPacket.
func ParseRate(s string) (Rate, error) {
	refused := fmt.Errorf("%w: datr is %.40q, must be like SF12BW125, SF5 to SF12", ErrPacket, s)
	sf, bw, ok := strings.Cut(strings.TrimPrefix(s, "SF"), "BW")
	if !ok || !strings.HasPrefix(s, "SF") {
		return Rate{}, refused
	}
	spreading, err := strconv.ParseUint(sf, 10, 8)
	if err != nil || spreading < 5 || spreading > 12 {
		return Rate{}, refused
	}
	bandwidth, err := strconv.ParseUint(bw, 10, 16)
	if err != nil || bandwidth < 7 || bandwidth > 1625 {
		return Rate{}, refused
	}
	return Rate{Spreading: uint8(spreading), Bandwidth: uint32(bandwidth)}, nil
}
