// Package worker is the seam between the sidecar's machinery and the work classes: scheduler, spool and submitter know workers only
// through it. A class brings one real implementation; Fake serves tests.
package worker

import (
	"context"
	"errors"

	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// ErrTooSlow means that no acceptable amount of work was finished before the deadline; nothing is committed.
var ErrTooSlow = errors.New("too little work was finished before the deadline")

// Description tells people what computes.
type Description struct {
	// Backend is a short name: cuda, opencl, cpu.
	Backend string `json:"backend"`
	// Hardware is one line.
	Hardware string `json:"hardware"`
}

// Task is one window's work for one device.
type Task struct {
	ChainID  string
	DeviceID []byte
	// Window carries the rules, the seed's mix and, for an opening, the draws.
	Window worktypes.Window
	// MaxUnits is what the device's bond covers; more would be refused.
	MaxUnits uint64
	// Progress, if set, is told how much is done, in the class's own count.
	Progress func(done uint64)
}

// Result is finished work: the payload to sign, and what its opening will need.
type Result struct {
	Payload []byte
	State   []byte
	Rounds  uint64
	Units   uint64
}

// Worker does a class's work on one piece of hardware. It is used by one goroutine at a time.
type Worker interface {
	// Class is the kind of work.
	Class() devicetypes.WorkClass
	// Describe tells what computes.
	Describe() Description
	// Work runs until the context ends or the window's limits are reached. A context that ends with clock.ErrDeadline as its cause is
	// the normal end; any other cause is an error. ErrTooSlow when there is nothing worth committing.
	Work(ctx context.Context, task Task) (Result, error)
	// Open answers the draws of task.Window from the state that Work returned and the payload that was signed. What it returns has
	// passed the chain's own verifier.
	Open(ctx context.Context, task Task, payload, state []byte) ([]byte, error)
	// Close frees the hardware.
	Close() error
}
