package gwmp

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// EUISize is the size of a gateway's identifier in bytes.
const EUISize = 8

// EUI identifies a gateway on its forwarder's word: it proves nothing.
type EUI [EUISize]byte

// String returns 16 lower-case hexadecimal digits.
func (e EUI) String() string { return hex.EncodeToString(e[:]) }

// ParseEUI reads 16 hexadecimal digits, with or without ':' or '-' between bytes. Errors wrap ErrOptions.
func ParseEUI(s string) (EUI, error) {
	digits := strings.NewReplacer(":", "", "-", "").Replace(s)
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != EUISize {
		return EUI{}, fmt.Errorf("%w: gateway EUI %q must be 16 hexadecimal digits, like 0102030405060708", ErrOptions, s)
	}
	return EUI(raw), nil
}

// MarshalText implements encoding.TextMarshaler.
func (e EUI) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *EUI) UnmarshalText(text []byte) error {
	eui, err := ParseEUI(string(text))
	if err != nil {
		return err
	}
	*e = eui
	return nil
}
