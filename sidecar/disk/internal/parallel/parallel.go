// Package parallel runs numbered tasks on a fixed number of goroutines.
package parallel

import (
	"context"
	"sync"
	"sync/atomic"
)

// Run calls do(thread, task) for tasks 0…n-1 on so many threads. It ends early at the first error or at the context's
// end.
func Run(ctx context.Context, threads, n int, do func(thread, task int) error) error {
	var (
		next  atomic.Int64
		wait  sync.WaitGroup
		once  sync.Once
		first error
		stop  atomic.Bool
	)
	fail := func(err error) {
		once.Do(func() { first = err })
		stop.Store(true)
	}
	work := func(thread int) {
		for !stop.Load() {
			task := int(next.Add(1)) - 1
			if task >= n {
				return
			}
			if err := ctx.Err(); err != nil {
				fail(context.Cause(ctx))
				return
			}
			if err := do(thread, task); err != nil {
				fail(err)
				return
			}
		}
	}
	for thread := range min(threads, n) {
		wait.Go(func() { work(thread) })
	}
	wait.Wait()
	return first
}
