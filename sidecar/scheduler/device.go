package scheduler

import (
	"context"
	"errors"
	"log/slog"
	"sort"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// DeviceStatus is one device as people are shown it.
type DeviceStatus struct {
	Name     string `json:"name"`
	DeviceID string `json:"device_id"`
	// Class is the class's name in small letters.
	Class string `json:"class"`
	// State is unknown, unregistered, active, suspended or retired.
	State    string `json:"state"`
	Backend  string `json:"backend"`
	Hardware string `json:"hardware"`
	// Activity is idle, working, opening or proving, with the window and what is done in it, as the class counts it.
	Activity string `json:"activity"`
	Window   uint64 `json:"window"`
	Rounds   uint64 `json:"rounds"`
	// MaxUnits is what the bond covers.
	MaxUnits uint64 `json:"max_units"`
	// Notice is what the worker says keeps the device from earning more.
	Notice    string `json:"notice,omitempty"`
	LastError string `json:"last_error,omitempty"`
}

// deviceLoop is one device's life.
type deviceLoop struct {
	s      *Scheduler
	device Device
	id     []byte
	log    *slog.Logger
	woken  chan struct{}

	profileAt   int64 // height of the last look at the registration
	profileNext time.Time
	stepped     int64     // height of a Stepper's last step
	earned      uint64    // the newest epoch of a Stepper that is in the ledger
	stepNext    time.Time // when it is asked again before the next block; zero: not

	mu     sync.Mutex
	shown  DeviceStatus
	failed map[uint64]int // windows in which work failed, with the number of tries; maxTries where there is nothing to do
}

func newDeviceLoop(s *Scheduler, d Device) *deviceLoop {
	id := d.Signer.DeviceID()
	desc := d.Worker.Worker.Describe()
	return &deviceLoop{
		s: s, device: d, id: id, woken: make(chan struct{}, 1), failed: map[uint64]int{},
		log: s.opts.Log.With("device", d.Name),
		shown: DeviceStatus{
			Name: d.Name, DeviceID: devicetypes.FormatDeviceID(id), Class: ClassName(d.Worker.Class.ID), State: "unknown", Activity: "idle",
			Backend: desc.Backend, Hardware: desc.Hardware,
		},
	}
}

func (d *deviceLoop) class() worker.Class { return d.device.Worker.Class }

func (d *deviceLoop) wake() {
	select {
	case d.woken <- struct{}{}:
	default:
	}
}

func (d *deviceLoop) status() DeviceStatus {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.shown
}

func (d *deviceLoop) show(change func(*DeviceStatus)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.shown)
}

// run does job after job until there is none, then waits for news. A question that no node answered is asked again
// soon: a window is a few blocks, and what it pays is linear in the time left of it.
func (d *deviceLoop) run(ctx context.Context) {
	for ctx.Err() == nil {
		did, err := d.step(ctx)
		if did && err == nil {
			continue
		}
		var timer <-chan time.Time
		switch {
		case unanswered(err):
			timer = d.s.opts.Clock.After(retryAfter)
		case !d.stepNext.IsZero():
			timer = d.s.opts.Clock.After(d.stepNext.Sub(d.s.opts.Clock.Now()))
		}
		select {
		case <-ctx.Done():
		case <-d.woken:
		case <-timer:
		}
	}
}

// step does the most pressing job and tells whether there was one.
func (d *deviceLoop) step(ctx context.Context) (bool, error) {
	windows, height := d.s.view()
	if height == 0 {
		return false, nil
	}
	did, err := d.next(ctx, windows, height)
	d.note(ctx, err)
	return did, err
}

func (d *deviceLoop) note(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	text := err.Error()
	if d.status().LastError != text {
		d.log.Warn("device", "error", err)
	}
	d.show(func(s *DeviceStatus) { s.LastError = text })
}

// next: first finish what a crash left unsigned, then openings that are pressing, then windows that take commitments
// (the one that closes first), then the other openings.
func (d *deviceLoop) next(ctx context.Context, windows []worktypes.Window, height int64) (bool, error) {
	if did, err := d.signPrepared(ctx, height); did || err != nil {
		return did, err
	}
	if stepper := d.device.Worker.Stepper; stepper != nil {
		return false, d.steps(ctx, stepper, windows, height)
	}
	openings, err := d.openings(windows, height)
	if err != nil {
		return false, err
	}
	work, err := d.workable(windows, height)
	if err != nil {
		return false, err
	}
	if len(openings) > 0 && (len(work) == 0 || openings[0].DeadlineHeight-height <= work[0].CloseHeight-height+pressingBlocks) {
		return true, d.open(ctx, openings[0])
	}
	if len(work) > 0 && d.profile(ctx, height) {
		return true, d.work(ctx, work[0])
	}
	if len(work) == 0 && len(openings) == 0 {
		d.profile(ctx, height) // keeps the shown state fresh
	}
	return false, nil
}

// pressingBlocks: an opening whose deadline comes within so many blocks after a window's close goes before that
// window's work.
const pressingBlocks = 5

// signPrepared signs statements that a crash left between record and signature.
func (d *deviceLoop) signPrepared(ctx context.Context, height int64) (bool, error) {
	pending, err := d.s.opts.Spool.Pending()
	if err != nil {
		return false, err
	}
	for _, st := range pending {
		if st.State != spool.Prepared || string(st.Device) != string(d.id) {
			continue
		}
		key, err := st.Key()
		if err != nil {
			return false, err
		}
		if height >= st.LastHeight {
			return true, d.s.opts.Spool.Finish(key, spool.Expired, "the sidecar came back after its last height; it was never signed")
		}
		if st.Phase == worktypes.PHASE_PROVE && d.class().First == worktypes.PHASE_PROVE {
			switch _, err := d.record(ctx, st.Window, st.Epoch); {
			case errors.Is(err, ErrForeignEvidence):
				return true, d.s.opts.Spool.Finish(key, spool.Rejected, err.Error())
			case err != nil:
				return false, err
			}
		}
		return true, d.sign(key)
	}
	return false, nil
}

// openings lists windows whose accepted or pending commitment of this device can be opened and is not yet, the earliest
// deadline first.
func (d *deviceLoop) openings(windows []worktypes.Window, height int64) ([]worktypes.Window, error) {
	var out []worktypes.Window
	if d.device.Worker.Opener == nil {
		return nil, nil
	}
	for _, w := range windows {
		if w.WorkClass != d.class().ID || len(w.DrawAMix) == 0 || len(w.DrawBMix) == 0 || height >= w.DeadlineHeight {
			continue
		}
		commit, err := d.get(w.Id, worktypes.PHASE_COMMIT)
		if errors.Is(err, spool.ErrNotRecorded) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if commit.State != spool.Accepted {
			continue // the submitter finds out first
		}
		if _, err := d.get(w.Id, worktypes.PHASE_OPEN); !errors.Is(err, spool.ErrNotRecorded) {
			if err != nil {
				return nil, err
			}
			continue
		}
		out = append(out, w)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].DeadlineHeight < out[j].DeadlineHeight })
	return out, nil
}

// workable lists windows for this device that take a first statement, have none here and leave time for work; the one
// that closes first comes first.
func (d *deviceLoop) workable(windows []worktypes.Window, height int64) ([]worktypes.Window, error) {
	var out []worktypes.Window
	for _, w := range windows {
		if w.WorkClass != d.class().ID || !w.Serves(d.id) || len(w.SeedMix) == 0 || height >= w.CloseHeight || d.tries(w.Id) >= maxTries {
			continue
		}
		if !d.s.Deadline(w).After(d.s.opts.Clock.Now()) {
			continue
		}
		if _, err := d.get(w.Id, d.class().First); !errors.Is(err, spool.ErrNotRecorded) {
			if err != nil {
				return nil, err
			}
			continue
		}
		out = append(out, w)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].CloseHeight < out[j].CloseHeight })
	return out, nil
}

// maxTries is how often work on one window is begun when the worker fails.
const maxTries = 3

func (d *deviceLoop) tries(window uint64) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed[window]
}

func (d *deviceLoop) giveUp(window uint64, tries int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for old := range d.failed {
		if old+10_000 < window {
			delete(d.failed, old)
		}
	}
	d.failed[window] += tries
}

func (d *deviceLoop) get(window uint64, phase worktypes.Phase) (spool.Statement, error) {
	key, err := spool.NewKey(d.id, window, phase)
	if err != nil {
		return spool.Statement{}, err
	}
	return d.s.opts.Spool.Get(key)
}

func (d *deviceLoop) task(w worktypes.Window, record worktypes.DeviceWork) worker.Task {
	return worker.Task{
		ChainID: d.s.opts.Chain.ChainID(), DeviceID: d.id, Window: w, Record: record, MaxUnits: d.status().MaxUnits,
		Progress: func(done uint64) { d.show(func(s *DeviceStatus) { s.Rounds = done }) },
	}
}

func (d *deviceLoop) begin(activity string, window uint64) func() {
	d.show(func(s *DeviceStatus) { s.Activity, s.Window, s.Rounds = activity, window, 0 })
	return func() { d.show(func(s *DeviceStatus) { s.Activity = "idle" }) }
}

// until ends the context at the window's deadline, which moves with the measured block time.
func (d *deviceLoop) until(ctx context.Context, w worktypes.Window) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	news, stop := d.s.opts.Heads.Subscribe()
	go func() {
		defer stop()
		for {
			left := d.s.Deadline(w).Sub(d.s.opts.Clock.Now())
			if left <= 0 {
				cancel(clock.ErrDeadline)
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-news:
			case <-d.s.opts.Clock.After(left):
			}
		}
	}()
	return ctx, func() { cancel(context.Canceled) }
}
