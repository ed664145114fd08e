package spool

import (
	"bytes"
	"encoding/binary"
	"fmt"

	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// State is how far a statement has come.
type State string

const (
	// Prepared statements are recorded and not signed.
	Prepared State = "prepared"
	// Signed statements wait for submission or confirmation.
	Signed State = "signed"
	// Accepted statements are on the chain.
	Accepted State = "accepted"
	// Expired statements missed their last height.
	Expired State = "expired"
	// Rejected statements were refused for good; Note says why.
	Rejected State = "rejected"
)

// Final tells whether nothing more is done with a statement.
func (s State) Final() bool { return s == Accepted || s == Expired || s == Rejected }

func (s State) valid() bool {
	switch s {
	case Prepared, Signed, Accepted, Expired, Rejected:
		return true
	}
	return false
}

// Key names a statement: at most one exists per key, for ever.
type Key struct {
	Device [deviceBytes]byte
	Window uint64
	Phase  worktypes.Phase
	// Item tells several statements of one phase apart, as worktypes.Evidence.Item does; 0 where a phase has one.
	Item uint32
}

const (
	deviceBytes  = 20
	keyBytes     = deviceBytes + 8 + 1
	itemKeyBytes = keyBytes + 4
)

// NewKey builds a key; the device id must have 20 bytes.
func NewKey(device []byte, window uint64, phase worktypes.Phase) (Key, error) {
	if len(device) != deviceBytes {
		return Key{}, fmt.Errorf("device id has %d bytes and must have %d", len(device), deviceBytes)
	}
	return Key{Device: [deviceBytes]byte(device), Window: window, Phase: phase}, nil
}

func (k Key) String() string {
	if k.Item != 0 {
		return fmt.Sprintf("(%s, window %d, %s, item %d)", devicetypes.FormatDeviceID(k.Device[:]), k.Window, k.Phase, k.Item)
	}
	return fmt.Sprintf("(%s, window %d, %s)", devicetypes.FormatDeviceID(k.Device[:]), k.Window, k.Phase)
}

func (k Key) bytes() []byte {
	b := append(make([]byte, 0, itemKeyBytes), k.Device[:]...)
	b = binary.BigEndian.AppendUint64(b, k.Window)
	b = append(b, byte(k.Phase))
	if k.Item != 0 {
		b = binary.BigEndian.AppendUint32(b, k.Item)
	}
	return b
}

func parseKey(b []byte) (Key, error) {
	if len(b) != keyBytes && len(b) != itemKeyBytes {
		return Key{}, fmt.Errorf("%w: key of %d bytes, %d or %d expected", ErrDamaged, len(b), keyBytes, itemKeyBytes)
	}
	k := Key{
		Device: [deviceBytes]byte(b[:deviceBytes]),
		Window: binary.BigEndian.Uint64(b[deviceBytes:]),
		Phase:  worktypes.Phase(b[keyBytes-1]),
	}
	if len(b) == itemKeyBytes {
		k.Item = binary.BigEndian.Uint32(b[keyBytes:])
	}
	return k, nil
}

// Statement is what a device says about one phase of one window.
type Statement struct {
	Device  []byte                `json:"device"`
	Class   devicetypes.WorkClass `json:"class"`
	Window  uint64                `json:"window"`
	Phase   worktypes.Phase       `json:"phase"`
	ChainID string                `json:"chain_id"`
	// Payload is the class's encoding; it never changes once recorded.
	Payload []byte `json:"payload"`
	// Signature is empty before Sign.
	Signature []byte `json:"signature,omitempty"`
	State     State  `json:"state"`
	// FirstHeight and LastHeight bound the heights at which it may execute.
	FirstHeight int64 `json:"first_height"`
	LastHeight  int64 `json:"last_height"`
	// Epoch receives the units; Rounds and Units are the worker's, for people and for the ledger.
	Epoch  uint64 `json:"epoch"`
	Rounds uint64 `json:"rounds"`
	Units  uint64 `json:"units"`
	// TxHash is the newest transaction that carries it, Attempts how many there were.
	TxHash   string `json:"tx_hash,omitempty"`
	Attempts uint32 `json:"attempts,omitempty"`
	// Note says why a statement was refused or skipped.
	Note string `json:"note,omitempty"`
	// Updated is the Unix time of the last change, in seconds.
	Updated int64 `json:"updated"`
}

// Key is the statement's key.
func (s Statement) Key() (Key, error) {
	k, err := NewKey(s.Device, s.Window, s.Phase)
	k.Item = s.Evidence().Item()
	return k, err
}

// Evidence is the statement as the chain takes it.
func (s Statement) Evidence() worktypes.Evidence {
	return worktypes.Evidence{
		DeviceId: s.Device, WorkClass: s.Class, Window: s.Window, Phase: s.Phase,
		Payload: s.Payload, Signature: s.Signature,
	}
}

// same tells whether two records say the same to the chain.
func (s Statement) same(o Statement) bool {
	return bytes.Equal(s.Device, o.Device) && s.Class == o.Class && s.Window == o.Window && s.Phase == o.Phase &&
		s.ChainID == o.ChainID && bytes.Equal(s.Payload, o.Payload)
}

func (s Statement) check() error {
	switch {
	case len(s.Device) != deviceBytes:
		return fmt.Errorf("%w: device id has %d bytes", ErrDamaged, len(s.Device))
	case s.Phase <= worktypes.PHASE_UNSPECIFIED || s.Phase > worktypes.PHASE_PROVE:
		return fmt.Errorf("%w: phase %d", ErrDamaged, s.Phase)
	case !s.State.valid():
		return fmt.Errorf("%w: state %q", ErrDamaged, s.State)
	case len(s.Payload) == 0:
		return fmt.Errorf("%w: no payload", ErrDamaged)
	case (s.State == Signed || s.State == Accepted) && len(s.Signature) == 0:
		return fmt.Errorf("%w: state %s without a signature", ErrDamaged, s.State)
	}
	return nil
}
