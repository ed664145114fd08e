package types

import (
	"errors"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/disk"
	"github.com/joulechain/joule/x/work/proof/gpu"
)

// classRules are what a class says of its evidence without state: which payloads have the right shape and what
// verifying them costs. A class is added by implementing them here and Class in the keeper.
type classRules interface {
	// validatePayload bounds a payload before any work.
	validatePayload(phase Phase, payload []byte) error
	// proofCost is an upper bound of the arithmetic of a payload's proof, in microseconds on the reference machine. It
	// goes by the payload's shape alone, and is finite for payloads that validatePayload refuses.
	proofCost(phase Phase, payload []byte, params Params) uint64
}

func rulesOf(class devicetypes.WorkClass) (classRules, error) {
	switch class {
	case devicetypes.WORK_CLASS_GPU:
		return gpuRules{}, nil
	case devicetypes.WORK_CLASS_DISK:
		return diskRules{}, nil
	case devicetypes.WORK_CLASS_RADIO:
		return radioRules{}, nil
	}
	return nil, ErrUnsupportedClass.Wrapf("work_class is %d; evidence is taken for %s, %s and %s", class,
		devicetypes.WORK_CLASS_GPU, devicetypes.WORK_CLASS_DISK, devicetypes.WORK_CLASS_RADIO)
}

// gpuRules are those of committed matrix products.
type gpuRules struct{}

func (gpuRules) validatePayload(phase Phase, payload []byte) error {
	switch phase {
	case PHASE_COMMIT:
		if len(payload) != gpu.CommitmentSize {
			return ErrPayloadSize.Wrapf("payload of a commitment has %d bytes; want %d", len(payload), gpu.CommitmentSize)
		}
		return validateCommitment(payload)
	case PHASE_OPEN:
		if len(payload) == 0 || len(payload) > MaxPayloadSize {
			return ErrPayloadSize.Wrapf("payload of an opening has %d bytes; want 1 to %d", len(payload), MaxPayloadSize)
		}
		return nil
	}
	return ErrWrongPhase.Wrapf("phase is %d; a GPU's evidence is a commitment (%d) or an opening (%d)", phase, PHASE_COMMIT, PHASE_OPEN)
}

// validateCommitment refuses what no window's parameters allow.
func validateCommitment(payload []byte) error {
	c, err := gpu.UnmarshalCommitment(payload)
	if err != nil {
		return ErrPayloadSize.Wrap(err.Error())
	}
	if c.Rounds < 1 || c.Rounds > gpu.MaxRoundsLimit {
		return ErrRounds.Wrapf("commitment has R = %d rounds; want 1 to %d", c.Rounds, gpu.MaxRoundsLimit)
	}
	return nil
}

func (gpuRules) proofCost(phase Phase, _ []byte, params Params) uint64 {
	if phase == PHASE_OPEN {
		return gpu.OpeningCost(params.Gpu.Kernel())
	}
	return gpu.CommitmentCost
}

// diskRules are those of plots: one piece of evidence with all proofs of a window, whose header says what each costs.
type diskRules struct{}

func (diskRules) validatePayload(phase Phase, payload []byte) error {
	if phase != PHASE_PROVE {
		return ErrWrongPhase.Wrapf("phase is %d; a disk's evidence is a proof (%d)", phase, PHASE_PROVE)
	}
	_, _, err := disk.EvidenceShape(payload)
	if errors.Is(err, disk.ErrLength) {
		return ErrPayloadSize.Wrap(err.Error())
	}
	if err != nil {
		return ErrInvalidEvidence.Wrap(err.Error())
	}
	return nil
}

func (diskRules) proofCost(_ Phase, payload []byte, _ Params) uint64 {
	params, proofs, err := disk.EvidenceShape(payload)
	if err != nil {
		return disk.EvidenceCostLimit
	}
	return disk.EvidenceCost(params, proofs)
}
