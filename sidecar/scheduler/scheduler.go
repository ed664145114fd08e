// Package scheduler follows windows for the devices of this machine: it starts work when a window opens, ends it in time to commit,
// records and signs the commitment, and answers the draws. It knows workers only through their interface.
package scheduler

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/trace"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Chain is what the scheduler asks of the chain.
type Chain interface {
	ChainID() string
	Windows(ctx context.Context) ([]worktypes.Window, int64, error)
	Device(ctx context.Context, id []byte) (devicetypes.Device, error)
	DeviceParams(ctx context.Context) (devicetypes.Params, error)
	DeviceWork(ctx context.Context, id []byte) (worktypes.DeviceWork, math.Int, error)
}

// Heads tells of new blocks.
type Heads interface {
	Head() chain.Head
	Subscribe() (<-chan struct{}, func())
}

// Device is one device of this machine.
type Device struct {
	Name   string
	Signer keys.Signer
	Worker worker.Worker
}

// Options configure a scheduler.
type Options struct {
	Chain   Chain
	Heads   Heads
	Spool   *spool.Spool
	Devices []Device
	// MarginBlocks and Margin say how long before a window's last block work ends; MarginBlocks counts measured block times.
	MarginBlocks float64
	Margin       time.Duration
	// Kick is called when something new is signed.
	Kick     func()
	Clock    clock.Clock
	Log      *slog.Logger
	Observer trace.Observer
}

// Scheduler runs one loop per device.
type Scheduler struct {
	opts    Options
	margin  *margin
	devices []*deviceLoop

	mu      sync.Mutex
	windows []worktypes.Window
	height  int64
}

// New builds a scheduler.
func New(opts Options) *Scheduler {
	if opts.Clock == nil {
		opts.Clock = clock.Real{}
	}
	if opts.Observer == nil {
		opts.Observer = trace.None{}
	}
	if opts.Kick == nil {
		opts.Kick = func() {}
	}
	s := &Scheduler{opts: opts, margin: newMargin(opts.MarginBlocks, opts.Margin)}
	for _, d := range opts.Devices {
		s.devices = append(s.devices, newDeviceLoop(s, d))
	}
	return s
}

// Run follows the chain until the context ends. Work in progress is then given up: nothing was signed for it and nothing is owed.
func (s *Scheduler) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, d := range s.devices {
		wg.Add(1)
		go func() {
			defer wg.Done()
			d.run(ctx)
		}()
	}
	s.watch(ctx)
	wg.Wait()
	return nil
}

// watch fetches the windows at every new block and wakes the devices.
func (s *Scheduler) watch(ctx context.Context) {
	news, stop := s.opts.Heads.Subscribe()
	defer stop()
	for {
		s.refresh(ctx)
		select {
		case <-ctx.Done():
			return
		case <-news:
		}
	}
}

func (s *Scheduler) refresh(ctx context.Context) {
	head := s.opts.Heads.Head()
	if head.Height == 0 {
		return
	}
	if s.opts.Spool.NeedsFloor() {
		if err := s.opts.Spool.SetFloor(uint64(head.Height)); err != nil {
			s.opts.Log.Error("cannot set the spool's floor", "error", err)
			return
		}
		s.opts.Log.Warn("the spool's past is unknown: only windows that open from now on are worked on", "height", head.Height)
	}
	windows, height, err := s.opts.Chain.Windows(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.opts.Log.Warn("cannot read the windows", "error", err)
		}
		return
	}
	s.mu.Lock()
	s.windows, s.height = windows, max(height, head.Height)
	s.mu.Unlock()
	for _, d := range s.devices {
		d.wake()
	}
}

// view is the chain as last seen.
func (s *Scheduler) view() ([]worktypes.Window, int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.windows, max(s.height, s.opts.Heads.Head().Height)
}

// CommitmentSeen tells how a commitment fared, so that the margin follows: late by so many blocks after its broadcast, or missed.
func (s *Scheduler) CommitmentSeen(accepted bool) { s.margin.learn(accepted) }

// Status is what people are shown.
func (s *Scheduler) Status() []DeviceStatus {
	out := make([]DeviceStatus, len(s.devices))
	for i, d := range s.devices {
		out[i] = d.status()
	}
	return out
}

// Deadline is when work on a window must end, on this machine's clock.
func (s *Scheduler) Deadline(w worktypes.Window) time.Time {
	return s.margin.deadline(s.opts.Heads.Head(), w.CloseHeight)
}
