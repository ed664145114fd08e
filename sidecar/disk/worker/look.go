package diskworker

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/disk"
)

// refreshPatience is how long a look at the folders may hold up an answer: a disk that hangs must not cost the others
// their window.
const refreshPatience = 2 * time.Second

// errSlowLook means that a look at the folders has not ended yet.
var errSlowLook = errors.New("a disk does not answer; the plots are those of the last look")

// looker runs one look at a time and does not wait for one that a dead disk holds up.
type looker struct {
	mu      sync.Mutex
	running bool
}

// do runs look and waits for it at most so long; one that is still running is not started again.
func (l *looker) do(ctx context.Context, c clock.Clock, patience time.Duration, look func(context.Context) error) error {
	l.mu.Lock()
	if l.running {
		l.mu.Unlock()
		return errSlowLook
	}
	l.running = true
	l.mu.Unlock()
	done := make(chan error, 1)
	go func() {
		err := look(ctx)
		l.mu.Lock()
		l.running = false
		l.mu.Unlock()
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.After(patience):
		return errSlowLook
	}
}

// gate keeps the scrub away from the disks while a window is answered.
type gate struct {
	mu     sync.Mutex
	idle   *sync.Cond
	busy   bool
	cancel context.CancelFunc
}

func newGate() *gate {
	g := &gate{}
	g.idle = sync.NewCond(&g.mu)
	return g
}

// enter interrupts the scrub; leave lets it go on.
func (g *gate) enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy = true
	if g.cancel != nil {
		g.cancel()
	}
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy = false
	g.idle.Broadcast()
}

// begin waits until no window is answered and returns a context that the next one ends.
func (g *gate) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	stop := context.AfterFunc(ctx, g.idle.Broadcast)
	defer stop()
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.busy && ctx.Err() == nil {
		g.idle.Wait()
	}
	ctx, g.cancel = context.WithCancel(ctx)
	return ctx, g.cancel
}

// Run implements worker.Background: it looks at the folders and their disks now and then, and scrubs in between.
func (w *Worker) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	if w.opts.Scrub {
		wg.Go(func() { w.scrub(ctx) })
	}
	for {
		w.look(ctx)
		if clock.Sleep(ctx, w.opts.Clock, w.opts.LookEvery) != nil {
			break
		}
	}
	wg.Wait()
	return nil
}

// look refreshes the list of plots and asks for the disks' health; what is new and bad is logged once.
func (w *Worker) look(ctx context.Context) {
	err := w.looker.do(ctx, w.opts.Clock, w.opts.LookEvery, func(ctx context.Context) error {
		err := w.store.Refresh(ctx)
		health := w.opts.Health(ctx, w.opts.Folders...)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.state.folders, w.state.looked = health, w.opts.Clock.Now().UTC()
		return err
	})
	if ctx.Err() != nil {
		return
	}
	w.mu.Lock()
	w.state.lookErr = ""
	if err != nil {
		w.state.lookErr = err.Error()
	}
	w.mu.Unlock()
	w.alarm()
}

// alarm logs problems that were not there at the last look, and their end.
func (w *Worker) alarm() {
	now := map[string]bool{}
	for _, p := range w.Report().Problems {
		now[p] = true
		if !w.alarmed[p] {
			w.opts.Log.Error("disk", "device", w.opts.Device, "problem", p)
		}
	}
	for p := range w.alarmed {
		if !now[p] {
			w.opts.Log.Info("disk: no longer", "device", w.opts.Device, "problem", p)
		}
	}
	w.alarmed = now
}

// ScrubReport is what the background scrub has done since the start.
type ScrubReport struct {
	Running bool   `json:"running"`
	Bytes   uint64 `json:"bytes"`
	// Found counts damaged or vanished files that it came upon.
	Found uint64 `json:"found"`
}

// scrub reads samples until the context ends; each window interrupts it.
func (w *Worker) scrub(ctx context.Context) {
	o := disk.ScrubOptions{
		BytesPerSecond: w.opts.ScrubRate,
		Found: func(p disk.Plot) {
			w.opts.Log.Error("the scrub found a bad plot file", "device", w.opts.Device, "file", p.File, "status", p.Status, "problem", p.Problem)
			w.scrubbed(func(r *ScrubReport) { r.Found++ })
		},
		Step: func(bytes uint64) { w.scrubbed(func(r *ScrubReport) { r.Bytes += bytes }) },
	}
	for ctx.Err() == nil {
		during, cancel := w.gate.begin(ctx)
		w.scrubbed(func(r *ScrubReport) { r.Running = true })
		err := w.store.Scrub(during, o)
		cancel()
		w.scrubbed(func(r *ScrubReport) { r.Running = false })
		if err != nil && ctx.Err() == nil {
			w.opts.Log.Warn("scrubbing", "device", w.opts.Device, "error", err)
			if clock.Sleep(ctx, w.opts.Clock, w.opts.LookEvery) != nil {
				return
			}
		}
	}
}

func (w *Worker) scrubbed(change func(*ScrubReport)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.state.scrub)
}

// refresh looks at the folders before an answer, as far as they answer quickly.
func (w *Worker) refresh(ctx context.Context) {
	err := w.looker.do(ctx, w.opts.Clock, refreshPatience, w.store.Refresh)
	if err != nil && ctx.Err() == nil {
		w.opts.Log.Warn("looking at the plots", "device", w.opts.Device, "error", err)
	}
}
