package types

const (
	// MaxDenylistChanges bounds the entries of one message.
	MaxDenylistChanges = 256
	// MaxDenied bounds each of the two lists.
	MaxDenied = 100_000
)

// NewRadioEdge is a pair in its only order.
func NewRadioEdge(a, b uint32) RadioEdge { return RadioEdge{A: min(a, b), B: max(a, b)} }

// Validate checks a pair.
func (e RadioEdge) Validate() error {
	if e.A == 0 || e.A == e.B || e.B == 0 {
		return ErrInvalidRequest.Wrapf("edge %d-%d; want the numbers of two different radios", e.A, e.B)
	}
	return nil
}

// ValidateShape bounds the message and checks its entries.
func (m *MsgUpdateRadioDenylist) ValidateShape() error {
	n := len(m.Deny) + len(m.Allow) + len(m.DenyEdges) + len(m.AllowEdges)
	if n < 1 || n > MaxDenylistChanges {
		return ErrInvalidRequest.Wrapf("%d changes; want 1 to %d", n, MaxDenylistChanges)
	}
	for _, number := range append(append([]uint32{}, m.Deny...), m.Allow...) {
		if number == 0 {
			return ErrInvalidRequest.Wrap("number of a radio is 0; want from 1")
		}
	}
	for _, e := range append(append([]RadioEdge{}, m.DenyEdges...), m.AllowEdges...) {
		if err := e.Validate(); err != nil {
			return err
		}
	}
	return nil
}
