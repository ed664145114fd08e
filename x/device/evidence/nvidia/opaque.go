package nvidia

import (
	"encoding/binary"
	"fmt"
)

// Types of opaque fields that are read; others are skipped, for newer drivers add some.
const (
	fieldDriver       = 3
	fieldVBIOS        = 6
	fieldBoard        = 14
	fieldChipSKU      = 15
	fieldChipSKUMod   = 16
	fieldProject      = 17
	fieldProjectSKU   = 18
	fieldFirmware     = 20
	fieldPCIe         = 21
	fieldVersion      = 34
	fieldFeature      = 36
	maxFields         = 64
	maxText           = 32 // driver version and SKUs, in bytes with their closing zeros
	highestField      = 255
	featureFieldSize  = 2
	firmwareFieldSize = DigestSize
	vbiosFieldSize    = 8
	boardFieldSize    = 4
)

// Features are how a GPU in confidential-computing mode is used (opaque field 36).
type Features uint16

// Values of Features; newer ones pass as they are.
const (
	FeatureSingle        Features = 0
	FeatureMultiInstance Features = 1
	FeatureProtectedPCIe Features = 2
)

// Fields are the opaque fields of a report that people look at. Absent ones are empty or zero.
type Fields struct {
	// Driver is the driver's version, like 590.12.
	Driver string
	// VBIOS is the firmware's version as NVIDIA writes it, like 96.00.A5.00.01.
	VBIOS string
	// Board is the board id.
	Board uint32
	// Project, ProjectSKU, ChipSKU and ChipSKUMod name the product.
	Project, ProjectSKU, ChipSKU, ChipSKUMod string
	// Firmware is the FWID; old drivers (535, 545) send none and HasFirmware is false.
	Firmware    [DigestSize]byte
	HasFirmware bool
	// ProtectedPCIe is the raw status byte, 0xaa on and 0x55 off; 0 where absent.
	ProtectedPCIe byte
	// Version is the version of the opaque data, Features the mode; HasFeatures is false with drivers before 580.
	Version     uint16
	Features    Features
	HasFeatures bool
}

// parseOpaque reads opaqueLength u16 and fields of type u16 ‖ length u16 ‖ value, and returns what follows them.
func (r *Report) parseOpaque(rest []byte) ([]byte, error) {
	length, rest, err := take(rest, 2, "opaque length")
	if err != nil {
		return nil, err
	}
	opaque, rest, err := take(rest, int(binary.LittleEndian.Uint16(length)), "opaque data")
	if err != nil {
		return nil, err
	}
	var seen [highestField + 1]bool
	for count := 0; len(opaque) > 0; count++ {
		var head, value []byte
		if head, opaque, err = take(opaque, tlvSize, "opaque field"); err != nil {
			return nil, err
		}
		kind := int(binary.LittleEndian.Uint16(head))
		if value, opaque, err = take(opaque, int(binary.LittleEndian.Uint16(head[2:])), "opaque value"); err != nil {
			return nil, err
		}
		if kind > highestField || count == maxFields || seen[kind] {
			return nil, fmt.Errorf("%w: type %d repeated, above %d or field number above %d", ErrOpaque, kind, highestField, maxFields)
		}
		seen[kind] = true
		if err := r.Fields.set(kind, value); err != nil {
			return nil, fmt.Errorf("%w: type %d: %w", ErrOpaque, kind, err)
		}
	}
	return rest, nil
}

func (f *Fields) set(kind int, value []byte) (err error) {
	switch kind {
	case fieldDriver:
		f.Driver, err = text(value)
	case fieldProject:
		f.Project, err = text(value)
	case fieldProjectSKU:
		f.ProjectSKU, err = text(value)
	case fieldChipSKU:
		f.ChipSKU, err = text(value)
	case fieldChipSKUMod:
		f.ChipSKUMod, err = text(value)
	case fieldVBIOS:
		if err = exactly(value, vbiosFieldSize); err == nil {
			f.VBIOS = fmt.Sprintf("%02X.%02X.%02X.%02X.%02X", value[3], value[2], value[1], value[0], value[4])
		}
	case fieldBoard:
		if err = exactly(value, boardFieldSize); err == nil {
			f.Board = binary.LittleEndian.Uint32(value)
		}
	case fieldFirmware:
		if err = exactly(value, firmwareFieldSize); err == nil {
			f.Firmware, f.HasFirmware = [DigestSize]byte(value), true
		}
	case fieldPCIe:
		if err = exactly(value, 1); err == nil {
			f.ProtectedPCIe = value[0]
		}
	case fieldVersion:
		if err = exactly(value, featureFieldSize); err == nil {
			f.Version = binary.LittleEndian.Uint16(value)
		}
	case fieldFeature:
		if err = exactly(value, featureFieldSize); err == nil {
			f.Features, f.HasFeatures = Features(binary.LittleEndian.Uint16(value)), true
		}
	}
	return err
}

type sizeError struct{ got, want int }

func (e sizeError) Error() string { return fmt.Sprintf("%d bytes, want %d", e.got, e.want) }

func exactly(value []byte, want int) error {
	if len(value) != want {
		return sizeError{len(value), want}
	}
	return nil
}

// text reads printable ASCII up to the zeros that fill the field.
func text(value []byte) (string, error) {
	if len(value) > maxText {
		return "", sizeError{len(value), maxText}
	}
	end := len(value)
	for end > 0 && value[end-1] == 0 {
		end--
	}
	for _, c := range value[:end] {
		if c < 0x20 || c > 0x7e {
			return "", fmt.Errorf("byte 0x%02x is no printable text", c)
		}
	}
	return string(value[:end]), nil
}
