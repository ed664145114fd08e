package gpucheck

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/telemetry"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// Options say what to check, and for how long.
type Options struct {
	// Backend is cuda, opencl or cpu; Index counts its cards. Open, if set, opens it instead.
	Backend string
	Index   int
	Open    func() (gpu.Backend, Hardware, error)
	// N is the largest size, a power of two; smaller ones from 64 on are checked too. B is the tile side of the
	// self-test and the measurement; kernels are checked with 4 and 8.
	N, B uint32
	// Runs and Length are those of the measurement.
	Runs   int
	Length time.Duration
	// Limit is the time for everything. The reference multiplies what fits into it; the rest is compared entry by
	// entry.
	Limit time.Duration
	// SelfTest comes before everything else; nil is gpu.SelfTest.
	SelfTest func(context.Context, gpu.Backend, proofgpu.Params) error
	// Telemetry reads the cards; nil is telemetry.Open.
	Telemetry func() (telemetry.Source, error)
	// Note is told what begins, for people; may be nil.
	Note func(string)
}

// Params are those of rounds of size n.
func (o Options) params(n, b uint32) proofgpu.Params {
	p := proofgpu.MainnetParams()
	p.N, p.B = n, b
	return p
}

// Validate names the option that cannot be.
func (o Options) Validate() error {
	if err := o.params(o.N, o.B).Validate(); err != nil {
		return err
	}
	if o.Open == nil && !slices.Contains(backends, o.Backend) {
		return fmt.Errorf("backend is %q, must be one of %v", o.Backend, backends)
	}
	if o.Runs < 1 {
		return fmt.Errorf("runs is %d, must be at least 1", o.Runs)
	}
	if o.Length < 0 || o.Limit <= 0 {
		return fmt.Errorf("run length is %v and limit %v, want 0 or more and more than 0", o.Length, o.Limit)
	}
	return nil
}

// Run checks the card. Options must be valid. The report is complete as far as it came, whatever happened.
func Run(ctx context.Context, o Options) Report {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, o.Limit)
	defer cancel()
	if o.Note == nil {
		o.Note = func(string) {}
	}
	if o.Open == nil {
		o.Open = func() (gpu.Backend, Hardware, error) { return open(o.Backend, o.Index) }
	}
	if o.SelfTest == nil {
		o.SelfTest = gpu.SelfTest
	}
	r := Report{Backend: o.Backend, CPUs: runtime.GOMAXPROCS(0), N: o.N, B: o.B}
	c := &check{Options: o, report: &r, end: start.Add(o.Limit)}
	err := c.run(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("not done within %v: %w", o.Limit, err)
	}
	r.fail(err)
	r.OK = r.Error == "" && len(r.Missing) == 0
	r.Seconds = time.Since(start).Seconds()
	return r
}

type check struct {
	Options
	report *Report
	end    time.Time
	rate   float64 // multiply-adds a second of the reference
}

func (c *check) run(ctx context.Context) (err error) {
	source := c.telemetry()
	if source != nil {
		defer func() { err = errors.Join(err, source.Close()) }()
		c.report.NVML.Before = c.cards(source)
	}
	backend, hardware, err := c.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backend.Close()) }()
	c.report.Backend, c.report.Hardware = backend.Name(), backend.Describe()
	c.Note(backend.Describe())

	step := c.step(fmt.Sprintf("self-test at n=%d, b=%d", c.N, c.B), func() error { return c.SelfTest(ctx, backend, c.params(c.N, c.B)) })
	c.report.SelfTest = &step
	if !step.OK {
		return ctx.Err() // a card that fails here is not worth measuring
	}
	if err := c.speed(ctx, backend, hardware); err != nil {
		return err
	}
	if source != nil {
		c.report.NVML.After = c.cards(source)
	}
	if err := c.openings(ctx, backend); err != nil {
		return err
	}
	return c.kernels(ctx, backend)
}

// step runs one comparison and notes what it found.
func (c *check) step(what string, do func() error) Step {
	c.Note(what)
	start := time.Now()
	err := do()
	s := Step{What: what, OK: err == nil, Seconds: time.Since(start).Seconds()}
	if err != nil {
		s.Error = err.Error()
		c.report.fail(fmt.Errorf("%s: %w", what, err))
	}
	return s
}

// openings checks paths at each size: corners and random tiles, against tiles that the proof package computes.
func (c *check) openings(ctx context.Context, backend gpu.Backend) error {
	for n := proofgpu.MinN; n <= c.N; n *= 2 {
		p := c.params(n, c.B)
		tiles, err := gpu.RandomTiles(p, 8)
		if err != nil {
			return err
		}
		c.report.Openings = append(c.report.Openings, c.step(fmt.Sprintf("openings at n=%d, b=%d", n, c.B), func() error {
			root, err := backend.Round(ctx, p, seedOf(n))
			if err != nil {
				return err
			}
			return gpu.CheckTiles(ctx, backend, p, seedOf(n), root, append(gpu.Corners(p), tiles...))
		}))
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (c *check) telemetry() telemetry.Source {
	opened := c.Telemetry
	if opened == nil {
		opened = telemetry.Open
	}
	source, err := opened()
	if err != nil {
		c.report.NVML.Unavailable = err.Error()
		return nil
	}
	return source
}

func (c *check) cards(source telemetry.Source) []telemetry.Card {
	cards, err := source.Cards()
	if err != nil {
		c.report.NVML.Unavailable = err.Error()
	}
	return cards
}
