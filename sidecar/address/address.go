// Package address reads the addresses that an owner writes into the configuration: of gateways and of relays. It
// imports nothing of ours, so that the configuration can check them without knowing radios.
package address

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

const (
	// EUISize is the size of a gateway's identifier in bytes.
	EUISize = 8
	// MaxRelays bounds the relays of receipts that one sidecar uses.
	MaxRelays = 8
)

// ErrAddress means that an address cannot be used; the text says what would be right.
var ErrAddress = errors.New("unusable address")

// EUI identifies a gateway on its forwarder's word: it proves nothing.
type EUI [EUISize]byte

// String returns 16 lower-case hexadecimal digits.
func (e EUI) String() string { return hex.EncodeToString(e[:]) }

// ParseEUI reads 16 hexadecimal digits, with or without ':' or '-' between bytes. Errors wrap ErrAddress.
func ParseEUI(s string) (EUI, error) {
	digits := strings.NewReplacer(":", "", "-", "").Replace(s)
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != EUISize {
		return EUI{}, fmt.Errorf("%w: gateway EUI %q must be 16 hexadecimal digits, like 0102030405060708", ErrAddress, s)
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

// ParseRelay checks a relay's base URL and returns it without a trailing slash. Errors wrap ErrAddress.
func ParseRelay(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("%w: relay %q; want http://host:port or https://host", ErrAddress, text)
	}
	return strings.TrimSuffix(u.String(), "/"), nil
}
