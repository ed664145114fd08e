package types

import (
	"encoding/binary"

	"github.com/joulechain/joule/x/work/proof/radio"
)

const (
	// RadioReadingsSize is the size of a receipt's readings in bytes.
	RadioReadingsSize = 8
	// radioLateKeySize are the first bytes of a late receipt: its version and the beaconer's number. They name the
	// item.
	radioLateKeySize = 1 + 4
)

// RadioRules are those of beacons: a witness's root, a beacon with its receipts, or a late receipt.
type RadioRules struct{}

// Item is the beaconer's number of a late receipt.
func (RadioRules) Item(phase Phase, payload []byte) uint32 {
	if phase != PHASE_PROVE || len(payload) < radioLateKeySize {
		return 0
	}
	return binary.BigEndian.Uint32(payload[1:radioLateKeySize])
}

// Serves implements Rules: all radios share an epoch's window.
func (RadioRules) Serves(Window, []byte) bool { return true }

// Lot implements Rules: their records need no order.
func (RadioRules) Lot([]byte) uint16 { return 0 }

// ValidateWindow implements Rules.
func (RadioRules) ValidateWindow(w Window) error { return w.validateRadio() }

// ValidatePayload implements Rules.
func (RadioRules) ValidatePayload(phase Phase, payload []byte) error {
	switch phase {
	case PHASE_COMMIT:
		if len(payload) != radio.HashSize {
			return ErrPayloadSize.Wrapf("payload of a witness's commitment has %d bytes; want %d", len(payload), radio.HashSize)
		}
		return nil
	case PHASE_OPEN:
		if _, ok := radio.EvidenceReceipts(len(payload)); !ok {
			return ErrPayloadSize.Wrapf("payload of a beacon has %d bytes; want 98 and 76 for each of at most %d receipts", len(payload), radio.MaxWitnesses)
		}
		if _, err := radio.UnmarshalEvidence(payload); err != nil {
			return ErrInvalidEvidence.Wrap(err.Error())
		}
		return nil
	case PHASE_PROVE:
		if _, ok := radio.LateDepth(len(payload)); !ok {
			return ErrPayloadSize.Wrapf("payload of a late receipt has %d bytes; want 84 and 32 for each of at most %d hashes", len(payload), radio.MaxCommitDepth)
		}
		if _, err := radio.UnmarshalLate(payload); err != nil {
			return ErrInvalidEvidence.Wrap(err.Error())
		}
		return nil
	}
	return ErrWrongPhase.Wrapf("phase is %d; a radio's evidence is a commitment (%d), a beacon (%d) or a late receipt (%d)", phase, PHASE_COMMIT, PHASE_OPEN, PHASE_PROVE)
}

// ProofCost charges every opening for the longest walk of the hash chain: how long it is, the payload does not say.
func (RadioRules) ProofCost(phase Phase, payload []byte, params Params) uint64 {
	switch phase {
	case PHASE_OPEN:
		receipts, ok := radio.EvidenceReceipts(len(payload))
		if !ok {
			receipts = radio.MaxWitnesses
		}
		return radio.Cost(receipts, uint64(params.Radio.ChainSteps))
	case PHASE_PROVE:
		depth, ok := radio.LateDepth(len(payload))
		if !ok {
			depth = radio.MaxCommitDepth
		}
		return radio.CostLate(depth)
	}
	return radio.CostCommit
}
