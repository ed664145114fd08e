package report

import (
	"fmt"
	"slices"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/gogoproto/proto"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Change is what an item did to the units of a device that did not carry it. One of Added and Taken is above 0.
type Change struct {
	DeviceID     string
	Added, Taken uint64
}

// radioEvent is what an opened beacon or a late receipt did to units, as its event tells it.
type radioEvent struct {
	late     bool
	deviceID string
	// carrier is the number of the radio that brought the item, beaconer that of the beacon; the same for an opening.
	carrier, beaconer uint32
	epoch, units      uint64
	// paid is how many witnesses an opening paid.
	paid    uint32
	changes []worktypes.RadioUnits
	used    bool
}

// radioEvents finds the events of opened beacons and late receipts among a transaction's, in order.
func radioEvents(events []abci.Event) ([]*radioEvent, error) {
	var found []*radioEvent
	names := []string{proto.MessageName(&worktypes.EventRadioBeacon{}), proto.MessageName(&worktypes.EventRadioLateReceipt{})}
	for _, event := range events {
		if !slices.Contains(names, event.Type) {
			continue
		}
		typed, err := sdk.ParseTypedEvent(event)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", event.Type, err)
		}
		switch e := typed.(type) {
		case *worktypes.EventRadioBeacon:
			found = append(found, &radioEvent{
				deviceID: e.DeviceId, carrier: e.Number, beaconer: e.Number, epoch: e.Epoch, units: e.Units, paid: e.Paid, changes: e.Changes,
			})
		case *worktypes.EventRadioLateReceipt:
			found = append(found, &radioEvent{
				late: true, deviceID: e.DeviceId, carrier: e.Witness, beaconer: e.Number, epoch: e.Epoch, units: e.Units, changes: e.Changes,
			})
		}
	}
	return found, nil
}

func (e *radioEvent) name() string {
	if e.late {
		return "EventRadioLateReceipt"
	}
	return "EventRadioBeacon"
}

// movesOthers tells whether an item pays more than its carrier: an opened beacon its witnesses, a late receipt the
// beaconer and other witnesses.
func movesOthers(class devicetypes.WorkClass, phase worktypes.Phase) bool {
	return class == devicetypes.WORK_CLASS_RADIO && (phase == worktypes.PHASE_OPEN || phase == worktypes.PHASE_PROVE)
}

// explain gives a radio's receipt what its event tells: each event is believed for one item, the first that it fits.
func (w *walk) explain(r *Receipt) {
	for _, e := range w.events {
		if !e.used && e.late == r.Late && e.deviceID == r.DeviceID && e.epoch == r.Epoch {
			e.used = true
			r.Beaconer = e.beaconer
			if r.Doubt = e.doubt(r.Units); r.Doubt != "" {
				return
			}
			for _, c := range e.changes {
				if c.Number != e.carrier {
					r.Others = append(r.Others, Change{DeviceID: c.DeviceId, Added: c.Added, Taken: c.Taken})
				}
			}
			return
		}
	}
	missing := radioEvent{late: r.Late}
	r.Doubt = fmt.Sprintf("no %s of it among the transaction's events: whom else it paid is unknown", missing.name())
}

// leftover is a receipt of nothing for each event that no item explains.
func (w *walk) leftover() {
	for _, e := range w.events {
		if !e.used {
			w.receipts = append(w.receipts, Receipt{
				Height: w.height, Tx: w.tx, Item: w.item, DeviceID: e.deviceID, Class: devicetypes.WORK_CLASS_RADIO, Epoch: e.epoch, Late: e.late,
				Beaconer: e.beaconer, Doubt: fmt.Sprintf("an %s that belongs to no accepted item of the transaction", e.name()),
			})
		}
	}
}

// doubt says what in an event does not fit the item's result or itself; empty if all does.
func (e *radioEvent) doubt(units uint64) string {
	carrier, others := uint64(0), uint32(0)
	devices, numbers := map[string]bool{}, map[uint32]bool{}
	for _, c := range e.changes {
		switch {
		case (c.Added > 0) == (c.Taken > 0):
			return fmt.Sprintf("%s adds %d and takes %d units of radio %d: one of both is above 0", e.name(), c.Added, c.Taken, c.Number)
		case devices[c.DeviceId] || numbers[c.Number]:
			return fmt.Sprintf("%s changes radio %d, %s, twice", e.name(), c.Number, c.DeviceId)
		case (c.DeviceId == e.deviceID) != (c.Number == e.carrier):
			return fmt.Sprintf("%s gives radio %d as %s, but %s is radio %d", e.name(), c.Number, c.DeviceId, e.deviceID, e.carrier)
		case c.Taken > 0 && (!e.late || c.Number == e.carrier):
			return fmt.Sprintf("%s takes %d units of radio %d: only a late receipt takes, and of others", e.name(), c.Taken, c.Number)
		case c.Number == e.carrier:
			carrier = c.Added
		default:
			others++
		}
		devices[c.DeviceId], numbers[c.Number] = true, true
	}
	switch {
	case e.units != units || carrier != units:
		return fmt.Sprintf("%s tells of %d units and adds %d, the item's result says %d", e.name(), e.units, carrier, units)
	case !e.late && others > e.paid:
		return fmt.Sprintf("%s changes %d witnesses' units, but says that %d were paid", e.name(), others, e.paid)
	}
	return ""
}
