package radioworker

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/joulechain/joule/sidecar/radio/receipts"
	"github.com/joulechain/joule/sidecar/radio/transmit"
	"github.com/joulechain/joule/sidecar/worker"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Step implements worker.Stepper.
func (w *Worker) Step(ctx context.Context, task worker.Task) ([]worker.Draft, error) {
	win := task.Window
	if win.Radio == nil || win.Radio.Params.Version != worktypes.RadioVersion1 {
		return nil, fmt.Errorf("%w: this sidecar cannot follow the rules of window %d, update it", ErrWindow, win.Id)
	}
	if len(win.SeedMix) != proof.HashSize {
		return nil, fmt.Errorf("%w: window %d has no mix", ErrWindow, win.Id)
	}
	if task.Height <= win.CloseHeight {
		w.opts.Exchange.Begin(win.Epoch)
		w.opts.OnEpoch(win.Epoch)
	}
	radio, ok, err := w.radio(ctx, win.Epoch)
	if err != nil {
		return nil, err
	}
	if !ok {
		w.say("no position is asserted: `joule-sidecar radio assert`; it holds from the epoch after the next one on")
		return nil, nil
	}
	switch {
	case task.Height <= win.CloseHeight:
		return w.present(ctx, task, radio)
	case task.Height < win.Radio.ProveHeight-1:
		return w.open(ctx, task, radio)
	case task.Height < win.DeadlineHeight:
		return w.prove(ctx, task, radio)
	}
	return nil, nil
}

// radio is what the chain holds of this radio, asked for anew in each epoch and while it cannot work.
func (w *Worker) radio(ctx context.Context, epoch uint64) (worktypes.QueryRadioResponse, bool, error) {
	w.mu.Lock()
	known, at := w.state.radio, w.state.askedAt
	w.mu.Unlock()
	if known != nil && at >= epoch {
		return *known, true, nil
	}
	r, ok, err := w.opts.Chain.Radio(ctx, w.id[:])
	if err != nil || !ok {
		return r, false, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.radio, w.state.askedAt = &r, epoch
	return r, true, nil
}

func (w *Worker) say(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.notice = text
}

// own is this radio's part in an epoch.
type own struct {
	assertion worktypes.RadioAssertion
	anchor    proof.Anchor
	preimage  proof.Preimage
	beacon    proof.Beacon
	challenge proof.Challenge
}

// place is the assertion under which the radio takes part in an epoch, or says why it does not.
func (w *Worker) place(win worktypes.Window, r worktypes.QueryRadioResponse) (worktypes.RadioAssertion, string) {
	radio := r.Radio.Radio
	a, ok := radio.AssertionFor(win.Epoch, radio.Generation)
	switch {
	case !ok:
		from := uint64(0)
		if newest, any := radio.Newest(); any {
			from = newest.FromEpoch
		}
		return a, fmt.Sprintf("the assertion holds from epoch %d on; this is epoch %d", from, win.Epoch)
	case a.CountsEpoch > win.Epoch:
		return a, fmt.Sprintf("the antenna has moved: its position counts from epoch %d on", a.CountsEpoch)
	case proof.Region(a.Region) != w.opts.Region:
		return a, fmt.Sprintf("the radio is asserted for %s and configured for %s: nothing is sent in the wrong region", proof.Region(a.Region), w.opts.Region)
	case r.Radio.Denied:
		return a, "governance denies this radio: it is not paid"
	}
	return a, ""
}

// part works out the beacon of an epoch, or says why there is none.
func (w *Worker) part(task worker.Task, a worktypes.RadioAssertion) (own, string, error) {
	win := task.Window
	first := proof.Anchor{Epoch: a.AnchorEpoch, Value: proof.Preimage(a.Anchor)}
	preimage, last, err := w.opts.Chains.Preimage(first, win.Epoch)
	if errors.Is(err, ErrNoChain) {
		return own{}, err.Error(), nil
	}
	if err != nil {
		return own{}, "", err
	}
	w.mu.Lock()
	w.state.chainEnds = last
	w.mu.Unlock()
	o := own{assertion: a, anchor: task.Record.ChainAnchor(a), preimage: preimage, challenge: win.RadioChallenge(task.ChainID, w.id)}
	if gap := win.Epoch - min(o.anchor.Epoch, win.Epoch); gap > uint64(win.Radio.Params.ChainSteps) {
		return own{}, fmt.Sprintf("the newest public value of the hash chain is %d epochs old, at most %d: `joule-sidecar radio assert` renews it", gap, win.Radio.Params.ChainSteps), nil
	}
	if o.beacon, err = proof.DeriveBeacon(o.challenge, proof.Region(a.Region), win.Radio.Params.MaxBackoff, preimage); err != nil {
		return own{}, "", fmt.Errorf("%w: %w", ErrWindow, err)
	}
	return o, "", nil
}

// present is the epoch of the beacon: it is scheduled, receipts are signed, and at the end they are committed to.
func (w *Worker) present(_ context.Context, task worker.Task, r worktypes.QueryRadioResponse) ([]worker.Draft, error) {
	win := task.Window
	a, reason := w.place(win, r)
	if reason != "" {
		w.say(reason)
		return nil, nil
	}
	start, slot := time.UnixMilli(win.Radio.StartMillis), millis(uint64(win.Radio.Params.SlotMillis))
	w.opts.Receipts.Begin(receipts.Epoch{
		Number: win.Epoch, Start: start, From: start.Add(millis(win.Radio.SlotOpenMillis(0))),
		Until: start.Add(millis(win.Radio.SlotOpenMillis(max(win.Radio.Slots, 1)-1)) + slot), Region: w.opts.Region, Radio: r.Radio.Radio.Number,
	})
	// A radio whose own beacon cannot be sent still hears others'.
	o, reason, err := w.part(task, a)
	if err != nil {
		return nil, err
	}
	w.say(reason)
	if reason == "" {
		w.opts.Receipts.Own(o.beacon.PayloadHash())
		opens := start.Add(millis(win.Radio.SlotOpenMillis(proof.SlotOf(o.challenge, win.Radio.Slots))))
		if err := w.schedule(flight{epoch: win.Epoch, beacon: o.beacon, window: transmit.Window{Opens: opens, Closes: opens.Add(slot)}}); err != nil {
			return nil, err
		}
	}
	if w.opts.Clock.Now().Before(task.Deadline) {
		return nil, nil
	}
	if _, _, done := task.Stands(worktypes.PHASE_COMMIT, 0); done {
		return nil, nil
	}
	heard, err := w.opts.Receipts.Of(win.Epoch)
	if err != nil || len(heard) == 0 {
		return nil, err
	}
	return w.commit(task, heard)
}

func millis(n uint64) time.Duration { return time.Duration(n) * time.Millisecond }

// commit writes the root over the epoch's receipts; what the paths need is kept beside it.
func (w *Worker) commit(task worker.Task, heard []receipts.Heard) ([]worker.Draft, error) {
	heard = heard[:min(len(heard), proof.MaxCommitted)]
	root, err := proof.CommitRoot(w.commitments(task, heard))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	return []worker.Draft{{
		Phase: worktypes.PHASE_COMMIT, Payload: root[:], State: encodeHeard(heard), Rounds: uint64(len(heard)),
		FirstHeight: task.Window.OpenHeight, LastHeight: task.Window.CloseHeight,
	}}, nil
}

func (w *Worker) commitments(task worker.Task, heard []receipts.Heard) [][proof.HashSize]byte {
	out := make([][proof.HashSize]byte, len(heard))
	for i, h := range heard {
		out[i] = proof.ReceiptCommitment(task.ChainID, task.Window.Epoch, w.id, h.Receipt)
	}
	return out
}

// open reveals the beacon with its receipts, some blocks after the epoch's end: witnesses' last receipts are on their
// way, and openings of all radios should not come in one block.
func (w *Worker) open(ctx context.Context, task worker.Task, r worktypes.QueryRadioResponse) ([]worker.Draft, error) {
	win := task.Window
	w.mu.Lock()
	flown := w.beaconOf(win.Epoch)
	sent := flown != nil && flown.Error == ""
	w.mu.Unlock()
	if !sent || len(win.DrawAMix) != proof.HashSize {
		return nil, nil
	}
	if _, _, done := task.Stands(worktypes.PHASE_OPEN, 0); done || task.Record.LastProvenEpoch >= win.Epoch {
		return nil, nil
	}
	a, reason := w.place(win, r)
	if reason != "" {
		return nil, nil
	}
	o, reason, err := w.part(task, a)
	if err != nil || reason != "" {
		return nil, err
	}
	w.opts.Exchange.Seek(win.Epoch, o.beacon.PayloadHash()) // again, for a restart forgets
	if task.Height+1 < w.openAt(win) {
		return nil, nil
	}
	brought, signers, err := w.gathered(ctx, task, o)
	if err != nil {
		return nil, err
	}
	hash := o.beacon.PayloadHash()
	signature, err := w.opts.Signer.Sign(proof.BeaconSignBytes(task.ChainID, win.Epoch, w.id, hash))
	if err != nil {
		return nil, err
	}
	e := proof.Evidence{Preimage: o.preimage, Signature: [proof.SignatureSize]byte(signature), Receipts: brought}
	source := proof.Source{Key: keyOf(w.opts.Signer.PublicKey()), Region: proof.Region(o.assertion.Region), Anchor: o.anchor}
	verified, err := proof.Verify(win.Radio.Rules(), o.challenge, source, e, signers)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	if slices.Contains(verified.Heard, false) {
		return nil, fmt.Errorf("%w: a receipt's signature does not hold", ErrSelfCheck)
	}
	payload, err := e.Marshal()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSelfCheck, err)
	}
	return []worker.Draft{{
		Phase: worktypes.PHASE_OPEN, Payload: payload, Rounds: uint64(len(brought)), FirstHeight: win.DrawAHeight + 1, LastHeight: win.Radio.ProveHeight - 1,
	}}, nil
}

// openAt is the height from which this radio opens: in the middle half of the time for openings, by its id and the
// epoch.
func (w *Worker) openAt(win worktypes.Window) int64 {
	first := win.DrawAHeight + 1
	span := uint64(max(win.Radio.ProveHeight-first, 4))
	spread := binary.BigEndian.Uint64(w.id[:8]) ^ win.Epoch*0x9e3779b97f4a7c15
	return min(first+int64(span/4+spread%(span/2)), win.Radio.ProveHeight-2)
}

// gathered are the receipts that hold, drawn where there are too many, in the order of the evidence. Receipts that do
// not verify cost nothing here and would have the chain refuse all.
func (w *Worker) gathered(ctx context.Context, task worker.Task, o own) ([]proof.Receipt, []proof.Signer, error) {
	hash := o.beacon.PayloadHash()
	var good []proof.Receipt
	var ids []proof.DeviceID
	seen := map[uint32]bool{}
	for _, receipt := range w.opts.Exchange.Found(task.Window.Epoch, hash) {
		if seen[receipt.Number] || len(good) >= proof.MaxCandidates {
			continue
		}
		signer, ok, err := w.opts.Directory.Signer(ctx, receipt.Number)
		if err != nil {
			return nil, nil, err
		}
		message := proof.ReceiptSignBytes(task.ChainID, task.Window.Epoch, hash, signer.Device, receipt.Readings)
		if !ok || !(proof.Statement{Key: signer.Key, Message: message, Signature: receipt.Signature}).Verify() {
			continue
		}
		seen[receipt.Number] = true
		good, ids = append(good, receipt), append(ids, signer.Device)
	}
	order, err := proof.Draw(proof.Mix(task.Window.DrawAMix), hash, ids, proof.MaxWitnesses)
	if err != nil {
		return nil, nil, err
	}
	drawn := make([]proof.Receipt, len(order))
	for i, at := range order {
		drawn[i] = good[at]
	}
	slices.SortFunc(drawn, func(a, b proof.Receipt) int { return int(int64(a.Number) - int64(b.Number)) })
	signers := make([]proof.Signer, len(drawn))
	for i, receipt := range drawn {
		if signers[i], _, err = w.opts.Directory.Signer(ctx, receipt.Number); err != nil {
			return nil, nil, err
		}
	}
	return drawn, signers, nil
}
