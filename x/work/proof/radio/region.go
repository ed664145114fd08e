package radio

import "fmt"

// Region names a channel plan. The numbers are part of signed and stored bytes: never reuse one.
type Region uint8

// The regions that have a plan.
const (
	RegionEU868 Region = 1
	RegionUS915 Region = 2
	RegionAS923 Region = 3
	RegionAU915 Region = 4
	RegionIN865 Region = 5
	RegionKR920 Region = 6
)

// Plan is what beacons may do in a region.
type Plan struct {
	Name            string
	Channels        []uint32 // centre frequencies in kHz; IN865's first two end in half a kHz, rounded down
	BandwidthKHz    uint32
	MaxEIRP         int32  // dBm
	Spreading       uint32 // spreading factor of beacons, 7..12: the slowest that keeps to DwellMicros
	DwellMicros     uint64 // longest transmission in microseconds, 0: no limit
	DutyPerThousand uint32 // share of time on the air in thousandths, 1000: no limit
}

// plans are LoRaWAN Regional Parameters RP002-1.0.4 and the rules they rest on (SPEC.md 5).
var plans = map[Region]Plan{
	RegionEU868: {"EU868", []uint32{868_100, 868_300, 868_500, 867_100, 867_300, 867_500, 867_700, 867_900}, 125, 16, 12, 0, 10},
	RegionUS915: {"US915", []uint32{903_900, 904_100, 904_300, 904_500, 904_700, 904_900, 905_100, 905_300}, 125, 30, 10, 400_000, 1000},
	RegionAS923: {"AS923", []uint32{923_200, 923_400, 923_600, 923_800, 924_000, 924_200, 924_400, 924_600}, 125, 16, 10, 400_000, 10},
	RegionAU915: {"AU915", []uint32{916_800, 917_000, 917_200, 917_400, 917_600, 917_800, 918_000, 918_200}, 125, 30, 10, 400_000, 1000},
	RegionIN865: {"IN865", []uint32{865_062, 865_402, 865_985}, 125, 30, 12, 0, 1000},
	RegionKR920: {"KR920", []uint32{922_100, 922_300, 922_500, 922_700, 922_900, 923_100, 923_300}, 125, 14, 12, 4_000_000, 20},
}

// PlanOf returns a region's plan; an unknown region is ErrRegion. The channel list must not be changed.
func PlanOf(r Region) (Plan, error) {
	plan, ok := plans[r]
	if !ok {
		return Plan{}, fmt.Errorf("%w: region is %d, must be in %d..%d", ErrRegion, r, RegionEU868, RegionKR920)
	}
	return plan, nil
}

// String returns the plan's name.
func (r Region) String() string {
	if plan, err := PlanOf(r); err == nil {
		return plan.Name
	}
	return fmt.Sprintf("region %d", uint8(r))
}

// snrFloors are the demodulator's limits for spreading factors 7..12 in quarters of a dB (Semtech SX1301 and SX1276
// data sheets): −7.5 dB, and 2.5 dB less each.
var snrFloors = [6]int32{-30, -40, -50, -60, -70, -80}

// SNRFloor returns the weakest signal that a spreading factor in 7..12 can be received at, in quarters of a dB; another
// one is ErrRegion.
func SNRFloor(spreading uint32) (int32, error) {
	if spreading < 7 || spreading > 12 {
		return 0, fmt.Errorf("%w: spreading factor is %d, must be in 7..12", ErrRegion, spreading)
	}
	return snrFloors[spreading-7], nil
}

// Bounds of TimeOnAir: larger frames and other bandwidths do not exist in LoRaWAN.
const maxFrame = 255

// TimeOnAir returns how long a LoRa frame of that many bytes is on the air, in microseconds rounded up: explicit
// header, CRC, coding rate 4/5, eight symbols of preamble, low data rate optimisation where a symbol takes over 16 ms
// (Semtech AN1200.13). Bandwidths are 125, 250 and 500 kHz; anything else is ErrRegion.
func TimeOnAir(spreading, bandwidthKHz uint32, frame int) (uint64, error) {
	if _, err := SNRFloor(spreading); err != nil {
		return 0, err
	}
	if bandwidthKHz != 125 && bandwidthKHz != 250 && bandwidthKHz != 500 {
		return 0, fmt.Errorf("%w: bandwidth is %d kHz, must be 125, 250 or 500", ErrRegion, bandwidthKHz)
	}
	if frame < 0 || frame > maxFrame {
		return 0, fmt.Errorf("%w: frame has %d bytes, must be in 0..%d", ErrRegion, frame, maxFrame)
	}
	symbol := uint64(1000) << spreading / uint64(bandwidthKHz) // µs, exact
	perSymbol := uint64(spreading)
	if symbol > 16_000 {
		perSymbol -= 2
	}
	payload := uint64(8)
	if bitsLeft := 8*int64(frame) - 4*int64(spreading) + 28 + 16; bitsLeft > 0 {
		payload += (uint64(bitsLeft) + 4*perSymbol - 1) / (4 * perSymbol) * 5
	}
	quarters := 4*(8+payload) + 17 // the preamble has 4.25 symbols more
	return (quarters*symbol + 3) / 4, nil
}
