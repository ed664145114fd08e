package types

import (
	"slices"

	"github.com/joulechain/joule/x/work/proof/radio"
)

const (
	// MaxRadioCommitments bounds a witness's commitments: that of the epoch whose late receipts are taken, and the
	// present one.
	MaxRadioCommitments = 2
	// MaxRadioVerdicts bounds the verdicts that a witness's record keeps.
	MaxRadioVerdicts = 16
)

// CommitmentOf is the witness's root of an epoch.
func (w *RadioWork) CommitmentOf(epoch uint64) ([]byte, bool) {
	if w == nil {
		return nil, false
	}
	for _, c := range w.Commitments {
		if c.Epoch == epoch {
			return c.Root, true
		}
	}
	return nil, false
}

// Commit keeps an epoch's root; the oldest goes.
func (w *RadioWork) Commit(epoch uint64, root []byte) {
	w.Commitments = append(w.Commitments, RadioCommitment{Epoch: epoch, Root: root})
	if extra := len(w.Commitments) - MaxRadioCommitments; extra > 0 {
		w.Commitments = slices.Clone(w.Commitments[extra:])
	}
}

// SetVerdict keeps what the receipt of one beacon came to, in place of an earlier verdict on it.
func (w *RadioWork) SetVerdict(v RadioVerdict) {
	for i, old := range w.Verdicts {
		if old.Epoch == v.Epoch && old.Beaconer == v.Beaconer {
			w.Verdicts[i] = v
			return
		}
	}
	w.Verdicts = append(w.Verdicts, v)
	if extra := len(w.Verdicts) - MaxRadioVerdicts; extra > 0 {
		w.Verdicts = slices.Clone(w.Verdicts[extra:])
	}
}

// Heard notes that the radio was heard, or heard another, in an epoch that began at a time.
func (w *RadioWork) Heard(epoch uint64, seconds int64) {
	w.HeardSeconds, w.ActiveEpoch = max(w.HeardSeconds, seconds), max(w.ActiveEpoch, epoch)
}

// Hearing is Heard for a radio that heard another.
func (w *RadioWork) Hearing(epoch uint64, seconds int64) {
	w.HearingSeconds, w.ActiveEpoch = max(w.HearingSeconds, seconds), max(w.ActiveEpoch, epoch)
}

// Quiet is the time since a moment that may never have been, as the rules want it.
func Quiet(now, since int64) uint64 {
	if since == 0 {
		return radio.Never
	}
	return uint64(max(now-since, 0))
}

// RadioPart is the record's radio part, made when it is missing.
func (d *DeviceWork) RadioPart() *RadioWork {
	if d.Radio == nil {
		d.Radio = &RadioWork{}
	}
	return d.Radio
}

// ChainAnchor is the newest public value of the chain that an assertion began: what it registered, or what was revealed
// under it.
func (d DeviceWork) ChainAnchor(a RadioAssertion) radio.Anchor {
	if d.Radio != nil && len(d.Radio.Revealed) == radio.PreimageSize && d.LastProvenEpoch >= a.FromEpoch && d.LastProvenEpoch > a.AnchorEpoch {
		return radio.Anchor{Epoch: d.LastProvenEpoch, Value: radio.Preimage(d.Radio.Revealed)}
	}
	return radio.Anchor{Epoch: a.AnchorEpoch, Value: radio.Preimage(a.Anchor)}
}

// Debit takes units back from an epoch whose rate is not fixed yet.
func (d *DeviceWork) Debit(epoch, units uint64) error {
	for i := range d.Units {
		if d.Units[i].Epoch == epoch && d.Units[i].Units >= units {
			if d.Units[i].Units -= units; d.Units[i].Units == 0 {
				d.Units = slices.Delete(d.Units, i, i+1)
			}
			d.TotalUnits = d.TotalUnits.Sub(intOf(units))
			return nil
		}
	}
	return ErrAccounting.Wrapf("%d units of epoch %d cannot be taken back", units, epoch)
}

func (d DeviceWork) validateRadio() error {
	if d.Radio == nil {
		return nil
	}
	w := d.Radio
	if len(w.Commitments) > MaxRadioCommitments || len(w.Verdicts) > MaxRadioVerdicts {
		return ErrInvalidGenesis.Wrapf("%d commitments and %d verdicts; want at most %d and %d", len(w.Commitments), len(w.Verdicts), MaxRadioCommitments, MaxRadioVerdicts)
	}
	for i, c := range w.Commitments {
		if len(c.Root) != radio.HashSize || i > 0 && c.Epoch <= w.Commitments[i-1].Epoch {
			return ErrInvalidGenesis.Wrapf("commitment of epoch %d has %d bytes or does not ascend", c.Epoch, len(c.Root))
		}
	}
	if n := len(w.Revealed); n != 0 && n != radio.PreimageSize || (n == 0) != (d.LastProvenEpoch == 0) {
		return ErrInvalidGenesis.Wrapf("revealed has %d bytes with last_proven_epoch %d", n, d.LastProvenEpoch)
	}
	if w.HeardSeconds < 0 || w.HearingSeconds < 0 {
		return ErrInvalidGenesis.Wrap("heard_seconds or hearing_seconds is negative")
	}
	return nil
}
