package types

import (
	"bytes"

	"cosmossdk.io/math"

	devicetypes "github.com/joulechain/joule/x/device/types"
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
	if err := g.DiskSchedule.Validate(); err != nil {
		return err
	}
	count := map[devicetypes.WorkClass]int{}
	for i, w := range g.Windows {
		if err := w.Validate(); err != nil {
			return err
		}
		// Both classes have the same bound.
		if count[w.WorkClass]++; count[w.WorkClass] > min(MaxLiveWindows, MaxLiveDiskWindows) {
			return ErrInvalidGenesis.Wrapf("more than %d windows of %s", min(MaxLiveWindows, MaxLiveDiskWindows), w.WorkClass)
		}
		if w.WorkClass == devicetypes.WORK_CLASS_DISK {
			if err := g.DiskSchedule.checkWindow(w); err != nil {
				return err
			}
		}
		if i > 0 && (w.WorkClass < g.Windows[i-1].WorkClass || w.WorkClass == g.Windows[i-1].WorkClass && w.Id <= g.Windows[i-1].Id) {
			return ErrInvalidGenesis.Wrapf("windows are not ascending at %s, id %d", w.WorkClass, w.Id)
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
	if err := g.validateRadios(); err != nil {
		return err
	}
	return g.validateSums()
}

type classEpoch struct {
	class devicetypes.WorkClass
	epoch uint64
}

// validateSums checks that the tallies are the sums of the devices' units, and that just the epochs before
// next_freeze_epoch are frozen.
func (g GenesisState) validateSums() error {
	unsettled := map[classEpoch]math.Int{}
	for _, d := range g.Devices {
		for _, u := range d.Units {
			key := classEpoch{d.WorkClass, u.Epoch}
			sum, _ := nonNegative(unsettled[key])
			unsettled[key] = sum.Add(math.NewIntFromUint64(u.Units))
		}
	}
	known := 0
	for _, t := range g.Tallies {
		sum, found := unsettled[classEpoch{t.WorkClass, t.Epoch}]
		if found {
			known++
		}
		sum, _ = nonNegative(sum)
		// A record drops what a closed epoch owed it when it is touched next.
		if want := t.Units.Sub(t.SettledUnits); !sum.Equal(want) && !t.Closed || sum.GT(want) {
			return ErrInvalidGenesis.Wrapf("tally of %s, epoch %d: %s units are not settled; the devices' sum to %s", t.WorkClass, t.Epoch, want, sum)
		}
		if t.Frozen != (t.Epoch < max(g.NextFreezeEpoch, 1)) {
			return ErrInvalidGenesis.Wrapf("tally of %s, epoch %d: frozen is %t; next_freeze_epoch is %d", t.WorkClass, t.Epoch, t.Frozen, g.NextFreezeEpoch)
		}
	}
	if known != len(unsettled) {
		return ErrInvalidGenesis.Wrap("devices have units of an epoch that has no tally")
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
