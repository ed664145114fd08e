package submitter

import (
	"context"
	"errors"
	"fmt"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/trace"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// lateBlocks is how long after its last height a statement is still looked for, and how far behind the newest block a
// node's answer may be.
const lateBlocks = 3

// reconcile asks the chain once per device and block what it holds, closes those statements and the late ones, and
// returns the rest. A late one is closed only by an answer as of its last height or later.
func (s *Submitter) reconcile(ctx context.Context, pending []spool.Statement, height int64) []spool.Statement {
	// A statement is late as of the newest block that any node showed, and the one that answers may not have come so
	// far.
	ctx = chain.AtLeast(ctx, height-lateBlocks)
	var rest []spool.Statement
	records := map[string]*worktypes.DeviceWork{}
	for _, st := range pending {
		key, err := st.Key()
		if err != nil {
			s.fail("reading the spool", err)
			continue
		}
		late := height >= st.LastHeight+lateBlocks
		if !late && s.track(key).sentAt == 0 && st.Attempts == 0 {
			rest = append(rest, st) // it has never left this machine
			continue
		}
		j := s.ask(ctx, st, records, height, late)
		switch {
		case j.Verdict == worker.Held:
			st.Units = j.Units // what the chain credits: the statement knows of no tier
			s.accepted(st, key)
		case j.Verdict == worker.Foreign:
			s.finish(st, key, spool.Rejected, "the chain holds another "+name(st.Phase)+" of this device: another sidecar runs with this key")
		case late && j.Verdict == worker.Unknown:
			s.finish(st, key, spool.Expired, fmt.Sprintf("not on chain at its last height %d", st.LastHeight))
		default:
			rest = append(rest, st)
		}
	}
	return rest
}

// ask has the statement's class judge by the device's record, which is read once a block.
func (s *Submitter) ask(ctx context.Context, st spool.Statement, records map[string]*worktypes.DeviceWork, height int64, late bool) worker.Judgement {
	unasked := worker.Judgement{Verdict: worker.Unasked}
	class, ok := s.opts.Classes.Of(st.Class)
	if !ok {
		s.fail("asking for a statement", fmt.Errorf("%w: %s", errClass, st.Class))
		return unasked
	}
	id := string(st.Device)
	if _, ok := records[id]; !ok {
		if s.checked[id] == height && !late {
			return unasked
		}
		work, _, err := s.opts.Chain.DeviceWork(ctx, st.Device)
		if err != nil {
			s.fail("reading "+devicetypes.FormatDeviceID(st.Device), err)
			records[id] = nil
			return unasked
		}
		s.checked[id] = height
		records[id] = &work
	}
	work := records[id]
	if work == nil {
		return unasked
	}
	return class.Judge(worker.Case{Statement: st, Record: *work, Late: late, Transaction: func() worker.Judgement { return s.askTx(ctx, st) }})
}

// errClass means that a statement is of a class that this program does not know.
var errClass = errors.New("this program does not know the statement's class")

func name(phase worktypes.Phase) string {
	if phase == worktypes.PHASE_PROVE {
		return "proof"
	}
	return "commitment"
}

// askTx looks into the newest transaction that carried the statement: a device's record forgets after a while.
func (s *Submitter) askTx(ctx context.Context, st spool.Statement) worker.Judgement {
	unknown := worker.Judgement{Verdict: worker.Unknown}
	if st.TxHash == "" {
		return unknown
	}
	r, ok, err := s.opts.Chain.Tx(ctx, st.TxHash)
	if err != nil {
		s.fail("looking up "+st.TxHash, err)
		return worker.Judgement{Verdict: worker.Unasked}
	}
	if !ok || r.Code != 0 {
		return unknown
	}
	if units, accepted := itemAccepted(r, st); accepted {
		return worker.Judgement{Verdict: worker.Held, Units: units}
	}
	return unknown
}

// itemAccepted tells whether a transaction's result accepts the statement, and the units that it was credited with.
func itemAccepted(r chain.TxResult, st spool.Statement) (uint64, bool) {
	id := devicetypes.FormatDeviceID(st.Device)
	for _, any := range r.Data {
		var resp worktypes.MsgSubmitWorkResponse
		if resp.Unmarshal(any.Value) != nil {
			continue
		}
		for _, item := range resp.Results {
			if item.DeviceId == id && item.Window == st.Window && item.Phase == st.Phase && item.Accepted {
				return item.Units, true
			}
		}
	}
	return 0, false
}

// accepted enters what earned units in the ledger before it closes the statement, so that a crash between the two loses
// no entry.
func (s *Submitter) accepted(st spool.Statement, key spool.Key) {
	s.opts.Observer.Reached(trace.Confirmed, st.Device, st.Window, st.Phase)
	if class, _ := s.opts.Classes.Of(st.Class); st.Phase != worktypes.PHASE_COMMIT && !class.PaidByEpoch {
		entry := spool.Entry{Device: st.Device, Class: st.Class, Window: st.Window, Epoch: st.Epoch, Rounds: st.Rounds, Units: st.Units, TxHash: st.TxHash}
		if err := s.opts.Spool.Earn(entry); err != nil {
			s.fail("writing the ledger", err)
			return
		}
	}
	s.finish(st, key, spool.Accepted, "")
}

func (s *Submitter) finish(st spool.Statement, key spool.Key, state spool.State, note string) {
	if err := s.opts.Spool.Finish(key, state, note); err != nil {
		s.fail("closing "+key.String(), err)
		return
	}
	class, known := s.opts.Classes.Of(st.Class)
	if (st.Phase != worktypes.PHASE_COMMIT || state != spool.Accepted) && !class.KeepsState { // no opening can follow
		if err := s.opts.Spool.DropWork(key); err != nil {
			s.fail("dropping work state", err)
		}
	}
	delete(s.tracks, key)
	log := s.opts.Log.With("device", devicetypes.FormatDeviceID(st.Device), "window", st.Window, "phase", st.Phase.String())
	switch state {
	case spool.Accepted:
		log.Info("accepted", "units", st.Units, "tx", st.TxHash)
		s.count(func(x *Status) { x.Accepted++; x.LastError = "" })
	case spool.Expired:
		log.Warn("expired", "note", note)
		s.count(func(x *Status) { x.Expired++ })
	default:
		log.Error("rejected", "note", note)
		s.count(func(x *Status) { x.Rejected++; x.LastError = note })
	}
	if known && st.Phase == class.First {
		s.opts.OnFirst(st.Class, state == spool.Accepted)
	}
}
