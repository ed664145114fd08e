package submitter

import (
	"bytes"
	"context"
	"fmt"
	"math/bits"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/trace"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// verdict is what the chain says of a statement.
type verdict int

const (
	unknown verdict = iota
	held            // the chain holds it
	foreign         // the chain holds another statement in its place
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
		v, answered := s.ask(ctx, &st, records, height, late)
		switch {
		case v == held:
			s.accepted(st, key)
		case v == foreign:
			s.finish(st, key, spool.Rejected, "the chain holds another "+name(st.Phase)+" of this device: another sidecar runs with this key")
		case late && answered:
			s.finish(st, key, spool.Expired, fmt.Sprintf("not on chain at its last height %d", st.LastHeight))
		default:
			rest = append(rest, st)
		}
	}
	return rest
}

// ask finds the verdict in the device's record, and in the newest transaction if the record does not tell. answered is
// false if the chain could not be asked. What the chain credits takes the place of the statement's units, which know of
// no tier.
func (s *Submitter) ask(ctx context.Context, st *spool.Statement, records map[string]*worktypes.DeviceWork, height int64, late bool) (verdict, bool) {
	id := string(st.Device)
	if _, ok := records[id]; !ok {
		if s.checked[id] == height && !late {
			return unknown, false
		}
		work, _, err := s.opts.Chain.DeviceWork(ctx, st.Device)
		if err != nil {
			s.fail("reading "+devicetypes.FormatDeviceID(st.Device), err)
			records[id] = nil
			return unknown, false
		}
		s.checked[id] = height
		records[id] = &work
	}
	work := records[id]
	if work == nil {
		return unknown, false
	}
	if st.Class == devicetypes.WORK_CLASS_RADIO {
		return s.judgeRadio(ctx, st, work)
	}
	if st.Phase == worktypes.PHASE_PROVE {
		return s.judgeProof(ctx, st, work)
	}
	for _, p := range work.Pending {
		if p.Window == st.Window {
			return judge(st, p), true
		}
	}
	if st.Phase == worktypes.PHASE_OPEN || late {
		return s.askTx(ctx, st)
	}
	return unknown, true
}

// judge compares with the chain's commitment. Every class's commitment ends with its root.
func judge(st *spool.Statement, p worktypes.PendingCommitment) verdict {
	switch st.Phase {
	case worktypes.PHASE_COMMIT:
		if p.Rounds == st.Rounds && bytes.HasSuffix(st.Payload, p.Root) {
			return held
		}
		return foreign
	case worktypes.PHASE_OPEN:
		if p.Opened {
			st.Units = credited(st.Units, p.TierPpm)
			return held
		}
	}
	return unknown
}

// credited is what the chain credits for an opening: floor(units · tier / 10^6), where a tier of 0 is one from before
// tiers existed.
func credited(units uint64, tierPpm uint32) uint64 {
	hi, lo := bits.Mul64(units, uint64(tierPpm))
	if tierPpm == 0 || hi >= devicetypes.BaseTierPpm { // the chain refuses what does not fit
		return units
	}
	raised, _ := bits.Div64(hi, lo, devicetypes.BaseTierPpm)
	return raised
}

// judgeProof finds out what became of a proof. The record tells only that the epoch was proven, and until it is settled
// for how many units: the transaction tells by whom.
func (s *Submitter) judgeProof(ctx context.Context, st *spool.Statement, work *worktypes.DeviceWork) (verdict, bool) {
	if work.LastProvenEpoch < st.Epoch {
		return unknown, true // not yet; when it is late, never
	}
	if v, answered := s.askTx(ctx, st); v == held || !answered {
		return v, answered
	}
	if work.LastProvenEpoch > st.Epoch {
		return unknown, true // long ago, and no node knows the transaction
	}
	for _, u := range work.Units {
		if u.Epoch == st.Epoch && u.Units != st.Units {
			return foreign, true
		}
	}
	return held, true // nodes without an index of transactions
}

func name(phase worktypes.Phase) string {
	if phase == worktypes.PHASE_PROVE {
		return "proof"
	}
	return "commitment"
}

// askTx looks into the newest transaction that carried the statement: a device's record forgets openings after a while.
func (s *Submitter) askTx(ctx context.Context, st *spool.Statement) (verdict, bool) {
	if st.TxHash == "" {
		return unknown, true
	}
	r, ok, err := s.opts.Chain.Tx(ctx, st.TxHash)
	if err != nil {
		s.fail("looking up "+st.TxHash, err)
		return unknown, false
	}
	if !ok || r.Code != 0 {
		return unknown, true
	}
	if units, accepted := itemAccepted(r, st); accepted {
		st.Units = units
		return held, true
	}
	return unknown, true
}

// itemAccepted tells whether a transaction's result accepts the statement, and the units that it was credited with.
func itemAccepted(r chain.TxResult, st *spool.Statement) (uint64, bool) {
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
	if st.Phase != worktypes.PHASE_COMMIT && st.Class != devicetypes.WORK_CLASS_RADIO { // others' openings pay a radio as well: its epoch is entered as a whole
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
	// A radio's late receipts need what lies beside the commitment after its opening; it goes with the statements.
	if (st.Phase != worktypes.PHASE_COMMIT || state != spool.Accepted) && st.Class != devicetypes.WORK_CLASS_RADIO { // no opening can follow
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
	if st.Phase == worktypes.PHASE_COMMIT || st.Phase == worktypes.PHASE_PROVE && st.Class != devicetypes.WORK_CLASS_RADIO {
		s.opts.OnFirst(st.Class, state == spool.Accepted)
	}
}
