package radioworker

import (
	"context"
	"errors"
	"fmt"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/radio/receipts"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	// maxLate bounds the late receipts of one block's step: they are looked up one by one.
	maxLate = 64
	// maxLateErrors ends a step in which look-ups fail: the chain cannot be reached, and the next block tries again.
	maxLateErrors = 3
)

// prove brings receipts to the chain that a beaconer left out. What was committed to is read from beside the
// commitment, so that paths fit the root whatever has been heard since.
func (w *Worker) prove(ctx context.Context, task worker.Task, r worktypes.QueryRadioResponse) ([]worker.Draft, error) {
	_, state, ok := task.Stands(worktypes.PHASE_COMMIT, 0)
	if !ok || len(state) == 0 {
		return nil, nil
	}
	root, onChain := task.Record.Radio.CommitmentOf(task.Window.Epoch)
	if !onChain {
		return nil, nil // it came too late
	}
	heard, err := decodeHeard(state)
	if err != nil {
		return nil, err
	}
	var out []worker.Draft
	var errs []error
	looked := 0
	for i, h := range heard {
		if w.settledLate(task.Window.Epoch, h.Hash) || looked >= maxLate {
			continue
		}
		looked++
		draft, err := w.late(ctx, task, r.Radio.Radio.Number, heard, i, root)
		switch {
		case err != nil:
			errs = append(errs, err)
		case draft != nil: // looked at again at the next block, and settled once it stands: signing may fail
			out = append(out, *draft)
		default:
			w.settleLate(task.Window.Epoch, h.Hash)
		}
		if len(errs) >= maxLateErrors {
			break
		}
	}
	return out, errors.Join(errs...)
}

func (w *Worker) settledLate(epoch uint64, hash [proof.HashSize]byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.late[epoch][hash]
}

func (w *Worker) settleLate(epoch uint64, hash [proof.HashSize]byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state.late[epoch] == nil {
		for old := range w.state.late {
			if old+2 < epoch {
				delete(w.state.late, old)
			}
		}
		w.state.late[epoch] = map[[proof.HashSize]byte]bool{}
	}
	w.state.late[epoch][hash] = true
}

// late is the draft for one receipt; nil where its beacon was not opened or names it already.
func (w *Worker) late(ctx context.Context, task worker.Task, number uint32, heard []receipts.Heard, at int, root []byte) (*worker.Draft, error) {
	h := heard[at]
	// A node that has not seen all openings cannot say that there was none.
	b, opened, err := w.opts.Chain.RadioBeaconByPayload(chain.AtLeast(ctx, task.Window.Radio.ProveHeight-1), h.Hash)
	if err != nil || !opened || b.Beacon.Epoch != task.Window.Epoch {
		return nil, err
	}
	if _, named := b.Beacon.Witness(number); named || b.Beacon.Number == number {
		return nil, nil
	}
	if _, _, done := task.Stands(worktypes.PHASE_PROVE, b.Beacon.Number); done {
		return nil, nil
	}
	drawn, err := w.drawn(ctx, task.Window, b.Beacon)
	if err != nil || !drawn {
		return nil, err
	}
	path, err := proof.CommitPath(w.commitments(task, heard), at)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	l := proof.Late{Beaconer: b.Beacon.Number, Receipt: h.Receipt, Index: uint16(at), Path: path}
	self := proof.Signer{Device: w.id, Key: keyOf(w.opts.Signer.PublicKey())}
	if err := proof.VerifyLate(task.ChainID, task.Window.Epoch, b.Beacon.Beacon(), self, [proof.HashSize]byte(root), l); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	payload, err := l.Marshal()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	w.opts.Log.Info("a beaconer left this radio's receipt out: bringing it to the chain", "device", w.opts.Device, "epoch", task.Window.Epoch, "beaconer", b.Beacon.Number)
	return &worker.Draft{
		Phase: worktypes.PHASE_PROVE, Payload: payload, Rounds: 1, FirstHeight: task.Window.Radio.ProveHeight, LastHeight: task.Window.DeadlineHeight,
	}, nil
}

// drawn tells whether a full record takes this radio's receipt: the chain keeps the receipts that are drawn first, and
// gives up any that physics refuses.
func (w *Worker) drawn(ctx context.Context, win worktypes.Window, b worktypes.RadioBeacon) (bool, error) {
	if len(b.Witnesses) < proof.MaxWitnesses {
		return true, nil
	}
	ids := []proof.DeviceID{w.id}
	for _, v := range b.Witnesses {
		if !proof.Reason(v.Judged).Physical() {
			return true, nil
		}
		s, known, err := w.opts.Directory.Signer(ctx, v.Number)
		if err != nil || !known {
			return true, err // a number that does not resolve: the chain knows better
		}
		ids = append(ids, s.Device)
	}
	order, err := proof.Draw(proof.Mix(win.DrawAMix), b.Beacon().PayloadHash(), ids, len(ids))
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	return order[len(order)-1] != 0, nil
}

// keyOf is a device's key as the proof wants it; both number the types alike.
func keyOf(k devicetypes.PublicKey) proof.PublicKey {
	return proof.PublicKey{Type: proof.KeyType(k.Type), Bytes: k.Key}
}

// Committed receipts are kept as: version 1 ‖ for each: payload hash 32 ‖ receipt 76.
const (
	heardVersion = 1
	heardSize    = proof.HashSize + proof.ReceiptSize
)

var errHeard = errors.New("the receipts beside a commitment cannot be read")

func encodeHeard(list []receipts.Heard) []byte {
	out := make([]byte, 0, 1+len(list)*heardSize)
	out = append(out, heardVersion)
	for _, h := range list {
		out = append(append(out, h.Hash[:]...), h.Receipt.Marshal()...)
	}
	return out
}

func decodeHeard(data []byte) ([]receipts.Heard, error) {
	if len(data) < 1 || data[0] != heardVersion || (len(data)-1)%heardSize != 0 {
		return nil, fmt.Errorf("%w: %d bytes", errHeard, len(data))
	}
	data = data[1:]
	out := make([]receipts.Heard, 0, len(data)/heardSize)
	for ; len(data) > 0; data = data[heardSize:] {
		r, err := proof.UnmarshalReceipt(data[proof.HashSize:heardSize])
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errHeard, err)
		}
		out = append(out, receipts.Heard{Hash: [proof.HashSize]byte(data[:proof.HashSize]), Receipt: r})
	}
	return out, nil
}
