package scheduler

import (
	"context"
	"errors"
	"time"

	"github.com/joulechain/joule/sidecar/durable"
	"github.com/joulechain/joule/sidecar/spool"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	// retryAfter is when a question that no node answered is asked again; the windows' wait doubles up to maxRetryAfter
	// while nobody answers.
	retryAfter    = 500 * time.Millisecond
	maxRetryAfter = 8 * time.Second
)

// noAnswer is the error of a question to the chain; its text is the cause's.
type noAnswer struct{ error }

func (e noAnswer) Unwrap() error { return e.error }

// unanswered tells whether asking again soon may help.
func unanswered(err error) bool {
	var e noAnswer
	return errors.As(err, &e)
}

// deviceWork asks for the device's record.
func (d *deviceLoop) deviceWork(ctx context.Context) (worktypes.DeviceWork, error) {
	work, _, err := d.s.opts.Chain.DeviceWork(ctx, d.id)
	if err != nil {
		return work, noAnswer{err}
	}
	return work, nil
}

// full tells whether an error is a want of room, which the owner mends: the windows that are still open then are worked
// on.
func full(err error) bool {
	return errors.Is(err, spool.ErrLowSpace) || errors.Is(err, durable.ErrDiskFull)
}

// giveUpUnlessFull counts a failed try to record or sign.
func (d *deviceLoop) giveUpUnlessFull(window uint64, err error) {
	if !full(err) {
		d.giveUp(window, 1)
	}
}
