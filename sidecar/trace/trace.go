// Package trace names the moments in the life of a piece of evidence. Metrics and logs watch them; the crash tests kill
// the process at each.
package trace

import worktypes "github.com/joulechain/joule/x/work/types"

// Step is a moment that has just passed.
type Step string

// The steps of one statement, in order.
const (
	// Worked: the worker has finished; nothing is durable yet.
	Worked Step = "worked"
	// Recorded: the unsigned statement and what its opening needs are durable.
	Recorded Step = "recorded"
	// Marked: the marker beside the spool names the window.
	Marked Step = "marked"
	// Signed: the signature is durable.
	Signed Step = "signed"
	// Broadcast: a node has taken the transaction; the spool does not know it yet.
	Broadcast Step = "broadcast"
	// Submitted: the spool knows the transaction.
	Submitted Step = "submitted"
	// Confirmed: the chain holds the statement; the spool does not know it yet.
	Confirmed Step = "confirmed"
	// Finished: the spool has closed the statement.
	Finished Step = "finished"
)

// Steps lists all steps in order.
func Steps() []Step {
	return []Step{Worked, Recorded, Marked, Signed, Broadcast, Submitted, Confirmed, Finished}
}

// Observer is told of steps; it must be quick and safe for concurrent use.
type Observer interface {
	Reached(step Step, deviceID []byte, window uint64, phase worktypes.Phase)
}

// None ignores every step.
type None struct{}

// Reached implements Observer.
func (None) Reached(Step, []byte, uint64, worktypes.Phase) {}
