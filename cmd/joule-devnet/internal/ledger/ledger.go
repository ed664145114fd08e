// Package ledger decides from observations of a devnet whether its devices were paid, independently of what the chain's
// own balances say: it keeps each device's units per epoch and recomputes the shares.
package ledger

import (
	"fmt"
	"slices"

	"cosmossdk.io/math"
)

// Outcome is what a settled epoch was to the devices.
type Outcome string

const (
	// Paid epochs had windows for every device, and every device earned from them.
	Paid Outcome = "paid"
	// Idle epochs had no window for some device, so that it could not earn; the others did.
	Idle Outcome = "idle"
	// Missed epochs had windows for a device that earned nothing.
	Missed Outcome = "missed"
)

// ClassPay is what a settled epoch gave one work class.
type ClassPay struct {
	Class string `json:"class"`
	// Units is the class's sum; Pool, FromCarry and Minted are ujoule with Pool = FromCarry + Minted.
	Units     math.Int `json:"units"`
	Pool      math.Int `json:"pool"`
	FromCarry math.Int `json:"from_carry"`
	Minted    math.Int `json:"minted"`
}

// Epoch is a settled epoch and what it was to the devices.
type Epoch struct {
	Number  uint64  `json:"epoch"`
	Outcome Outcome `json:"outcome"`
	// Windows is how many windows devices had: a GPU's is one for all of them, a disk's is its own.
	Windows int        `json:"windows"`
	Classes []ClassPay `json:"classes"`
	// Unpaid are the devices that earned nothing although there was a window.
	Unpaid []string `json:"unpaid_devices"`
}

// Ledger collects observations. The zero value is not ready; use New.
type Ledger struct {
	class   map[string]string // device id to class
	ids     []string
	since   int64
	windows map[string]uint64            // window, by class and id, to epoch
	chances map[uint64]map[string]bool   // epoch, then device id: it had a window
	units   map[uint64]map[string]uint64 // epoch, then device id
	settled []Epoch
}

// New returns an empty ledger.
func New() *Ledger {
	return &Ledger{class: map[string]string{}, windows: map[string]uint64{}, chances: map[uint64]map[string]bool{}, units: map[uint64]map[string]uint64{}}
}

// AddDevice adds a device; before Begin.
func (l *Ledger) AddDevice(id, class string) {
	l.class[id] = class
	l.ids = append(l.ids, id)
}

// AddCheater adds a device of which nothing is expected; what it earns is entered all the same.
func (l *Ledger) AddCheater(id, class string) { l.class[id] = class }

// Begin tells that all devices work: windows decided after this height count.
func (l *Ledger) Begin(height int64) { l.since = height }

// Window is a window that a device could earn in.
type Window struct {
	Class     string
	ID, Epoch uint64
	// Decided is the height whose mix decided it.
	Decided int64
}

// SawWindow notes a window for these devices.
func (l *Ledger) SawWindow(w Window, devices ...string) {
	if l.since == 0 || w.Decided <= l.since {
		return
	}
	l.windows[fmt.Sprintf("%s/%d", w.Class, w.ID)] = w.Epoch
	if l.chances[w.Epoch] == nil {
		l.chances[w.Epoch] = map[string]bool{}
	}
	for _, id := range devices {
		l.chances[w.Epoch][id] = true
	}
}

// SawUnits notes a device's units of an epoch; the largest number counts, for the chain drops the entry once it is
// settled.
func (l *Ledger) SawUnits(device string, epoch, units uint64) {
	if l.units[epoch] == nil {
		l.units[epoch] = map[string]uint64{}
	}
	l.units[epoch][device] = max(l.units[epoch][device], units)
}

// Next is the epoch whose settlement is to be looked for next.
func (l *Ledger) Next() uint64 {
	if n := len(l.settled); n > 0 {
		return l.settled[n-1].Number + 1
	}
	return 1
}

// Settle notes that an epoch was settled and returns what it was to the devices. Epochs settle in order.
func (l *Ledger) Settle(epoch uint64, classes []ClassPay) (Epoch, error) {
	if epoch != l.Next() {
		return Epoch{}, fmt.Errorf("epoch %d is settled after epoch %d", epoch, l.Next()-1)
	}
	e := Epoch{Number: epoch, Classes: classes, Unpaid: []string{}}
	for _, of := range l.windows {
		if of == epoch {
			e.Windows++
		}
	}
	chances := 0
	for _, id := range l.ids {
		if !l.chances[epoch][id] {
			continue
		}
		chances++
		if !l.share(e, id).IsPositive() {
			e.Unpaid = append(e.Unpaid, id)
		}
	}
	switch {
	case len(e.Unpaid) > 0:
		e.Outcome = Missed
	case chances < len(l.ids) || e.Windows == 0:
		e.Outcome = Idle
	default:
		e.Outcome = Paid
	}
	l.settled = append(l.settled, e)
	return e, nil
}

// share is floor(units · pool / all units), the rule of the protocol.
func (l *Ledger) share(e Epoch, id string) math.Int {
	i := slices.IndexFunc(e.Classes, func(c ClassPay) bool { return c.Class == l.class[id] })
	if i < 0 || !e.Classes[i].Units.IsPositive() {
		return math.ZeroInt()
	}
	return math.NewIntFromUint64(l.units[e.Number][id]).Mul(e.Classes[i].Pool).Quo(e.Classes[i].Units)
}

// Epochs returns the settled epochs, oldest first.
func (l *Ledger) Epochs() []Epoch { return slices.Clone(l.settled) }

// Count returns how many settled epochs had an outcome.
func (l *Ledger) Count(o Outcome) int {
	n := 0
	for _, e := range l.settled {
		if e.Outcome == o {
			n++
		}
	}
	return n
}

// Owed is what the settled epochs owe a device in all, in ujoule: its shares by the ledger's own arithmetic.
func (l *Ledger) Owed(id string) math.Int {
	sum := math.ZeroInt()
	for _, e := range l.settled {
		sum = sum.Add(l.share(e, id))
	}
	return sum
}

// Units are all units that the ledger saw a device earn.
func (l *Ledger) Units(id string) math.Int {
	sum := math.ZeroInt()
	for _, of := range l.units {
		sum = sum.Add(math.NewIntFromUint64(of[id]))
	}
	return sum
}

// Minted sums what the settled epochs minted for a class, in ujoule.
func (l *Ledger) Minted(class string) math.Int {
	sum := math.ZeroInt()
	for _, e := range l.settled {
		for _, c := range e.Classes {
			if c.Class == class {
				sum = sum.Add(c.Minted)
			}
		}
	}
	return sum
}
