package worker

import (
	"errors"
	"fmt"

	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/trace"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Class is a kind of work as scheduler and submitter know it, whether or not a device of it is configured: statements
// of a device that was taken out of the configuration are still on their way.
type Class struct {
	// ID is the chain's.
	ID devicetypes.WorkClass
	// First is the phase of a window's first statement: PHASE_COMMIT, or PHASE_PROVE in a class without commitments.
	// Whether it was in time teaches the margin.
	First worktypes.Phase
	// Floor is the newest window that may have been signed when nothing is known of the past, at a height in an epoch:
	// later windows cannot have been open.
	Floor func(height int64, epoch uint64) uint64
	// Taken tells whether the chain holds a first statement of the device for the window of the epoch.
	Taken func(record worktypes.DeviceWork, window, epoch uint64) bool
	// Judge finds out what became of a statement.
	Judge func(Case) Judgement
	// Tiered: the device's hardware tier multiplies its units.
	Tiered bool
	// PaidByEpoch: others' statements pay the device too, so the ledger has one entry an epoch and none a statement.
	PaidByEpoch bool
	// KeepsState: what lies beside a commitment is needed after the opening, for as long as the statements are kept.
	KeepsState bool
}

// Classes are all that this program knows, each once.
type Classes []Class

// Of is the class with an id.
func (c Classes) Of(id devicetypes.WorkClass) (Class, bool) {
	for _, class := range c {
		if class.ID == id {
			return class, true
		}
	}
	return Class{}, false
}

// Verdict is what the chain says of a statement.
type Verdict int

// The verdicts. Unasked means that no node answered, so that nothing follows.
const (
	Unasked Verdict = iota
	Unknown         // the chain does not hold it, or not yet
	Held            // the chain holds it
	Foreign         // the chain holds another statement in its place
)

// Judgement is a verdict, and of a statement that is Held the units that the chain credits for it.
type Judgement struct {
	Verdict Verdict
	Units   uint64
}

// Case is a statement that has been sent, with what the chain holds of its device.
type Case struct {
	Statement spool.Statement
	Record    worktypes.DeviceWork
	// Late: the statement's last height has passed, and Record is as of that height or later.
	Late bool
	// Transaction judges by the newest transaction that carried the statement: records forget after a while. It asks a
	// node.
	Transaction func() Judgement
}

// ErrRoles means that a worker's methods do not fit its class.
var ErrRoles = errors.New("the worker does not fit its class")

// Registered is a worker with what it can do. Of Windowed and Stepper exactly one is set; Opener goes with a Windowed
// worker whose class commits first. The others are nil where the worker does not have them.
type Registered struct {
	Class      Class
	Worker     Worker
	Windowed   Windowed
	Opener     Opener
	Stepper    Stepper
	Background Background
	Metered    Metered
	// Observer is told of all devices' statements.
	Observer trace.Observer
}

// Register finds out what a worker can do. ErrRoles names what is missing or too much.
func Register(classes Classes, w Worker) (Registered, error) {
	class, ok := classes.Of(w.Class())
	if !ok {
		return Registered{}, fmt.Errorf("%w: class %s is not registered", ErrRoles, w.Class())
	}
	r := Registered{Class: class, Worker: w}
	r.Windowed, _ = w.(Windowed)
	r.Opener, _ = w.(Opener)
	r.Stepper, _ = w.(Stepper)
	r.Background, _ = w.(Background)
	r.Metered, _ = w.(Metered)
	r.Observer, _ = w.(trace.Observer)
	commits := class.First == worktypes.PHASE_COMMIT
	switch {
	case (r.Windowed == nil) == (r.Stepper == nil):
		return Registered{}, fmt.Errorf("%w: %s: it must have either Work or Step", ErrRoles, class.ID)
	case r.Windowed != nil && commits && r.Opener == nil:
		return Registered{}, fmt.Errorf("%w: %s: the class commits first and the worker has no Open", ErrRoles, class.ID)
	case r.Opener != nil && (r.Windowed == nil || !commits):
		return Registered{}, fmt.Errorf("%w: %s: there is nothing that Open could answer", ErrRoles, class.ID)
	}
	return r, nil
}
