// Package gpuworker makes a worker of sidecar/gpu's prover: rounds of committed matrix products within what the window
// and the bond allow, openings that have passed the chain's verifier.
package gpuworker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/telemetry"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/gpu"
	worktypes "github.com/joulechain/joule/x/work/types"
)

var (
	// ErrBondTooSmall means that the bond does not even cover the smallest commitment.
	ErrBondTooSmall = errors.New("the device's bond is too small for this window")
	// ErrWindow means that the window's rules or mixes are not usable.
	ErrWindow = errors.New("unusable window")
)

// Worker runs one card. Report and Describe may be called from anywhere.
type Worker struct {
	device string
	guard  *gpu.Guard
	prover *gpu.Prover
	rules  func(context.Context) (worktypes.GpuParams, error)
	every  time.Duration
	// card reads the card's telemetry; nil where there is none.
	card func() (telemetry.Card, bool)
	// use is held by whoever uses the card: a window, an opening, or a preparation between them.
	use sync.Mutex

	mu      sync.Mutex
	yield   context.CancelFunc // ends the running preparation
	trouble string
	warning string
}

// Open opens a device's card.
func Open(device string, o Options) (*Worker, error) {
	g, err := OpenBackend(o)
	if err != nil {
		return nil, err
	}
	w := New(g)
	w.device = device
	if g.Name() == "cuda" {
		w.card = cardReader(o.Index)
	}
	return w, nil
}

// New takes the guarded backend over; Close closes it.
func New(g *gpu.Guard) *Worker {
	return &Worker{guard: g, prover: gpu.NewProver(g), every: prepareEvery}
}

// Class implements worker.Worker.
func (*Worker) Class() devicetypes.WorkClass { return devicetypes.WORK_CLASS_GPU }

// Describe implements worker.Worker.
func (w *Worker) Describe() worker.Description {
	r := w.guard.Report()
	why := r.Chosen
	if len(r.NotUsed) > 0 {
		why += "; not used: " + strings.Join(r.NotUsed, "; ")
	}
	return worker.Description{Backend: r.Backend, Hardware: r.Hardware, Why: why}
}

// Close implements worker.Worker.
func (w *Worker) Close() error {
	defer w.take()()
	return w.guard.Close()
}

// ParamsOf are the proof's parameters of a window.
func ParamsOf(g worktypes.GpuParams) (proof.Params, error) {
	p := proof.Params{Version: g.Version, N: g.N, B: g.B, T: g.T, MaxRounds: g.MaxRounds}
	if err := p.Validate(); err != nil {
		return proof.Params{}, fmt.Errorf("%w: this sidecar cannot follow its rules, update it: %w", ErrWindow, err)
	}
	return p, nil
}

// Work implements worker.Windowed.
func (w *Worker) Work(ctx context.Context, task worker.Task) (worker.Result, error) {
	p, err := ParamsOf(task.Window.Gpu)
	if err != nil {
		return worker.Result{}, err
	}
	seed, err := seedOf(task)
	if err != nil {
		return worker.Result{}, err
	}
	limit, err := RoundLimit(p, task.Window.Gpu, task.MaxUnits)
	if err != nil {
		return worker.Result{}, err
	}
	onRound := func(r gpu.Round) error {
		if task.Progress != nil {
			task.Progress(r.Index + 1)
		}
		return nil
	}
	defer w.take()()
	compare := w.watch()
	t, err := w.prover.Run(ctx, p, seed, limit, onRound)
	if err != nil && !errors.Is(context.Cause(ctx), clock.ErrDeadline) {
		return worker.Result{}, err
	}
	res, err := result(t, p, task.Window.Gpu)
	res.Notice = compare(p, res.Rounds)
	return res, err
}

// watch begins to compare the energy that the card draws with the work that is claimed for it. What it returns ends
// that and warns.
func (w *Worker) watch() func(p proof.Params, rounds uint64) string {
	none := func(proof.Params, uint64) string { return "" }
	if w.card == nil {
		return none
	}
	start := time.Now()
	before, ok := w.card()
	if !ok {
		return none
	}
	return func(p proof.Params, rounds uint64) string {
		after, ok := w.card()
		if !ok {
			return ""
		}
		n := float64(p.N)
		warning := telemetry.CompareEnergy(before, after, telemetry.Work{MultiplyAdds: n * n * n * float64(rounds), Elapsed: time.Since(start)})
		w.mu.Lock()
		defer w.mu.Unlock()
		w.warning = warning
		return warning
	}
}

func result(t *gpu.Transcript, p proof.Params, g worktypes.GpuParams) (worker.Result, error) {
	rounds := uint64(len(t.Rounds))
	if rounds == 0 || rounds < g.MinRounds {
		return worker.Result{}, fmt.Errorf("%w: %d rounds, the window asks for at least %d", worker.ErrTooSlow, rounds, max(g.MinRounds, 1))
	}
	units, err := proof.Units(p, rounds, g.UnitShift)
	if err != nil {
		return worker.Result{}, err
	}
	c, err := t.Commitment()
	if err != nil {
		return worker.Result{}, err
	}
	state, err := t.MarshalBinary()
	if err != nil {
		return worker.Result{}, err
	}
	return worker.Result{Payload: c.Marshal(), State: state, Rounds: rounds, Units: units}, nil
}

// Open implements worker.Opener.
func (w *Worker) Open(ctx context.Context, task worker.Task, payload, state []byte) ([]byte, error) {
	seed, err := seedOf(task)
	if err != nil {
		return nil, err
	}
	if len(task.Window.DrawAMix) != 32 || len(task.Window.DrawBMix) != 32 {
		return nil, fmt.Errorf("%w: window %d has no draws yet", ErrWindow, task.Window.Id)
	}
	var t gpu.Transcript
	if err := t.UnmarshalBinary(state); err != nil {
		return nil, err
	}
	c, err := proof.UnmarshalCommitment(payload)
	if err != nil {
		return nil, err
	}
	defer w.take()()
	// gpu.Open verifies its own answer with the chain's verifier before it returns it.
	return gpu.Open(ctx, w.guard, &t, proof.Challenge{
		Seed0: seed, Commitment: c, MixA: [32]byte(task.Window.DrawAMix), MixB: [32]byte(task.Window.DrawBMix),
	})
}

func seedOf(task worker.Task) (proof.Seed, error) {
	if len(task.Window.SeedMix) != 32 {
		return proof.Seed{}, fmt.Errorf("%w: window %d has no seed yet", ErrWindow, task.Window.Id)
	}
	return proof.Seed0(task.ChainID, task.Window.Id, [32]byte(task.Window.SeedMix), task.DeviceID), nil
}

// RoundLimit is the largest number of rounds that the window takes and the bond covers.
func RoundLimit(p proof.Params, g worktypes.GpuParams, maxUnits uint64) (uint64, error) {
	fits := func(r uint64) bool {
		u, err := proof.Units(p, r, g.UnitShift)
		return err == nil && u <= maxUnits
	}
	low, high := uint64(0), p.MaxRounds // fits(low) holds; search the last that fits
	for low < high {
		mid := low + (high-low+1)/2
		if fits(mid) {
			low = mid
		} else {
			high = mid - 1
		}
	}
	if low < max(g.MinRounds, 1) {
		return 0, fmt.Errorf("%w: it covers %d units and the window's minimum is %d rounds: add to the bond", ErrBondTooSmall, maxUnits, max(g.MinRounds, 1))
	}
	return low, nil
}
