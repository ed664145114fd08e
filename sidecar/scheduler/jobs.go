package scheduler

import (
	"context"
	"errors"

	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/trace"
	"github.com/joulechain/joule/sidecar/worker"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// work runs a window: room on the disk, work until the deadline, record, sign.
func (d *deviceLoop) work(ctx context.Context, w worktypes.Window) error {
	record, err := d.ready(ctx, w)
	if err != nil {
		return err
	}
	phase := d.class().First
	activity := "working"
	if phase == worktypes.PHASE_PROVE {
		activity = "proving"
	}
	defer d.begin(activity, w.Id)()
	task := d.task(w, record)
	task.Deadline = d.s.Deadline(w)
	d.log.Info(activity, "window", w.Id, "close_height", w.CloseHeight, "time_left", task.Deadline.Sub(d.s.opts.Clock.Now()).String())
	workCtx, cancel := d.until(ctx, w)
	defer cancel()
	res, err := d.device.Worker.Windowed.Work(workCtx, task)
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
	d.tell(res.Notice)
	if len(res.Payload) == 0 {
		d.giveUp(w.Id, maxTries)
		d.log.Info("nothing to submit in this window", "window", w.Id)
		return nil
	}
	if phase == worktypes.PHASE_PROVE { // a long scan: somebody else may have proven meanwhile
		// Without an answer the proofs are kept: they may be hours of work, and what was asked before the scan
		// was answered.
		if _, err := d.record(ctx, w.Id, w.Epoch); err != nil && !unanswered(err) {
			return err
		}
	}
	d.s.opts.Observer.Reached(trace.Worked, d.id, w.Id, phase)
	st := d.statement(w, phase, res.Payload)
	st.FirstHeight, st.LastHeight, st.Rounds, st.Units = w.OpenHeight, w.CloseHeight, res.Rounds, res.Units
	d.log.Info("signing", "window", w.Id, "phase", phase.String(), "rounds", res.Rounds, "units", res.Units)
	if err := d.recordAndSign(st, res.State); err != nil {
		d.giveUpUnlessFull(w.Id, err)
		return err
	}
	return nil
}

// ready checks before any work that a statement could be recorded and that nobody else works with the key, and reads
// the device's record.
func (d *deviceLoop) ready(ctx context.Context, w worktypes.Window) (worktypes.DeviceWork, error) {
	key, err := spool.NewKey(d.id, w.Id, d.class().First)
	if err != nil {
		return worktypes.DeviceWork{}, err
	}
	for _, check := range []func() error{
		d.s.opts.Spool.CheckRoom,
		func() error { return d.s.opts.Spool.MayRecord(key, w.WorkClass) },
	} {
		if err := check(); err != nil {
			if !full(err) {
				d.giveUp(w.Id, maxTries)
			}
			return worktypes.DeviceWork{}, err
		}
	}
	return d.record(ctx, w.Id, w.Epoch)
}

// tell shows the worker's notice, and logs one that is new. A window that went well clears the last error.
func (d *deviceLoop) tell(notice string) {
	if notice != "" && d.status().Notice != notice {
		d.log.Warn("device", "notice", notice)
	}
	desc := d.device.Worker.Worker.Describe() // hardware comes and goes
	d.show(func(s *DeviceStatus) { s.Notice, s.LastError, s.Hardware = notice, "", desc.Hardware })
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
	payload, err := d.device.Worker.Opener.Open(ctx, d.task(w, worktypes.DeviceWork{}), commit.Payload, state)
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

// recordAndSign makes the statement durable and only then signs it. If another statement stands for the key, that one
// is signed.
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
