package scheduler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/trace"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// steps asks a Stepper about each of its windows, once a block and once more at each deadline, and signs what is due.
func (d *deviceLoop) steps(ctx context.Context, stepper worker.Stepper, windows []worktypes.Window, height int64) error {
	now := d.s.opts.Clock.Now()
	if height == d.stepped && (d.stepNext.IsZero() || now.Before(d.stepNext)) {
		return nil
	}
	if !d.profile(ctx, height) {
		d.stepped, d.stepNext = height, time.Time{}
		return nil
	}
	record, err := d.deviceWork(ctx)
	if err != nil {
		return err
	}
	d.stepped, d.stepNext = height, time.Time{}
	var errs []error
	for _, w := range windows {
		if w.WorkClass != d.class().ID || !w.Serves(d.id) || height >= w.DeadlineHeight {
			continue
		}
		errs = append(errs, d.stepWindow(ctx, stepper, w, record, height))
		if deadline := d.s.Deadline(w); deadline.After(now) && (d.stepNext.IsZero() || deadline.Before(d.stepNext)) {
			d.stepNext = deadline
		}
	}
	if d.class().PaidByEpoch {
		errs = append(errs, d.earn(windows, record))
	}
	desc := d.device.Worker.Worker.Describe()
	d.show(func(s *DeviceStatus) { s.Hardware = desc.Hardware })
	return errors.Join(errs...)
}

// stepWindow signs what one window is due for.
func (d *deviceLoop) stepWindow(ctx context.Context, stepper worker.Stepper, w worktypes.Window, record worktypes.DeviceWork, height int64) error {
	if d.tries(w.Id) >= maxTries {
		return nil
	}
	task := d.task(w, record)
	task.Deadline, task.Height = d.s.Deadline(w), height
	task.Stands = func(phase worktypes.Phase, item uint32) (payload, state []byte, ok bool) {
		key := spool.Key{Device: [devicetypes.DeviceIDSize]byte(d.id), Window: w.Id, Phase: phase, Item: item}
		st, err := d.s.opts.Spool.Get(key)
		if err != nil {
			return nil, nil, false
		}
		state, _ = d.s.opts.Spool.Work(d.id, w.Id) // a statement without state beside it has none
		return st.Payload, state, true
	}
	drafts, err := stepper.Step(ctx, task)
	errs := []error{err} // what is ready is signed, whatever else failed
	for _, draft := range drafts {
		errs = append(errs, d.signDraft(w, record, draft))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("window %d: %w", w.Id, err)
	}
	return nil
}

// signDraft records and signs a draft, unless the chain shows that somebody else signs with this key.
func (d *deviceLoop) signDraft(w worktypes.Window, record worktypes.DeviceWork, draft worker.Draft) error {
	st := d.statement(w, draft.Phase, draft.Payload)
	st.FirstHeight, st.LastHeight, st.Rounds = draft.FirstHeight, draft.LastHeight, draft.Rounds
	key, err := st.Key()
	if err != nil {
		return err
	}
	if _, err := d.s.opts.Spool.Get(key); !errors.Is(err, spool.ErrNotRecorded) {
		return err // it stands, signed or waiting for signPrepared
	}
	if draft.Phase == d.class().First && d.class().Taken(record, w.Id, w.Epoch) {
		d.giveUp(w.Id, maxTries)
		return fmt.Errorf("%w: window %d: another sidecar runs with this key, or the spool was lost", ErrForeignCommitment, w.Id)
	}
	if err := d.s.opts.Spool.MayRecord(key, w.WorkClass); err != nil {
		d.giveUp(w.Id, maxTries)
		return err
	}
	d.show(func(s *DeviceStatus) { s.Activity, s.Window, s.Rounds = activityOf(draft.Phase), w.Id, draft.Rounds })
	d.s.opts.Observer.Reached(trace.Worked, d.id, w.Id, draft.Phase)
	d.log.Info("signing", "window", w.Id, "phase", draft.Phase.String(), "rounds", draft.Rounds)
	if err := d.recordAndSign(st, draft.State); err != nil {
		d.giveUpUnlessFull(w.Id, err)
		return err
	}
	d.show(func(s *DeviceStatus) { s.LastError = "" })
	return nil
}

func activityOf(phase worktypes.Phase) string {
	switch phase {
	case worktypes.PHASE_COMMIT:
		return "witnessing"
	case worktypes.PHASE_OPEN:
		return "opening"
	}
	return "proving"
}

// earn enters the units of epochs whose windows are over, for a class whose devices are paid by others' statements too.
func (d *deviceLoop) earn(windows []worktypes.Window, record worktypes.DeviceWork) error {
	live := map[uint64]bool{}
	for _, w := range windows {
		if w.WorkClass == d.class().ID {
			live[w.Epoch] = true
		}
	}
	for _, u := range record.Units {
		if live[u.Epoch] || u.Units == 0 || u.Epoch <= d.earned {
			continue
		}
		if err := d.s.opts.Spool.Earn(spool.Entry{Device: d.id, Class: d.class().ID, Window: u.Epoch, Epoch: u.Epoch, Units: u.Units}); err != nil {
			return err
		}
	}
	for _, u := range record.Units {
		if !live[u.Epoch] {
			d.earned = max(d.earned, u.Epoch)
		}
	}
	return nil
}
