package types

import "github.com/joulechain/joule/x/work/proof/radio"

const (
	// RadioReadingsSize is the size of a receipt's readings in bytes.
	RadioReadingsSize = 8
	// radioLateKeySize are the first bytes of a late receipt: its version and the beaconer's number. They name the
	// item.
	radioLateKeySize = 1 + 4
)

// radioRules are those of beacons: a witness's root, a beacon with its receipts, or a late receipt.
type radioRules struct{}

func (radioRules) validatePayload(phase Phase, payload []byte) error {
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

// proofCost charges every opening for the longest walk of the hash chain: how long it is, the payload does not say.
func (radioRules) proofCost(phase Phase, payload []byte, params Params) uint64 {
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
