package disk

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/joulechain/joule/sidecar/disk/internal/plotter"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

const (
	// reportEvery is the time between two reports.
	reportEvery = 100 * time.Millisecond
	// mergeWeight is the work of merging one fragment, in the plotter's units of one hash.
	mergeWeight = 2
)

// tracker turns counters into reports, from one goroutine.
type tracker struct {
	report func(Progress)
	begun  time.Time
	params proof.Params
	stop   chan struct{}
	wait   sync.WaitGroup

	mu       sync.Mutex
	now      Progress
	total    uint64 // work of the whole call
	finished uint64 // work of what is finished
	// The current plot or merge: its work, a counter that grows to about that, and for a plot its stage.
	work  uint64
	done  *atomic.Uint64
	stage *atomic.Int32
}

// begin counts the work of the whole call.
func (t *tracker) begin(c *creator) {
	t.begun, t.report, t.params = time.Now(), c.Progress, c.Params
	plots := uint64(len(c.plan.Make))
	t.total = plots * plotter.Work(c.Params)
	if c.Group > 1 {
		t.total += plots * mergeWeight << c.Params.K
	}
	t.now.PlotsTotal = len(c.plan.Make)
	if t.report == nil {
		return
	}
	t.stop = make(chan struct{})
	t.wait.Go(func() {
		tick := time.NewTicker(reportEvery)
		defer tick.Stop()
		for {
			select {
			case <-t.stop:
				return
			case <-tick.C:
				t.report(t.state())
			}
		}
	})
}

// end reports once more.
func (t *tracker) end() {
	if t.stop != nil {
		close(t.stop)
		t.wait.Wait()
		t.stop = nil
		t.report(t.state())
	}
}

// plot begins a plot; the meter counts its work.
func (t *tracker) plot(index uint64) *plotter.Meter {
	t.mu.Lock()
	defer t.mu.Unlock()
	meter := new(plotter.Meter)
	t.now.Index, t.work, t.done, t.stage = index, plotter.Work(t.params), &meter.Done, &meter.Stage
	return meter
}

// merge begins a merge of so many fragments in so many tiles; what it returns counts a tile.
func (t *tracker) merge(first, fragments uint64, tiles uint32) func() {
	t.mu.Lock()
	defer t.mu.Unlock()
	counter := new(atomic.Uint64)
	t.now.Index, t.work, t.done, t.stage = first, fragments*mergeWeight, counter, nil
	perTile := t.work / uint64(tiles)
	return func() { counter.Add(perTile) }
}

// finish ends what began last; plots is how many more are finished files.
func (t *tracker) finish(plots int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.finished += t.work
	t.now.PlotsDone += plots
	t.work, t.done, t.stage = 0, nil, nil
}

// state is a report of this moment.
func (t *tracker) state() Progress {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.now
	p.Elapsed = time.Since(t.begun)
	done := t.finished
	switch {
	case t.done == nil:
	case t.stage == nil:
		p.Phase, p.PhaseDone, p.PhaseTotal = Merging, min(t.done.Load(), t.work), t.work
		done += p.PhaseDone
	default:
		now := min(t.done.Load(), t.work)
		stage := int(t.stage.Load())
		from, to := plotter.StageWork(t.params, stage)
		p.Phase = [...]Phase{Table1, Table1, Table2, Table3, Writing}[stage]
		p.PhaseDone, p.PhaseTotal = min(max(now, from), to)-from, to-from
		done += now
	}
	if total := max(t.total, done); total > 0 {
		p.Fraction = float64(done) / float64(total)
	}
	if p.Fraction > 0.001 {
		p.Remaining = time.Duration(float64(p.Elapsed) * (1 - p.Fraction) / p.Fraction)
	}
	t.now = p
	return p
}
