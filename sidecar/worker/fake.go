package worker

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/joulechain/joule/sidecar/clock"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/disk"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Fake is a worker for tests: its payloads have the shape of the GPU class's and never repeat, not even in another
// process, so that a second statement for one window cannot hide.
type Fake struct {
	mu     sync.Mutex
	runs   uint64
	opened int
	last   Task
	// Disk makes it a worker of the disk class, which proves without a commitment.
	Disk bool
	// Wait makes Work last until the context ends.
	Wait bool
	// Nothing makes Work find nothing to say, with Notice as the reason.
	Nothing bool
	Notice  string
	// Err, if set, is what Work returns.
	Err error
}

// Class implements Worker.
func (f *Fake) Class() devicetypes.WorkClass {
	if f.Disk {
		return devicetypes.WORK_CLASS_DISK
	}
	return devicetypes.WORK_CLASS_GPU
}

// First implements Worker.
func (f *Fake) First() worktypes.Phase {
	if f.Disk {
		return worktypes.PHASE_PROVE
	}
	return worktypes.PHASE_COMMIT
}

// Describe implements Worker.
func (*Fake) Describe() Description { return Description{Backend: "fake", Hardware: "no hardware"} }

// Runs is how often Work was called.
func (f *Fake) Runs() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.runs
}

// Last is the newest task of Work.
func (f *Fake) Last() Task {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// Work implements Worker.
func (f *Fake) Work(ctx context.Context, task Task) (Result, error) {
	f.mu.Lock()
	f.runs++
	run := f.runs
	f.last = task
	f.mu.Unlock()
	if f.Err != nil {
		return Result{}, f.Err
	}
	if f.Wait {
		<-ctx.Done()
		if cause := context.Cause(ctx); cause != clock.ErrDeadline {
			return Result{}, cause
		}
	}
	if f.Nothing {
		return Result{Notice: f.Notice}, nil
	}
	payload, err := f.payload(run, task.Window.Id)
	if err != nil {
		return Result{}, err
	}
	return Result{Payload: payload, State: fmt.Appendf(nil, "state %d", run), Rounds: run, Units: run, Notice: f.Notice}, nil
}

// payload has the shape of the class's: a commitment to run rounds, or evidence with one proof.
func (f *Fake) payload(run, window uint64) ([]byte, error) {
	if f.Disk {
		params := disk.Params{K: disk.MinK, Strength: disk.BaseStrength}
		proof := make([]byte, params.ProofSize())
		if _, err := rand.Read(proof); err != nil {
			return nil, err
		}
		return disk.EncodeEvidence(params, []disk.Share{{Proof: proof}})
	}
	payload := binary.LittleEndian.AppendUint64(nil, run)
	payload = append(payload, make([]byte, 32)...)
	binary.BigEndian.PutUint64(payload[8:], window)
	_, err := rand.Read(payload[16:])
	return payload, err
}

// Open implements Worker.
func (f *Fake) Open(_ context.Context, task Task, payload, state []byte) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Disk {
		return nil, errors.New("a disk has nothing to open")
	}
	f.opened++
	return fmt.Appendf(nil, "opening of %x by %s under %x %x", payload[:8], state, task.Window.DrawAMix, task.Window.DrawBMix), nil
}

// Close implements Worker.
func (*Fake) Close() error { return nil }
