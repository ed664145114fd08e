package gwmp

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// MaxPHY is the largest radio packet in bytes: LoRa's length field has eight bits.
const MaxPHY = 255

// maxBase64 bounds the text before it is decoded: MaxPHY bytes, and some room for line breaks and padding.
const maxBase64 = 400

// urlAlphabet turns the URL alphabet, which the protocol's own example mixes in, into the usual one.
var urlAlphabet = strings.NewReplacer("-", "+", "_", "/")

// decodePayload reads base64 with or without padding, in either alphabet. size < 0 means that no size was stated.
// Errors wrap ErrPayload.
func decodePayload(text string, size int) ([]byte, error) {
	if len(text) > maxBase64 {
		return nil, fmt.Errorf("%w: data has %d characters, at most %d are a radio packet", ErrPayload, len(text), maxBase64)
	}
	if strings.ContainsAny(text, "-_") {
		text = urlAlphabet.Replace(text)
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, fmt.Errorf("%w: data: %w", ErrPayload, err)
	}
	if len(raw) > MaxPHY {
		return nil, fmt.Errorf("%w: data has %d bytes, at most %d are a radio packet", ErrPayload, len(raw), MaxPHY)
	}
	if size >= 0 && size != len(raw) {
		return nil, fmt.Errorf("%w: size says %d, data has %d bytes", ErrPayload, size, len(raw))
	}
	return raw, nil
}

// encodePayload writes padded base64, which every forwarder reads.
func encodePayload(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }
