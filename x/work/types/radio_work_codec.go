package types

import (
	"math"

	"github.com/joulechain/joule/x/internal/compact"
)

const maxUint32 = math.MaxUint32

func writeRadioWork(w *compact.Writer, radio *RadioWork) {
	w.Bytes(radio.Revealed)
	w.Uint(radio.ActiveEpoch)
	w.Uint(uint64(radio.HeardSeconds))
	w.Near(uint64(radio.HearingSeconds), uint64(radio.HeardSeconds))
	w.Uint(uint64(len(radio.Commitments)))
	epoch := radio.ActiveEpoch
	for _, c := range radio.Commitments {
		w.Near(c.Epoch, epoch)
		w.Bytes(c.Root)
		epoch = c.Epoch
	}
	w.Uint(uint64(len(radio.Verdicts)))
	epoch = radio.ActiveEpoch
	for _, v := range radio.Verdicts {
		w.Near(v.Epoch, epoch)
		w.Uint(uint64(v.Beaconer))
		w.Uint(uint64(v.Reason))
		w.Uint(v.Units)
		epoch = v.Epoch
	}
}

func readRadioWork(r *compact.Reader) *RadioWork {
	radio := &RadioWork{Revealed: r.Bytes("radio.revealed"), ActiveEpoch: r.Uint("radio.active_epoch"), HeardSeconds: int64(r.Uint("radio.heard_seconds"))}
	radio.HearingSeconds = int64(r.Near("radio.hearing_seconds", uint64(radio.HeardSeconds)))
	epoch := radio.ActiveEpoch
	for range r.Count("radio.commitments", 2) {
		epoch = r.Near("radio.commitments.epoch", epoch)
		radio.Commitments = append(radio.Commitments, RadioCommitment{Epoch: epoch, Root: r.Bytes("radio.commitments.root")})
	}
	epoch = radio.ActiveEpoch
	for range r.Count("radio.verdicts", 4) {
		epoch = r.Near("radio.verdicts.epoch", epoch)
		radio.Verdicts = append(radio.Verdicts, RadioVerdict{
			Epoch: epoch, Beaconer: uint32(r.Upto("radio.verdicts.beaconer", maxUint32)), Reason: uint32(r.Upto("radio.verdicts.reason", maxUint32)),
			Units: r.Uint("radio.verdicts.units"),
		})
	}
	return radio
}
