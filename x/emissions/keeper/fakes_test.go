package keeper_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/emissions/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// fakeDevices is a device registry in memory.
type fakeDevices struct {
	byID  map[string]devicetypes.Device
	bonds func(context.Context) math.Int
}

func newFakeDevices() *fakeDevices { return &fakeDevices{byID: map[string]devicetypes.Device{}} }

func (d *fakeDevices) GetDevice(_ context.Context, id []byte) (devicetypes.Device, error) {
	device, ok := d.byID[string(id)]
	if !ok {
		return device, fmt.Errorf("device %x is unknown", id)
	}
	return device, nil
}

func (d *fakeDevices) DevicesByBeneficiary(_ context.Context, addr sdk.AccAddress, after []byte, limit int) ([]devicetypes.Device, []byte, error) {
	var page []devicetypes.Device
	for _, id := range slices.Sorted(maps.Keys(d.byID)) {
		device := d.byID[id]
		if device.Beneficiary != addr.String() || bytes.Compare(device.Id, after) <= 0 {
			continue
		}
		if len(page) == limit {
			return page, page[limit-1].Id, nil
		}
		page = append(page, device)
	}
	return page, nil, nil
}

func (d *fakeDevices) TotalBonds(ctx context.Context) (math.Int, error) { return d.bonds(ctx), nil }

func (d *fakeDevices) HasDevice(_ context.Context, id []byte) (bool, error) {
	_, ok := d.byID[string(id)]
	return ok, nil
}

func (d *fakeDevices) BondAllowance(context.Context, devicetypes.Device) (uint64, error) {
	return 1 << 40, nil
}

func (d *fakeDevices) SuspendForFaults(context.Context, []byte, uint64) error { return nil }

func (d *fakeDevices) TierPpm(context.Context, []byte, uint64) (uint32, error) {
	return devicetypes.BaseTierPpm, nil
}

type tallyKey struct {
	class devicetypes.WorkClass
	epoch uint64
}

type fakeTally struct {
	units, pool, settled, paid math.Int
	frozen, closed             bool
}

type fakeRecord struct {
	class             devicetypes.WorkClass
	units             map[uint64]math.Int
	accrued, lifetime math.Int
}

// fakeWork settles lazily, as x/work's contract says: a device's share of a frozen epoch is credited when the device is
// touched.
type fakeWork struct {
	clock   *clock
	delay   uint64
	next    uint64
	records map[string]*fakeRecord
	tallies map[tallyKey]*fakeTally
	// lost and lostPools make the counters wrong, to see it noticed.
	lost, lostPools int64
}

func newFakeWork() *fakeWork {
	return &fakeWork{delay: testDelay, next: 1, records: map[string]*fakeRecord{}, tallies: map[tallyKey]*fakeTally{}}
}

func (w *fakeWork) tally(class devicetypes.WorkClass, epoch uint64) *fakeTally {
	k := tallyKey{class, epoch}
	if w.tallies[k] == nil {
		zero := math.ZeroInt()
		w.tallies[k] = &fakeTally{units: zero, pool: zero, settled: zero, paid: zero}
	}
	return w.tallies[k]
}

func (w *fakeWork) record(id []byte) *fakeRecord {
	if w.records[string(id)] == nil {
		w.records[string(id)] = &fakeRecord{units: map[uint64]math.Int{}, accrued: math.ZeroInt(), lifetime: math.ZeroInt()}
	}
	return w.records[string(id)]
}

func (w *fakeWork) add(id []byte, class devicetypes.WorkClass, epoch, units uint64) {
	r := w.record(id)
	r.class = class
	w.settle(r)
	if r.units[epoch].IsNil() {
		r.units[epoch] = math.ZeroInt()
	}
	r.units[epoch] = r.units[epoch].Add(math.NewIntFromUint64(units))
	t := w.tally(class, epoch)
	t.units = t.units.Add(math.NewIntFromUint64(units))
}

func (w *fakeWork) settle(r *fakeRecord) {
	for _, epoch := range slices.Sorted(maps.Keys(r.units)) {
		t := w.tally(r.class, epoch)
		if !t.frozen {
			continue
		}
		if !t.closed {
			share := types.Share(r.units[epoch], t.pool, t.units)
			r.accrued, r.lifetime = r.accrued.Add(share), r.lifetime.Add(share)
			t.settled, t.paid = t.settled.Add(r.units[epoch]), t.paid.Add(share)
		}
		delete(r.units, epoch)
	}
}

func (w *fakeWork) Units(_ context.Context, class devicetypes.WorkClass, epoch uint64) (math.Int, error) {
	return w.tally(class, epoch).units, nil
}

func (w *fakeWork) FreezableEpochs(context.Context) (epochs []uint64, err error) {
	for e := w.next; e+w.delay <= w.clock.epoch.Number && len(epochs) < 8; e++ {
		epochs = append(epochs, e)
	}
	return epochs, nil
}

func (w *fakeWork) FreezeEpoch(_ context.Context, epoch uint64, pools []worktypes.ClassPool) error {
	for _, p := range pools {
		t := w.tally(p.Class, epoch)
		t.frozen, t.pool = true, p.Pool
	}
	w.next = epoch + 1
	return nil
}

func (w *fakeWork) CloseTally(_ context.Context, class devicetypes.WorkClass, epoch uint64) (math.Int, error) {
	t := w.tally(class, epoch)
	t.closed = true
	return t.pool.Sub(t.paid), nil
}

func (w *fakeWork) TakeAccrued(_ context.Context, id []byte) (math.Int, error) {
	r := w.record(id)
	w.settle(r)
	taken := r.accrued
	r.accrued = math.ZeroInt()
	return taken, nil
}

func (w *fakeWork) Claimable(_ context.Context, id []byte) (math.Int, math.Int, error) {
	r := w.record(id)
	w.settle(r)
	return r.accrued, r.lifetime, nil
}

func (w *fakeWork) Outstanding(context.Context) (math.Int, math.Int, error) {
	accrued, unpaid := math.NewInt(-w.lost), math.NewInt(-w.lostPools)
	for _, r := range w.records {
		accrued = accrued.Add(r.accrued)
	}
	for _, t := range w.tallies {
		if t.frozen && !t.closed {
			unpaid = unpaid.Add(t.pool).Sub(t.paid)
		}
	}
	return accrued, unpaid, nil
}

func (w *fakeWork) IterateDeviceWork(_ context.Context, cb func(worktypes.DeviceWork) (bool, error)) error {
	for _, id := range slices.Sorted(maps.Keys(w.records)) {
		r := w.records[id]
		d := worktypes.DeviceWork{DeviceId: []byte(id), WorkClass: gpu, Accrued: r.accrued}
		for _, epoch := range slices.Sorted(maps.Keys(r.units)) {
			d.Units = append(d.Units, worktypes.EpochUnits{Epoch: epoch, Units: r.units[epoch].Uint64()})
		}
		if stop, err := cb(d); stop || err != nil {
			return err
		}
	}
	return nil
}

func (w *fakeWork) IterateTallies(_ context.Context, cb func(worktypes.Tally) (bool, error)) error {
	for k, t := range w.tallies {
		if stop, err := cb(worktypes.Tally{
			WorkClass: k.class, Epoch: k.epoch, Units: t.units, Frozen: t.frozen, Pool: t.pool, SettledUnits: t.settled, Paid: t.paid, Closed: t.closed,
		}); stop || err != nil {
			return err
		}
	}
	return nil
}
