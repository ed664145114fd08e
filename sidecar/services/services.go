// Package services starts the parts of a process together and ends them in reverse order, complaining about those that
// do not end.
package services

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
)

// Patience is how long a service may take to end before it is named in the log; it is waited for all the same.
const Patience = 15 * time.Second

// Service is one part.
type Service struct {
	Name string
	// Run works until the context ends; another return is a failure that ends all services.
	Run func(context.Context) error
	// Last, if set, runs after Run has ended, with a context of its own that lasts for Patience.
	Last func(context.Context)
}

// Run starts all services at once and, when the context ends or one fails, ends them one by one, the last first. It
// returns the first failure.
func Run(ctx context.Context, c clock.Clock, log *slog.Logger, list []Service) error {
	type ended struct {
		name string
		err  error
	}
	failures := make(chan ended, len(list))
	stops := make([]context.CancelFunc, len(list))
	dones := make([]chan struct{}, len(list))
	base := context.WithoutCancel(ctx) // each is cancelled in its turn
	for i, s := range list {
		serviceCtx, cancel := context.WithCancel(base)
		stops[i], dones[i] = cancel, make(chan struct{})
		go func() {
			defer close(dones[i])
			err := guarded(serviceCtx, s)
			if serviceCtx.Err() == nil {
				if err == nil {
					err = errors.New("it ended by itself")
				}
				failures <- ended{s.Name, err}
			}
		}()
	}
	var first error
	select {
	case <-ctx.Done():
	case f := <-failures:
		first = fmt.Errorf("%s: %w", f.name, f.err)
		log.Error("a service failed; closing", "service", f.name, "error", f.err)
	}
	for i := len(list) - 1; i >= 0; i-- {
		stops[i]()
		await(c, log, list[i].Name, dones[i])
		if list[i].Last != nil {
			last, cancel := context.WithTimeout(base, Patience)
			list[i].Last(last)
			cancel()
		}
	}
	return first
}

// guarded turns a panic into a failure, so that the others are closed properly.
func guarded(ctx context.Context, s Service) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return s.Run(ctx)
}

func await(c clock.Clock, log *slog.Logger, name string, done <-chan struct{}) {
	select {
	case <-done:
		return
	case <-c.After(Patience):
		log.Warn("a service does not end", "service", name, "waited", Patience.String())
	}
	<-done
}
