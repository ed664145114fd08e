package gpuworker

import (
	"context"
	"time"

	"github.com/joulechain/joule/sidecar/gpu"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	// prepareEvery is how often a card is looked at between windows: for new parameters, and after driver errors. A
	// card that is open and tested costs nothing.
	prepareEvery = 5 * time.Second
	// preparePatience bounds one look, so that a card that must be waited for is looked at anew with the newest
	// parameters.
	preparePatience = time.Minute
)

// Follow tells where the chain's rules for the next windows come from. Called once, before Run.
func (w *Worker) Follow(rules func(context.Context) (worktypes.GpuParams, error)) { w.rules = rules }

// Run implements worker.Background: it opens and tests the card before the first window, and again after driver errors
// and changes of the rules, so that no window pays for it.
func (w *Worker) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		w.prepare(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(w.every):
		}
	}
	return nil
}

// prepare makes the card ready for the chain's present rules, unless work takes it.
func (w *Worker) prepare(ctx context.Context) {
	if w.rules == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, preparePatience)
	defer cancel()
	g, err := w.rules(ctx)
	if err != nil {
		return // the follower tells of nodes that do not answer
	}
	p, err := ParamsOf(g)
	if err != nil {
		w.tell(err)
		return
	}
	if !w.use.TryLock() {
		return // a window is worked on
	}
	defer w.use.Unlock()
	w.mu.Lock()
	w.yield = cancel
	w.mu.Unlock()
	if err := w.guard.Prepare(ctx, p); ctx.Err() == nil {
		w.tell(err)
	}
}

// take ends a preparation and holds the card until the returned function is called. A self-test that runs goes on and
// is waited for by the window.
func (w *Worker) take() func() {
	for !w.use.TryLock() {
		w.mu.Lock()
		yield := w.yield
		w.mu.Unlock()
		if yield != nil {
			yield()
		}
		time.Sleep(time.Millisecond) // preparing ends with its context at once
	}
	return w.use.Unlock
}

// tell notes why the card is not ready; nil: it is.
func (w *Worker) tell(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble = ""
	if err != nil {
		w.trouble = err.Error()
	}
}

// Report is a GPU device as people are shown it.
type Report struct {
	Device string `json:"device"`
	gpu.Report
	// Trouble is why the card is not ready for the next window; empty if it is, or is being made so.
	Trouble string `json:"trouble,omitempty"`
	// Warning is what does not fit together in the last window's work.
	Warning string `json:"warning,omitempty"`
	// Ready: the next window can be worked on at once.
	Ready bool `json:"ready"`
}

// Report may be called from anywhere.
func (w *Worker) Report() Report {
	r := Report{Report: w.guard.Report()}
	w.mu.Lock()
	defer w.mu.Unlock()
	r.Device, r.Trouble, r.Warning = w.device, w.trouble, w.warning
	r.Ready = r.Tested && r.State == "" && r.Trouble == ""
	return r
}
