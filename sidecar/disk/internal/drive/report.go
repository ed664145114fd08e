package drive

import (
	"encoding/binary"
)

// Sizes of the reports in bytes.
const reportBytes = 512

// nvmeReport reads log page 2 of an NVMe disk, "SMART / Health Information" (NVM Express Base Specification 2.0, figure
// 207).
func (d *Drive) nvmeReport(b *[reportBytes]byte) {
	d.Failing = known(b[0] != 0)
	if kelvin := int(binary.LittleEndian.Uint16(b[1:])); kelvin != 0 {
		d.Temperature = known(kelvin - 273)
	}
	d.UsedPercent = known(int(b[5]))
	d.PowerOnHours = known(binary.LittleEndian.Uint64(b[128:])) // of 128 bits
	d.MediaErrors = known(binary.LittleEndian.Uint64(b[160:]))
}

// Attributes of an ATA disk that are read; others differ between makers.
const (
	ataReallocated   = 5
	ataPowerOnHours  = 9
	ataTemperature   = 194
	ataPending       = 197
	ataUncorrectable = 198
	ataAttributes    = 30
)

// ataReport reads the answer of SMART READ DATA (ACS-3, 7.48): a version, then attributes of twelve bytes: number,
// flags, current, worst, six bytes of raw value. It says whether the checksum was right.
func (d *Drive) ataReport(b *[reportBytes]byte) bool {
	var sum byte
	for _, v := range b {
		sum += v
	}
	if sum != 0 {
		return false
	}
	var errors uint64
	seen := false
	for i := range ataAttributes {
		a := b[2+12*i : 14+12*i]
		raw := uint64(binary.LittleEndian.Uint32(a[5:])) | uint64(binary.LittleEndian.Uint16(a[9:]))<<32
		switch a[0] {
		case ataReallocated:
			d.ReallocatedSectors = known(raw)
		case ataPowerOnHours:
			d.PowerOnHours = known(raw & (1<<32 - 1)) // some makers keep minutes above
		case ataTemperature:
			d.Temperature = known(int(a[5])) // lowest and highest above
		case ataPending, ataUncorrectable:
			errors, seen = errors+raw, true
		}
	}
	if seen {
		d.MediaErrors = known(errors)
	}
	return true
}

// ataVerdict reads the sense data of SMART RETURN STATUS: the disk answers in the registers for LBA 15:8 and 23:16
// whether it passed a threshold.
func (d *Drive) ataVerdict(sense []byte) {
	// A descriptor of type 9 in sense data of format 72h.
	if len(sense) < 22 || sense[0]&0x7f != 0x72 || sense[8] != 9 {
		return
	}
	switch mid, high := sense[8+9], sense[8+11]; {
	case mid == 0x4f && high == 0xc2:
		d.Failing = known(false)
	case mid == 0xf4 && high == 0x2c:
		d.Failing = known(true)
	}
}
