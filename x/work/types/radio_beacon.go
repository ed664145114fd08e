package types

import "github.com/joulechain/joule/x/work/proof/radio"

// RadioRecordEpochs is how many of a radio's beacon records are kept: the one of epoch e makes room for that of e + 8.
const RadioRecordEpochs = 8

// RadioRecordSlot is an epoch's place in the ring of records.
func RadioRecordSlot(epoch uint64) uint32 { return uint32(epoch % RadioRecordEpochs) }

// Beacon is what was on the air.
func (b RadioBeacon) Beacon() radio.Beacon {
	return radio.Beacon{Payload: [radio.PayloadSize]byte(b.Payload), Channel: uint8(b.Channel), Backoff: b.Backoff}
}

// Witness is the place of a witness's receipt, or of the first with a larger number.
func (b RadioBeacon) Witness(number uint32) (at int, found bool) {
	for at < len(b.Witnesses) && b.Witnesses[at].Number < number {
		at++
	}
	return at, at < len(b.Witnesses) && b.Witnesses[at].Number == number
}

// Paid is how many witnesses are paid.
func (b RadioBeacon) Paid() (n uint32) {
	for _, w := range b.Witnesses {
		if radio.Reason(w.Reason) == radio.ReasonPaid {
			n++
		}
	}
	return n
}

// Validate checks a record of a genesis.
func (b RadioBeacon) Validate() error {
	if b.Epoch == 0 || b.Number == 0 || len(b.Payload) != radio.PayloadSize || b.Channel > 0xff || b.Backoff > radio.MaxBackoff || b.Scale > 1<<radio.ScaleBits {
		return ErrInvalidGenesis.Wrapf("radio beacon of radio %d, epoch %d: a field is out of range", b.Number, b.Epoch)
	}
	if len(b.Witnesses) > radio.MaxWitnesses || b.Reason > uint32(radio.ReasonLast) {
		return ErrInvalidGenesis.Wrapf("radio beacon of radio %d, epoch %d: %d witnesses, reason %d", b.Number, b.Epoch, len(b.Witnesses), b.Reason)
	}
	for i, w := range b.Witnesses {
		if w.Judged > uint32(radio.ReasonLast) || w.Reason > uint32(radio.ReasonLast) || len(w.Readings) != RadioReadingsSize {
			return ErrInvalidGenesis.Wrapf("radio beacon of radio %d, epoch %d: witness %d is malformed", b.Number, b.Epoch, w.Number)
		}
		if i > 0 && w.Number <= b.Witnesses[i-1].Number {
			return ErrInvalidGenesis.Wrapf("radio beacon of radio %d, epoch %d: witnesses do not ascend", b.Number, b.Epoch)
		}
	}
	return nil
}
