// Package worker is the seam between the sidecar's machinery and the work classes: scheduler, spool, submitter and
// metrics know classes and workers only through it. A class says once what it is (Class). Its workers implement Worker
// and of the small interfaces below those that they need; Register finds them. workertest has workers for tests.
package worker

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// ErrTooSlow means that no acceptable amount of work was finished before the deadline; nothing is committed.
var ErrTooSlow = errors.New("too little work was finished before the deadline")

// Description tells people what computes.
type Description struct {
	// Backend is a short name: cuda, opencl, cpu, plots.
	Backend string `json:"backend"`
	// Hardware is one line.
	Hardware string `json:"hardware"`
	// Why says why that backend is in use and not a faster one; empty where there is no choice.
	Why string `json:"why,omitempty"`
}

// Task is one window's work for one device.
type Task struct {
	ChainID  string
	DeviceID []byte
	// Window carries the rules, the seed's mix and, for an opening, the draws.
	Window worktypes.Window
	// Record is what the chain held of the device when the work was begun.
	Record worktypes.DeviceWork
	// MaxUnits is what the device's bond covers; more would be refused.
	MaxUnits uint64
	// Deadline is when the context will end, by the machine's clock, as far as is known at the beginning. Zero for an
	// opening.
	Deadline time.Time
	// Progress, if set, is told how much is done, in the class's own count.
	Progress func(done uint64)
	// Height is the newest block's, and Stands tells the payload that this device has recorded for a phase of the
	// window and the state beside its commitment. Of Stepper.Step alone.
	Height int64
	Stands func(phase worktypes.Phase, item uint32) (payload, state []byte, ok bool)
}

// Result is finished work: the payload to sign, and what its opening will need.
type Result struct {
	// Payload is empty where the window is over for this device and there is nothing to say: it is not worked on again.
	Payload []byte
	State   []byte
	// Rounds counts the work in the class's own way.
	Rounds uint64
	Units  uint64
	// Notice tells the owner what kept the device from earning more, and what to do; empty when nothing did.
	Notice string
}

// Worker is a device at work: what every class's worker has. It is used by one goroutine at a time, but for Describe,
// which may be called from anywhere.
type Worker interface {
	// Class is the kind of work.
	Class() devicetypes.WorkClass
	// Describe tells what computes.
	Describe() Description
	// Close frees the hardware.
	Close() error
}

// Windowed is a worker that works on one window at a time, from its opening to its deadline.
type Windowed interface {
	// Work runs until the context ends or the window's limits are reached. A context that ends with clock.ErrDeadline
	// as its cause is the normal end; any other cause is an error. ErrTooSlow when there is nothing worth committing.
	Work(ctx context.Context, task Task) (Result, error)
}

// Opener is a Windowed worker whose class commits first and answers draws later.
type Opener interface {
	// Open answers the draws of task.Window from the state that Work returned and the payload that was signed. What it
	// returns has passed the chain's own verifier.
	Open(ctx context.Context, task Task, payload, state []byte) ([]byte, error)
}

// Draft is a statement that a Stepper wants signed. A draft for which another statement stands already is dropped: that
// one is sent.
type Draft struct {
	Phase   worktypes.Phase
	Payload []byte
	// State is kept beside a commitment, in the same durable step.
	State []byte
	// FirstHeight and LastHeight bound the heights at which it may execute.
	FirstHeight, LastHeight int64
	// Rounds counts the work in the class's own way.
	Rounds uint64
}

// Stepper is a worker whose windows overlap and whose statements are due when the chain comes to a height, while the
// work itself goes on in the background. It is asked at every block about each of its windows, and never waits for its
// hardware.
type Stepper interface {
	Step(ctx context.Context, task Task) ([]Draft, error)
}

// Background is a worker with duties between the windows, such as looking after its hardware.
type Background interface {
	// Run works until the context ends; an earlier return is a failure of the whole process.
	Run(ctx context.Context) error
}

// Metered is a worker with metrics of its own. The collector's descriptions carry the device's name as a constant
// label, so that several devices of a class can be registered.
type Metered interface {
	Collector() prometheus.Collector
}
