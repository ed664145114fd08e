package types

import (
	"crypto/sha256"

	"github.com/cosmos/cosmos-sdk/types/bech32"
)

const (
	// DeviceIDSize is a device id's size in bytes.
	DeviceIDSize = 20
	// DeviceIDPrefix is the human-readable part of a device id in text: jouledev1….
	DeviceIDPrefix = "jouledev"
	// deviceIDDomain separates this hash from every other use of a device key.
	deviceIDDomain = "joule/device/id/v1"
	// maxDeviceIDText is the longest text that ParseDeviceID looks at: 8 prefix + 1 + 32 data + 6 checksum = 47.
	maxDeviceIDText = 47
)

// DeviceID is the first 20 bytes of SHA-256("joule/device/id/v1" ‖ key type u8 ‖ key). It does not check the key.
func DeviceID(pk PublicKey) []byte {
	buf := make([]byte, 0, len(deviceIDDomain)+1+len(pk.Key))
	buf = append(buf, deviceIDDomain...)
	buf = append(buf, byte(pk.Type))
	buf = append(buf, pk.Key...)
	sum := sha256.Sum256(buf)
	return sum[:DeviceIDSize]
}

// FormatDeviceID gives a device id's text, jouledev1…; an id of another length than 20 bytes gives an empty text.
func FormatDeviceID(id []byte) string {
	if len(id) != DeviceIDSize {
		return ""
	}
	text, err := bech32.ConvertAndEncode(DeviceIDPrefix, id)
	if err != nil {
		return ""
	}
	return text
}

// ParseDeviceID reads a device id's text. Only the lower-case text that FormatDeviceID writes is accepted;
// anything else is ErrInvalidDeviceID.
func ParseDeviceID(text string) ([]byte, error) {
	if len(text) != maxDeviceIDText {
		return nil, ErrInvalidDeviceID.Wrapf("device id has %d characters, want %d: %s1…", len(text), maxDeviceIDText, DeviceIDPrefix)
	}
	prefix, id, err := bech32.DecodeAndConvert(text)
	if err != nil {
		return nil, ErrInvalidDeviceID.Wrapf("device id %q: %s", text, err)
	}
	if prefix != DeviceIDPrefix {
		return nil, ErrInvalidDeviceID.Wrapf("device id %q has prefix %q, want %q", text, prefix, DeviceIDPrefix)
	}
	if len(id) != DeviceIDSize || FormatDeviceID(id) != text {
		return nil, ErrInvalidDeviceID.Wrapf("device id %q is not the canonical text of %d bytes", text, DeviceIDSize)
	}
	return id, nil
}
