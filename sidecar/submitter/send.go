package submitter

import (
	"context"
	"errors"
	"regexp"
	"sort"
	"strconv"
	"time"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/trace"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	// txOverhead is room for body, signer and signature beside the evidence, in bytes.
	txOverhead = 1024
	// itemOverhead is room for an item's fields beside payload and signature.
	itemOverhead = 64
)

// due lists what should be sent now, the earliest last height first.
func (s *Submitter) due(pending []spool.Statement, height int64) []spool.Statement {
	now := s.opts.Clock.Now()
	var out []spool.Statement
	for _, st := range pending {
		key, err := st.Key()
		if err != nil {
			continue
		}
		t := s.track(key)
		switch {
		case height+1 < st.FirstHeight || height >= st.LastHeight:
		case now.Before(t.notTill):
		case t.sentAt != 0 && height-t.sentAt < s.patience(st, height):
		default:
			out = append(out, st)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].LastHeight < out[j].LastHeight })
	return out
}

// patience is how many blocks a sent statement may stay unseen before it is sent again; little when its last height is
// near.
func (s *Submitter) patience(st spool.Statement, height int64) int64 {
	return max(1, min(s.opts.ConfirmBlocks, (st.LastHeight-height)/2))
}

// send sends all due statements in batches and returns when to look again.
func (s *Submitter) send(ctx context.Context, due []spool.Statement, height int64) time.Duration {
	wait := s.opts.RetryMax
	for len(due) > 0 && ctx.Err() == nil {
		var batch []spool.Statement
		batch, due = s.cut(due)
		if err := s.sendBatch(ctx, batch, height); err != nil {
			s.fail("sending evidence", err)
		}
		for _, st := range batch {
			if key, err := st.Key(); err == nil {
				if left := s.track(key).notTill.Sub(s.opts.Clock.Now()); left > 0 {
					wait = min(wait, left)
				}
			}
		}
	}
	return wait
}

// cut takes the next batch within the lane's limits. A statement that must go alone goes alone.
func (s *Submitter) cut(due []spool.Statement) (batch, rest []spool.Statement) {
	most := min(s.opts.MaxBatch, int(s.params.Lane.MaxEvidencePerTx))
	size := uint64(txOverhead)
	for i, st := range due {
		add := uint64(len(st.Payload) + len(st.Signature) + itemOverhead)
		alone := s.alone(st)
		full := len(batch) >= max(most, 1) || (len(batch) > 0 && size+add > s.params.Lane.MaxTxBytes)
		if full || (alone && len(batch) > 0) {
			return batch, due[i:]
		}
		batch, size = append(batch, st), size+add
		if alone {
			return batch, due[i+1:]
		}
	}
	return batch, nil
}

func (s *Submitter) alone(st spool.Statement) bool {
	key, err := st.Key()
	return err == nil && s.track(key).alone
}

func (s *Submitter) sendBatch(ctx context.Context, batch []spool.Statement, height int64) error {
	evidence := make([]worktypes.Evidence, len(batch))
	keys := make([]spool.Key, len(batch))
	attempts := 0
	for i, st := range batch {
		evidence[i] = st.Evidence()
		key, err := st.Key()
		if err != nil {
			return err
		}
		keys[i] = key
		attempts = max(attempts, s.track(key).count)
	}
	r, err := s.opts.Lane.Submit(ctx, evidence, s.params, attempts)
	for _, key := range keys {
		s.track(key).count++
	}
	if err != nil {
		s.backoff(keys)
		return err
	}
	if r.Code == 0 || isKnownTx(r) {
		for _, st := range batch {
			s.opts.Observer.Reached(trace.Broadcast, st.Device, st.Window, st.Phase)
		}
		for _, key := range keys {
			t := s.track(key)
			t.sentAt, t.notTill = height, time.Time{}
		}
		s.count(func(x *Status) { x.Submitted++ })
		return s.opts.Spool.Submitted(keys, r.Hash)
	}
	return s.refused(batch, keys, r, height)
}

func isKnownTx(r chain.TxResult) bool {
	return r.Codespace == sdkerrors.RootCodespace && r.Code == sdkerrors.ErrTxInMempoolCache.ABCICode()
}

// itemPattern finds the index that x/work puts into the error of a batch with a bad item.
var itemPattern = regexp.MustCompile(`\bitem (\d+)\b`)

// errRefused carries a node's refusal.
var errRefused = errors.New("refused by the node")

// refused handles the verdict of CheckTx. A refusal that names a bad item isolates it and lets the others go on at
// once; without an index every item is sent alone. Refusals for state are waited out: the chain is asked at the next
// block.
func (s *Submitter) refused(batch []spool.Statement, keys []spool.Key, r chain.TxResult, height int64) error {
	err := refusal(r)
	for _, key := range keys {
		if aerr := s.opts.Spool.Annotate(key, r.Log); aerr != nil {
			return aerr
		}
	}
	switch {
	case r.Codespace == worktypes.ModuleName && r.Code == worktypes.ErrNothingNew.ABCICode():
		// All items are on chain already, or not acceptable as the state is. Count it as sent: reconcile finds out
		// which.
		for _, key := range keys {
			s.track(key).sentAt = height
		}
		s.backoff(keys)
	case r.Codespace == worktypes.ModuleName:
		s.isolate(batch, keys, r)
	case r.Codespace == sdkerrors.RootCodespace && r.Code == sdkerrors.ErrUnauthorized.ABCICode():
		s.opts.Lane.Forget() // the account number may be another one after a new genesis
		s.backoff(keys)
	default:
		s.backoff(keys)
	}
	return err
}

func refusal(r chain.TxResult) error {
	return &refusedError{r}
}

type refusedError struct{ r chain.TxResult }

func (e *refusedError) Error() string {
	return errRefused.Error() + ": " + e.r.Log + " (code " + strconv.FormatUint(uint64(e.r.Code), 10) + " of " + e.r.Codespace + ")"
}
func (e *refusedError) Unwrap() error { return errRefused }

// isolate sends the named item alone from now on, or every item if none is named. An item that fails alone gets a
// strike; after strikesLimit of them, each through another node, it is given up.
func (s *Submitter) isolate(batch []spool.Statement, keys []spool.Key, r chain.TxResult) {
	if len(batch) == 1 {
		t := s.track(keys[0])
		t.alone = true
		t.strikes++
		if t.strikes >= strikesLimit {
			s.finish(batch[0], keys[0], spool.Rejected, r.Log)
			return
		}
		s.backoff(keys)
		return
	}
	if m := itemPattern.FindStringSubmatch(r.Log); m != nil {
		if i, err := strconv.Atoi(m[1]); err == nil && i < len(keys) {
			s.track(keys[i]).alone = true
			s.backoff(keys[i : i+1])
			s.Kick() // the others go on at once
			return
		}
	}
	for _, key := range keys {
		s.track(key).alone = true
	}
	s.Kick()
}

// backoff doubles the wait with every try, from RetryMin to RetryMax.
func (s *Submitter) backoff(keys []spool.Key) {
	for _, key := range keys {
		t := s.track(key)
		wait := s.opts.RetryMin << min(max(t.count-1, 0), 16)
		if wait <= 0 || wait > s.opts.RetryMax {
			wait = s.opts.RetryMax
		}
		t.notTill = s.opts.Clock.Now().Add(wait)
	}
}
