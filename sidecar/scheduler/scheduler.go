// Package scheduler follows windows for the devices of this machine: it starts work when a window opens, ends it in
// time to commit, records and signs the commitment, and answers the draws; classes without commitment prove at once. It
// knows workers only through their interface.
package scheduler

import (
	"context"
	"fmt"
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
	beacontypes "github.com/joulechain/joule/x/beacon/types"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Chain is what the scheduler asks of the chain.
type Chain interface {
	Attestations
	ChainID() string
	Windows(ctx context.Context) ([]worktypes.Window, int64, error)
	Device(ctx context.Context, id []byte) (devicetypes.Device, error)
	DeviceParams(ctx context.Context) (devicetypes.Params, error)
	DeviceWork(ctx context.Context, id []byte) (worktypes.DeviceWork, math.Int, error)
	Epoch(ctx context.Context) (beacontypes.Epoch, error)
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
	Worker worker.Registered
}

// Options configure a scheduler.
type Options struct {
	Chain   Chain
	Heads   Heads
	Spool   *spool.Spool
	Devices []Device
	// Classes are all that the program knows, those without a device here too.
	Classes worker.Classes
	// MarginBlocks and Margin say how long before a window's last block work ends; MarginBlocks counts measured block
	// times.
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
	margins map[devicetypes.WorkClass]*margin
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
	s := &Scheduler{opts: opts, margins: map[devicetypes.WorkClass]*margin{}}
	for _, d := range opts.Devices {
		if class := d.Worker.Class.ID; s.margins[class] == nil {
			s.margins[class] = newMargin(opts.MarginBlocks, opts.Margin)
		}
		s.devices = append(s.devices, newDeviceLoop(s, d))
	}
	return s
}

// Run follows the chain until the context ends. Work in progress is then given up: nothing was signed for it and
// nothing is owed.
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
	wait := retryAfter
	for {
		var again <-chan time.Time
		if err := s.refresh(ctx); err == nil {
			wait = retryAfter
		} else {
			if wait == retryAfter && ctx.Err() == nil {
				s.opts.Log.Warn("cannot follow the windows; asking again", "error", err)
			}
			again = s.opts.Clock.After(wait)
			wait = min(2*wait, maxRetryAfter)
		}
		select {
		case <-ctx.Done():
			return
		case <-news:
		case <-again:
		}
	}
}

func (s *Scheduler) refresh(ctx context.Context) error {
	head := s.opts.Heads.Head()
	if head.Height == 0 {
		return nil
	}
	if s.opts.Spool.NeedsFloor() {
		if err := s.setFloor(ctx, head.Height); err != nil {
			return fmt.Errorf("the spool's floor: %w", err)
		}
	}
	windows, height, err := s.opts.Chain.Windows(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.windows, s.height = windows, max(height, head.Height)
	s.mu.Unlock()
	for _, d := range s.devices {
		d.wake()
	}
	return nil
}

// setFloor leaves out every window that may have been signed before the spool was lost. All classes are named, those
// without a device here too, for one may be configured again later.
func (s *Scheduler) setFloor(ctx context.Context, height int64) error {
	epoch, err := s.opts.Chain.Epoch(ctx)
	if err != nil {
		return err
	}
	floors := map[devicetypes.WorkClass]uint64{}
	for _, class := range s.opts.Classes {
		floors[class.ID] = class.Floor(height, epoch.Number)
	}
	if err := s.opts.Spool.SetFloor(floors); err != nil {
		return err
	}
	s.opts.Log.Warn("the spool's past is unknown: only windows that open from now on are worked on, and where windows belong to epochs those of the next one",
		"height", height, "epoch", epoch.Number)
	return nil
}

// view is the chain as last seen.
func (s *Scheduler) view() ([]worktypes.Window, int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.windows, max(s.height, s.opts.Heads.Head().Height)
}

// StatementSeen tells how a class's first statement of a window fared, so that its margin follows: in time, or late.
func (s *Scheduler) StatementSeen(class devicetypes.WorkClass, accepted bool) {
	if m := s.margins[class]; m != nil {
		m.learn(accepted)
	}
}

// Status is what people are shown.
func (s *Scheduler) Status() []DeviceStatus {
	out := make([]DeviceStatus, len(s.devices))
	for i, d := range s.devices {
		out[i] = d.status()
	}
	return out
}

// Deadline is when work on a window of a configured class must end, on this machine's clock.
func (s *Scheduler) Deadline(w worktypes.Window) time.Time {
	return s.margins[w.WorkClass].deadline(s.opts.Heads.Head(), w.CloseHeight)
}
