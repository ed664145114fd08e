// Package workertest has workers for tests: payloads of the real classes' shapes, without hardware.
package workertest

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/disk"
)

// Fake is what the fake workers have in common; a test sets what Work does before it begins.
type Fake struct {
	// Wait makes Work last until the context ends.
	Wait bool
	// Nothing makes Work find nothing to say, with Notice as the reason.
	Nothing bool
	Notice  string
	// Err, if set, is what Work returns.
	Err error

	mu   sync.Mutex
	runs uint64
	last worker.Task
}

// Describe implements worker.Worker.
func (*Fake) Describe() worker.Description {
	return worker.Description{Backend: "fake", Hardware: "no hardware"}
}

// Close implements worker.Worker.
func (*Fake) Close() error { return nil }

// Runs is how often Work was called.
func (f *Fake) Runs() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.runs
}

// Last is the newest task of Work.
func (f *Fake) Last() worker.Task {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

func (f *Fake) work(ctx context.Context, task worker.Task, payload func(run uint64) ([]byte, error)) (worker.Result, error) {
	f.mu.Lock()
	f.runs++
	run := f.runs
	f.last = task
	f.mu.Unlock()
	if f.Err != nil {
		return worker.Result{}, f.Err
	}
	if f.Wait {
		<-ctx.Done()
		if cause := context.Cause(ctx); cause != clock.ErrDeadline {
			return worker.Result{}, cause
		}
	}
	if f.Nothing {
		return worker.Result{Notice: f.Notice}, nil
	}
	p, err := payload(run)
	if err != nil {
		return worker.Result{}, err
	}
	return worker.Result{Payload: p, State: fmt.Appendf(nil, "state %d", run), Rounds: run, Units: run, Notice: f.Notice}, nil
}

// Committer is a worker of the GPU class: it commits, and opens later. Its payloads never repeat, not even in another
// process, so that a second statement for one window cannot hide.
type Committer struct{ Fake }

// Class implements worker.Worker.
func (*Committer) Class() devicetypes.WorkClass { return devicetypes.WORK_CLASS_GPU }

// Work implements worker.Windowed: a commitment to as many rounds as Work has been called.
func (c *Committer) Work(ctx context.Context, task worker.Task) (worker.Result, error) {
	return c.work(ctx, task, func(run uint64) ([]byte, error) {
		payload := binary.LittleEndian.AppendUint64(nil, run)
		payload = append(payload, make([]byte, 32)...)
		binary.BigEndian.PutUint64(payload[8:], task.Window.Id)
		_, err := rand.Read(payload[16:])
		return payload, err
	})
}

// Open implements worker.Opener.
func (*Committer) Open(_ context.Context, task worker.Task, payload, state []byte) ([]byte, error) {
	return fmt.Appendf(nil, "opening of %x by %s under %x %x", payload[:8], state, task.Window.DrawAMix, task.Window.DrawBMix), nil
}

// Prover is a worker of the disk class, which proves without a commitment: evidence with one random proof.
type Prover struct{ Fake }

// Class implements worker.Worker.
func (*Prover) Class() devicetypes.WorkClass { return devicetypes.WORK_CLASS_DISK }

// Work implements worker.Windowed.
func (p *Prover) Work(ctx context.Context, task worker.Task) (worker.Result, error) {
	return p.work(ctx, task, func(uint64) ([]byte, error) {
		params := disk.Params{K: disk.MinK, Strength: disk.BaseStrength}
		proof := make([]byte, params.ProofSize())
		if _, err := rand.Read(proof); err != nil {
			return nil, err
		}
		return disk.EncodeEvidence(params, []disk.Share{{Proof: proof}})
	})
}

var (
	_ worker.Opener   = (*Committer)(nil)
	_ worker.Windowed = (*Prover)(nil)
)
