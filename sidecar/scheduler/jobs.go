package scheduler

import (
	"context"
	"errors"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/trace"
	"github.com/joulechain/joule/sidecar/worker"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// ErrForeignCommitment means that the chain holds a commitment of this device that this sidecar did not make.
var ErrForeignCommitment = errors.New("the chain holds a commitment of this device that this sidecar did not make")

func isUnregistered(err error) bool { return errors.Is(err, chain.ErrUnknownDevice) }

// work runs a window: room on the disk, work until the deadline, record, sign.
func (d *deviceLoop) work(ctx context.Context, w worktypes.Window) error {
	if err := d.s.opts.Spool.CheckRoom(); err != nil {
		d.giveUp(w.Id, maxTries)
		return err
	}
	if err := d.foreign(ctx, w); err != nil {
		return err
	}
	defer d.begin("working", w.Id)()
	d.log.Info("working", "window", w.Id, "close_height", w.CloseHeight, "time_left", d.s.Deadline(w).Sub(d.s.opts.Clock.Now()).String())
	workCtx, cancel := d.until(ctx, w)
	defer cancel()
	res, err := d.device.Worker.Work(workCtx, d.task(w))
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err() // shutting down: nothing was signed, nothing is owed
		}
		tries := 1
		if errors.Is(err, worker.ErrTooSlow) {
			tries = maxTries
		}
		d.giveUp(w.Id, tries)
		return err
	}
	d.s.opts.Observer.Reached(trace.Worked, d.id, w.Id, worktypes.PHASE_COMMIT)
	st := d.statement(w, worktypes.PHASE_COMMIT, res.Payload)
	st.FirstHeight, st.LastHeight, st.Rounds, st.Units = w.OpenHeight, w.CloseHeight, res.Rounds, res.Units
	d.log.Info("committing", "window", w.Id, "rounds", res.Rounds, "units", res.Units)
	if err := d.recordAndSign(st, res.State); err != nil {
		d.giveUp(w.Id, 1)
		return err
	}
	return nil
}

// open answers a window's draws.
func (d *deviceLoop) open(ctx context.Context, w worktypes.Window) error {
	commit, err := d.get(w.Id, worktypes.PHASE_COMMIT)
	if err != nil {
		return err
	}
	state, err := d.s.opts.Spool.Work(d.id, w.Id)
	if err != nil {
		return err
	}
	defer d.begin("opening", w.Id)()
	payload, err := d.device.Worker.Open(ctx, d.task(w), commit.Payload, state)
	if err != nil {
		return err
	}
	d.s.opts.Observer.Reached(trace.Worked, d.id, w.Id, worktypes.PHASE_OPEN)
	st := d.statement(w, worktypes.PHASE_OPEN, payload)
	st.FirstHeight, st.LastHeight, st.Rounds, st.Units = w.DrawBHeight+1, w.DeadlineHeight, commit.Rounds, commit.Units
	d.log.Info("opening", "window", w.Id, "bytes", len(payload), "deadline_height", w.DeadlineHeight)
	return d.recordAndSign(st, nil)
}

func (d *deviceLoop) statement(w worktypes.Window, phase worktypes.Phase, payload []byte) spool.Statement {
	return spool.Statement{
		Device: d.id, Class: w.WorkClass, Window: w.Id, Phase: phase, ChainID: d.s.opts.Chain.ChainID(), Payload: payload, Epoch: w.Epoch,
	}
}

// recordAndSign makes the statement durable and only then signs it. If another statement stands for the key, that one is signed.
func (d *deviceLoop) recordAndSign(st spool.Statement, state []byte) error {
	key, err := st.Key()
	if err != nil {
		return err
	}
	if _, err := d.s.opts.Spool.Record(st, state); err != nil && !errors.Is(err, spool.ErrConflict) {
		return err
	}
	return d.sign(key)
}

func (d *deviceLoop) sign(key spool.Key) error {
	_, err := d.s.opts.Spool.Sign(key, func(st spool.Statement) ([]byte, error) {
		return d.device.Signer.Sign(worktypes.EvidenceSignBytes(st.ChainID, st.Evidence()))
	})
	if err == nil {
		d.s.opts.Kick()
	}
	return err
}
