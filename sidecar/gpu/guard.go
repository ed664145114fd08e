package gpu

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// Candidate is one way to get a backend.
type Candidate struct {
	Name string
	Open func() (Backend, error)
	// Trusted candidates are not tested: the reference itself.
	Trusted bool
	// Sensor, if set, watches this candidate's card and pauses work on it.
	Sensor Sensor
}

// GuardOptions tune a Guard; zero values are replaced by the defaults.
type GuardOptions struct {
	// AuditEvery is the number of rounds of which one is recomputed and opened; 64.
	AuditEvery uint64
	// Poll is how often a waiting guard looks again, and the least time between
	// readings of the sensor while it works; one second.
	Poll time.Duration
	// Failures is how many driver errors in a row end the use of a candidate; 3.
	Failures int
	// Sensor, if set, pauses work on all candidates: declared maintenance.
	Sensor Sensor
	// Test compares a backend with the reference; SelfTest.
	Test func(ctx context.Context, b Backend, p proofgpu.Params) error
	// Chosen says in words how the candidates were chosen, for people.
	Chosen string
	// Note, if set, is told in one line what happens, for a log.
	Note func(text string)
	// Wait sleeps, or returns the context's error; a timer.
	Wait func(ctx context.Context, d time.Duration) error
}

// Guard is a Backend that never hands out a root from hardware that has not
// passed SelfTest with the window's parameters since it was opened.
//
//   - A driver error, or a lost card, closes the backend; it is opened and tested anew,
//     and the round computed again.
//   - A card without memory, held by another program, hot, or under declared
//     maintenance is given back and waited for; the end of the window ends the wait.
//   - A card that computes wrong results ends the round with ErrWrong.
//   - Where a candidate cannot be used, the next one takes over; without one the error is
//     returned, and the next call tries again.
type Guard struct {
	candidates []Candidate
	o          GuardOptions

	backend  Backend // nil while closed
	at       int     // candidate in use
	tested   map[proofgpu.Params]bool
	testing  *runningTest // uses backend
	failures int
	since    uint64 // rounds since the period of audits began
	target   uint64 // the one of them to audit
	looked   time.Time
	resting  bool
	slowed   bool

	mu     sync.Mutex
	name   string
	text   string // hardware
	why    []string
	state  string // empty: working
	passed bool   // what is open has passed its test, or needs none
}

var _ Backend = (*Guard)(nil)

// NewGuard opens the first candidate that works. If none does, the error names all
// with their reasons.
func NewGuard(candidates []Candidate, o GuardOptions) (*Guard, error) {
	if o.AuditEvery == 0 {
		o.AuditEvery = 64
	}
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	if o.Failures == 0 {
		o.Failures = 3
	}
	if o.Test == nil {
		o.Test = SelfTest
	}
	if o.Note == nil {
		o.Note = func(string) {}
	}
	if o.Wait == nil {
		o.Wait = sleep
	}
	g := &Guard{candidates: candidates, o: o}
	for {
		err := g.open()
		if err == nil {
			return g, nil
		}
		if !g.next(err) {
			return nil, errors.New(strings.Join(g.why, "; "))
		}
	}
}

// Name implements Backend: the candidate's in use.
func (g *Guard) Name() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.name
}

// Describe implements Backend: the hardware, what it waits for, and why faster
// candidates are not in use.
func (g *Guard) Describe() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	text := g.text
	if g.state != "" {
		text += " (" + g.state + ")"
	}
	if len(g.why) > 0 {
		text += " [not used: " + strings.Join(g.why, "; ") + "]"
	}
	return text
}

// Report is what people are shown of a guarded backend.
type Report struct {
	// Backend and Hardware are in use, or were last.
	Backend  string `json:"backend"`
	Hardware string `json:"hardware"`
	// Chosen says how the backend was chosen, NotUsed why each faster one is not in use.
	Chosen  string   `json:"chosen"`
	NotUsed []string `json:"not_used,omitempty"`
	// State is empty while all is well: else the self-test, a pause, or what went wrong.
	State string `json:"state,omitempty"`
	// Tested: the backend is open and has passed its self-test, or needs none.
	Tested bool `json:"tested"`
}

// Report may be called from anywhere.
func (g *Guard) Report() Report {
	g.mu.Lock()
	defer g.mu.Unlock()
	return Report{
		Backend: g.name, Hardware: g.text, Chosen: g.o.Chosen, NotUsed: slices.Clone(g.why), State: g.state,
		Tested: g.passed,
	}
}

// Prepare opens and tests the backend for these parameters, so that the first
// window does not pay for it. It returns as Round does.
func (g *Guard) Prepare(ctx context.Context, p proofgpu.Params) error {
	if err := p.Validate(); err != nil {
		return err
	}
	return g.with(ctx, p, func(Backend) error { return nil })
}

// Unwrap returns the backend in use, nil while it is closed.
func (g *Guard) Unwrap() Backend { return g.backend }

// Close implements Backend.
func (g *Guard) Close() error {
	if g.backend == nil {
		return nil
	}
	g.endTest()
	b := g.backend
	g.backend = nil
	g.setPassed(false)
	return b.Close()
}

// Round implements Backend.
func (g *Guard) Round(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed) (root proofgpu.Node, err error) {
	err = g.with(ctx, p, func(b Backend) error {
		root, err = b.Round(ctx, p, seed)
		if err != nil {
			return err
		}
		return g.audit(ctx, b, p, seed, root)
	})
	return root, err
}

// Paths implements Backend.
func (g *Guard) Paths(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed, tiles []Tile) (root proofgpu.Node, paths [][]proofgpu.Node, err error) {
	err = g.with(ctx, p, func(b Backend) error {
		root, paths, err = b.Paths(ctx, p, seed, tiles)
		return err
	})
	return root, paths, err
}

// audit opens two tiles of one round in each period, at a place nobody can foresee,
// so that a card that goes bad within a window does not stay unnoticed.
func (g *Guard) audit(ctx context.Context, b Backend, p proofgpu.Params, seed proofgpu.Seed, root proofgpu.Node) error {
	if g.candidates[g.at].Trusted {
		return nil
	}
	if g.since == 0 {
		g.target = rand.Uint64N(g.o.AuditEvery)
	}
	due := g.since == g.target
	if g.since++; g.since == g.o.AuditEvery {
		g.since = 0
	}
	if !due {
		return nil
	}
	tiles, err := RandomTiles(p, 2)
	if err != nil {
		return err
	}
	return CheckTiles(ctx, b, p, seed, root, tiles)
}

// with runs work on a backend that is open and tested, and deals with failures
// until it succeeds, the context ends, or there is nothing left to try.
func (g *Guard) with(ctx context.Context, p proofgpu.Params, work func(Backend) error) error {
	for {
		err := g.ready(ctx, p)
		if err == nil {
			err = work(g.backend)
		}
		switch {
		case err == nil:
			g.failures = 0
			g.show("")
			return nil
		case ctx.Err() != nil:
			return err
		case errors.Is(err, ErrWrong):
			// What was computed since the last check is not to be trusted, so this
			// window ends. The next one tests again, or uses the next candidate.
			g.drop(err)
			g.next(err)
			return err
		case errors.Is(err, ErrOutOfMemory), errors.Is(err, ErrBusy):
			g.drop(err)
			if err := g.rest(ctx, "waiting for the card: "+err.Error()); err != nil {
				return err
			}
		case errors.Is(err, ErrUnavailable), errors.Is(err, ErrBuild):
			g.drop(err)
			if !g.next(err) {
				return err
			}
		case errors.Is(err, ErrDriver), errors.Is(err, ErrLost):
			g.drop(err)
			if g.failures++; g.failures < g.o.Failures {
				if err := g.rest(ctx, "opening again after: "+err.Error()); err != nil {
					return err
				}
				continue
			}
			g.failures = 0
			if !g.next(err) {
				return err
			}
		default:
			return err
		}
	}
}

// ready waits while the sensor asks for it, then opens and tests what is not open
// or tested.
func (g *Guard) ready(ctx context.Context, p proofgpu.Params) error {
	if err := g.heed(ctx); err != nil {
		return err
	}
	if g.backend == nil {
		if err := g.open(); err != nil {
			return err
		}
	}
	p.T, p.MaxRounds = proofgpu.MinT, 1 // do not change what is computed
	if g.candidates[g.at].Trusted || g.tested[p] {
		g.setPassed(true)
		return nil
	}
	g.setPassed(false)
	g.show("self-test")
	if err := g.selfTest(ctx, p); err != nil {
		return err
	}
	g.o.Note(fmt.Sprintf("%s passed its self-test at n=%d, b=%d", g.name, p.N, p.B))
	g.tested[p], g.since = true, 0
	g.setPassed(true)
	return nil
}

func (g *Guard) open() error {
	b, err := g.candidates[g.at].Open()
	if err != nil {
		return err
	}
	g.backend, g.tested, g.since = b, map[proofgpu.Params]bool{}, 0
	g.mu.Lock()
	defer g.mu.Unlock()
	g.name, g.text = b.Name(), b.Describe()
	return nil
}

// drop closes the backend after an error; nil: to make room.
func (g *Guard) drop(cause error) {
	if cause != nil {
		g.o.Note(g.Name() + ": " + cause.Error())
	}
	// A driver that failed fails again here; what matters has been said.
	_ = g.Close()
}

// next moves on to the next candidate and says whether there is one. Without one
// the last stays, for the next try.
func (g *Guard) next(cause error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	reason := g.candidates[g.at].Name + ": " + cause.Error()
	if g.at+1 == len(g.candidates) {
		if g.text == "" {
			g.why = append(g.why, reason)
		}
		g.state = cause.Error()
		return false
	}
	g.why = append(g.why, reason)
	g.at++
	g.failures = 0
	return true
}

func (g *Guard) setPassed(passed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.passed = passed
}

func (g *Guard) show(state string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state = state
}
