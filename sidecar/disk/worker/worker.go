// Package diskworker makes a worker of sidecar/disk's plots: it answers the window of a device's cohort from the actual
// files under the claim that the chain holds, checks the evidence with the chain's own verifier, and looks after the
// disks in between.
package diskworker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/disk"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/disk"
	worktypes "github.com/joulechain/joule/x/work/types"
)

var (
	// ErrWindow means that the window's rules or mix are not usable.
	ErrWindow = errors.New("unusable window")
	// ErrSelfCheck means that the evidence does not pass the chain's verifier; it is never signed.
	ErrSelfCheck = errors.New("the evidence does not pass the chain's verifier")
)

// Backend is what Describe calls the backend.
const Backend = "plots"

// Store is what the worker asks of the plots; *disk.Store is the real one.
type Store interface {
	Refresh(ctx context.Context) error
	Plots() []disk.Plot
	Faults() []disk.Fault
	Prove(ctx context.Context, r disk.Request) (disk.ProveResult, error)
	Scrub(ctx context.Context, o disk.ScrubOptions) error
	Close() error
}

// Options configure a worker.
type Options struct {
	Device   string
	ChainID  string
	DeviceID []byte
	// Folders are those that the store was opened with.
	Folders []string
	// HistoryFile keeps the scans over restarts; empty keeps them in memory.
	HistoryFile string
	// LookEvery is how often Run looks at folders and disks; SlowScan is the longest answer that is not warned of.
	LookEvery, SlowScan time.Duration
	// Scrub turns the background scrub on; ScrubRate bounds its reading in bytes a second.
	Scrub     bool
	ScrubRate uint64
	// Health tells of the disks below the folders; nil means what the system says.
	Health func(ctx context.Context, folders ...string) []FolderHealth
	// Clock is the source of time; nil means the machine's.
	Clock clock.Clock
	Log   *slog.Logger
}

// Worker answers for one device. Report, Reached and Describe may be called from anywhere.
type Worker struct {
	opts    Options
	store   Store
	history *history
	looker  looker
	gate    *gate
	alarmed map[string]bool // by Run alone

	mu    sync.Mutex
	state state
}

// state is what Report shows beside the history.
type state struct {
	claim   *worktypes.DiskClaim // of the newest window
	rules   *worktypes.DiskParams
	bond    uint64 // units that it covers
	looked  time.Time
	folders []FolderHealth
	lookErr string
	scrub   ScrubReport
}

// New takes the store over; Close closes it.
func New(store Store, opts Options) *Worker {
	if opts.Clock == nil {
		opts.Clock = clock.Real{}
	}
	if opts.LookEvery <= 0 {
		opts.LookEvery = time.Minute
	}
	if opts.Health == nil {
		opts.Health = Health
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	h, err := openHistory(opts.HistoryFile)
	if err != nil {
		opts.Log.Warn("the history of scans is lost; nothing else depends on it", "device", opts.Device, "error", err)
	}
	return &Worker{opts: opts, store: store, history: h, gate: newGate()}
}

// Class implements worker.Worker.
func (*Worker) Class() devicetypes.WorkClass { return devicetypes.WORK_CLASS_DISK }

// Describe implements worker.Worker.
func (w *Worker) Describe() worker.Description {
	return worker.Description{Backend: Backend, Hardware: Summarize(w.store.Plots()).String()}
}

// Close implements worker.Worker.
func (w *Worker) Close() error { return w.store.Close() }

// Work implements worker.Windowed.
func (w *Worker) Work(ctx context.Context, task worker.Task) (worker.Result, error) {
	rules := task.Window.Disk
	switch {
	case rules == nil || rules.Version != proof.EvidenceVersion1:
		return worker.Result{}, fmt.Errorf("%w: this sidecar cannot follow the rules of window %d, update it", ErrWindow, task.Window.Id)
	case len(task.Window.SeedMix) != 32:
		return worker.Result{}, fmt.Errorf("%w: window %d has no challenge yet", ErrWindow, task.Window.Id)
	}
	scan := Scan{Window: task.Window.Id, Epoch: task.Window.Epoch, Time: w.opts.Clock.Now().UTC()}
	claim, reason := effective(task)
	w.remember(task, claim)
	if reason != "" {
		return w.nothing(scan, reason)
	}
	w.gate.enter()
	defer w.gate.leave()
	w.refresh(ctx)
	have := match(w.store.Plots(), *claim)
	scan.Claimed, scan.Stored = uint64(claim.Plots), have.usable
	if have.usable == 0 {
		return w.nothing(scan, have.notice(*claim))
	}
	return w.prove(ctx, task, *claim, have, scan)
}

// prove answers the challenge in what time there is. Whatever part of the plots was read is an answer.
func (w *Worker) prove(ctx context.Context, task worker.Task, claim worktypes.DiskClaim, have holding, scan Scan) (worker.Result, error) {
	rules := task.Window.Disk
	limited, cancel := withDeadline(ctx, task.Deadline)
	defer cancel()
	selector := proof.DeriveSelector(task.ChainID, task.DeviceID)
	params := w.evidenceParams(task, claim)
	found, err := w.store.Prove(limited, disk.Request{
		Challenge: params.Challenge, Params: params.Params, Selector: &selector,
		Plots: uint64(claim.Plots), Lambda: uint64(rules.Lambda), Limit: int(rules.MaxProofs),
	})
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, clock.ErrDeadline) {
		return worker.Result{}, cause // shutting down
	}
	if err != nil && len(found.Proofs) == 0 {
		return worker.Result{}, err
	}
	if task.Progress != nil {
		task.Progress(uint64(found.Scan.Scanned))
	}
	scan.take(found)
	scan.Notice = strings.Join(append(have.notices(claim), scanNotices(found, have, w.opts.SlowScan)...), "; ")
	if len(found.Proofs) == 0 {
		w.keep(scan)
		return worker.Result{Notice: scan.Notice}, nil
	}
	payload, err := encode(params, found.Proofs)
	if err != nil {
		return worker.Result{}, err
	}
	scan.Proofs = len(found.Proofs)
	scan.Units = proof.Units(params.Params.K, claim.Plots, uint32(len(found.Proofs)), rules.Lambda)
	scan.Outcome = OutcomeFound
	w.keep(scan)
	return worker.Result{Payload: payload, Rounds: uint64(scan.Proofs), Units: scan.Units, Notice: scan.Notice}, nil
}

func (w *Worker) evidenceParams(task worker.Task, claim worktypes.DiskClaim) proof.EvidenceParams {
	return proof.EvidenceParams{
		ChainID: task.ChainID, DeviceID: task.DeviceID,
		Challenge: proof.DeriveChallenge(task.ChainID, task.Window.Id, [32]byte(task.Window.SeedMix)),
		Params:    claim.PlotParams(), Plots: claim.Plots, Lambda: task.Window.Disk.Lambda, MaxProofs: task.Window.Disk.MaxProofs,
	}
}

// encode writes the evidence and has it pass the chain's verifier.
func encode(params proof.EvidenceParams, proofs []disk.Proof) ([]byte, error) {
	shares := make([]proof.Share, len(proofs))
	for i, p := range proofs {
		shares[i] = proof.Share{Index: uint32(p.Index), Proof: p.Packed, Quality: p.Quality}
	}
	payload, err := proof.EncodeEvidence(params.Params, shares)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	n, err := proof.VerifyEvidence(params, payload)
	if err == nil && n != len(proofs) {
		err = fmt.Errorf("%d proofs were encoded and %d verified", len(proofs), n)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	return payload, nil
}

// nothing ends a window without a scan; the reason is shown and no error.
func (w *Worker) nothing(scan Scan, reason string) (worker.Result, error) {
	scan.Notice = reason
	w.keep(scan)
	return worker.Result{Notice: reason}, nil
}

func (w *Worker) keep(s Scan) {
	if err := w.history.add(s); err != nil {
		w.opts.Log.Warn("keeping the history of scans", "device", w.opts.Device, "error", err)
	}
}

func (w *Worker) remember(task worker.Task, claim *worktypes.DiskClaim) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rules := *task.Window.Disk
	w.state.claim, w.state.rules, w.state.bond = claim, &rules, task.MaxUnits
}

// withDeadline lets the store know how long it has, so that it stops reading in time to solve what it found.
func withDeadline(ctx context.Context, t time.Time) (context.Context, context.CancelFunc) {
	if t.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, t)
}
