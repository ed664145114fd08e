package types

// validateRadios checks the radio class's state: numbers without gaps, everything ascending, and no record of a radio
// that is not there.
func (g GenesisState) validateRadios() error {
	known := make(map[string]bool, len(g.Radios))
	for i, r := range g.Radios {
		if err := r.Validate(); err != nil {
			return err
		}
		if uint64(r.Number) != uint64(i)+1 || known[string(r.DeviceId)] {
			return ErrInvalidGenesis.Wrapf("radio %d stands at place %d, or its device has two: want numbers from 1 on without gaps", r.Number, i+1)
		}
		known[string(r.DeviceId)] = true
	}
	last := uint32(len(g.Radios))
	for i, b := range g.RadioBeacons {
		if err := b.Validate(); err != nil {
			return err
		}
		slot := RadioRecordSlot(b.Epoch)
		if b.Number > last || i > 0 && !ascends(RadioRecordSlot(g.RadioBeacons[i-1].Epoch), g.RadioBeacons[i-1].Number, slot, b.Number) {
			return ErrInvalidGenesis.Wrapf("radio_beacons: radio %d, epoch %d, is no radio or does not ascend", b.Number, b.Epoch)
		}
	}
	for i, e := range g.RadioEdges {
		if err := e.Validate(); err != nil {
			return err
		}
		if e.Number > last || i > 0 && e.Number <= g.RadioEdges[i-1].Number {
			return ErrInvalidGenesis.Wrapf("radio_edges: radio %d is no radio or does not ascend", e.Number)
		}
	}
	return g.validateDenied()
}

func (g GenesisState) validateDenied() error {
	if len(g.DeniedRadios) > MaxDenied || len(g.DeniedRadioEdges) > MaxDenied {
		return ErrInvalidGenesis.Wrapf("%d denied radios and %d pairs; want at most %d of each", len(g.DeniedRadios), len(g.DeniedRadioEdges), MaxDenied)
	}
	for i, n := range g.DeniedRadios {
		if n == 0 || i > 0 && n <= g.DeniedRadios[i-1] {
			return ErrInvalidGenesis.Wrapf("denied_radios do not ascend from 1 at %d", n)
		}
	}
	for i, e := range g.DeniedRadioEdges {
		if e.A == 0 || e.A >= e.B || i > 0 && !ascends(g.DeniedRadioEdges[i-1].A, g.DeniedRadioEdges[i-1].B, e.A, e.B) {
			return ErrInvalidGenesis.Wrapf("denied_radio_edges: %d-%d has not its smaller number first, or does not ascend", e.A, e.B)
		}
	}
	return nil
}

func ascends(a, b, c, d uint32) bool { return a < c || a == c && b < d }
