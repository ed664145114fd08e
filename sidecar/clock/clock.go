// Package clock is the sidecar's source of time, so that tests own it.
package clock

import (
	"context"
	"errors"
	"time"
)

// ErrDeadline is the cause of a context that WithDeadline ended.
var ErrDeadline = errors.New("the deadline has come")

// Clock tells the time and waits.
type Clock interface {
	// Now is the current time.
	Now() time.Time
	// After sends once, d from now; at once when d ≤ 0.
	After(d time.Duration) <-chan time.Time
}

// Real is the machine's clock.
type Real struct{}

// Now implements Clock.
func (Real) Now() time.Time { return time.Now() }

// After implements Clock.
func (Real) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Sleep waits for d or the context's end, whose error it returns.
func Sleep(ctx context.Context, c Clock, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c.After(d):
		return nil
	}
}

// WithDeadline returns a context that ends with the cause ErrDeadline at t on the clock c.
func WithDeadline(ctx context.Context, c Clock, t time.Time) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := c.After(t.Sub(c.Now()))
	go func() {
		select {
		case <-timer:
			cancel(ErrDeadline)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(context.Canceled) }
}
