package gwmp

import (
	"encoding/json"
	"fmt"
	"strings"
)

// maxCode bounds what is kept of a forwarder's own words.
const maxCode = 64

// TXResult is what a forwarder says to a transmission that it accepts.
type TXResult struct {
	Warning string // empty, or a limitation such as TXPower
	Power   *int32 // dBm, the power actually used, with the warning TXPower
}

type wireAck struct {
	Error string          `json:"error,omitempty"`
	Warn  string          `json:"warn,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
}

// DecodeTXAck reads the body of a TX_ACK. No JSON at all, an empty object and the error "NONE" of old forwarders all
// mean success. The error is a *TXError when the forwarder refuses, or wraps ErrJSON.
func DecodeTXAck(body []byte) (TXResult, error) {
	body = trimmed(body)
	if len(body) == 0 {
		return TXResult{}, nil
	}
	var root struct {
		Ack wireAck `json:"txpk_ack"`
	}
	if err := json.Unmarshal(body, &root); err != nil {
		return TXResult{}, fmt.Errorf("%w: TX_ACK: %w", ErrJSON, err)
	}
	if code := root.Ack.Error; code != "" && !strings.EqualFold(code, "NONE") {
		return TXResult{}, &TXError{Code: code[:min(len(code), maxCode)]}
	}
	warn := root.Ack.Warn
	result := TXResult{Warning: warn[:min(len(warn), maxCode)]}
	var value float64
	if warn == TXPower && json.Unmarshal(root.Ack.Value, &value) == nil && bounded("value", value, -128, 127, ErrJSON) == nil {
		power := int32(value)
		result.Power = &power
	}
	return result, nil
}

// EncodeTXAck writes the body of a TX_ACK: nothing for plain success, as Semtech's forwarder does.
func EncodeTXAck(r TXResult, refusal *TXError) ([]byte, error) {
	var ack wireAck
	switch {
	case refusal != nil:
		ack.Error = refusal.Code
	case r.Warning != "":
		ack.Warn = r.Warning
		if r.Power != nil {
			ack.Value = fmt.Appendf(nil, "%d", *r.Power)
		}
	default:
		return nil, nil
	}
	raw, err := json.Marshal(map[string]wireAck{"txpk_ack": ack})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrJSON, err)
	}
	return raw, nil
}
