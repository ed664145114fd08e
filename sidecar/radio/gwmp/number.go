package gwmp

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Forwarders print numbers as they like (−35, −35.0, 1.2e9), so every number is read as float64, which holds all of the
// protocol's integers exactly, and bounded before it is narrowed.

// bounded checks low ≤ x ≤ high; NaN is out of every bound.
func bounded(name string, x, low, high float64, kind error) error {
	if !(x >= low && x <= high) {
		return fmt.Errorf("%w: %s is %v, must be in %v..%v", kind, name, x, low, high)
	}
	return nil
}

// integer narrows an optional number, rounding to the nearest; nil gives 0.
func integer[T uint8 | int8 | uint16 | uint32 | int32 | uint64](name string, x *float64, low, high float64) (T, error) {
	if x == nil {
		return 0, nil
	}
	if err := bounded(name, *x, low, high, ErrPacket); err != nil {
		return 0, err
	}
	return T(math.Round(*x)), nil
}

// optional is integer for values whose absence differs from zero.
func optional[T uint8 | int8 | uint16 | uint32 | int32 | uint64](name string, x *float64, low, high float64) (*T, error) {
	if x == nil {
		return nil, nil
	}
	v, err := integer[T](name, x, low, high)
	return &v, err
}

// hertz converts a frequency in MHz, of which some forwarders print only one decimal.
func hertz(mhz *float64) (uint32, error) {
	if mhz == nil {
		return 0, fmt.Errorf("%w: freq is missing", ErrPacket)
	}
	if err := bounded("freq", *mhz, 100, 3000, ErrPacket); err != nil {
		return 0, err
	}
	return uint32(math.Round(*mhz * 1e6)), nil
}

// megahertz prints a frequency to the Hz.
func megahertz(hz uint32) json.Number {
	return json.Number(strconv.FormatFloat(float64(hz)/1e6, 'f', 6, 64))
}

func decibels(x float64) json.Number { return json.Number(strconv.FormatFloat(x, 'f', 1, 64)) }

const compactTime = "2006-01-02T15:04:05.000000Z" // the protocol's ISO 8601 form, microseconds

// gatewayTime reads a time of the protocol's two forms; what cannot be read counts as absent, because a gateway without
// GNSS may write anything.
func gatewayTime(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05 MST"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
