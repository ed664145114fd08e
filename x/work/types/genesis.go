package types

import (
	"bytes"

	"cosmossdk.io/math"
)

// DefaultGenesis is that of a new chain.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams(), AccruedTotal: math.ZeroInt(), NextFreezeEpoch: 1}
}

// Validate checks the genesis: order, bounds, and that the counters agree with the records.
func (g GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	if len(g.Windows) > MaxLiveWindows {
		return ErrInvalidGenesis.Wrapf("%d windows; want at most %d", len(g.Windows), MaxLiveWindows)
	}
	for i, w := range g.Windows {
		if err := w.Validate(); err != nil {
			return err
		}
		if i > 0 && w.Id <= g.Windows[i-1].Id {
			return ErrInvalidGenesis.Wrapf("windows are not ascending at id %d", w.Id)
		}
	}
	if err := g.validateDevices(); err != nil {
		return err
	}
	for i, t := range g.Tallies {
		if err := t.Validate(); err != nil {
			return err
		}
		if i > 0 && (t.WorkClass < g.Tallies[i-1].WorkClass || t.WorkClass == g.Tallies[i-1].WorkClass && t.Epoch <= g.Tallies[i-1].Epoch) {
			return ErrInvalidGenesis.Wrapf("tallies are not ascending at %s, epoch %d", t.WorkClass, t.Epoch)
		}
	}
	return nil
}

func (g GenesisState) validateDevices() error {
	accrued := math.ZeroInt()
	for i, d := range g.Devices {
		if err := d.Validate(); err != nil {
			return err
		}
		if i > 0 && bytes.Compare(DeviceWorkKey(d.WorkClass, d.DeviceId), DeviceWorkKey(g.Devices[i-1].WorkClass, g.Devices[i-1].DeviceId)) <= 0 {
			return ErrInvalidGenesis.Wrapf("devices are not ascending at %X", d.DeviceId)
		}
		accrued = accrued.Add(d.Accrued)
	}
	total, ok := nonNegative(g.AccruedTotal)
	if !ok || !total.Equal(accrued) {
		return ErrInvalidGenesis.Wrapf("accrued_total is %s; the devices' accrued amounts sum to %s", g.AccruedTotal, accrued)
	}
	return nil
}
