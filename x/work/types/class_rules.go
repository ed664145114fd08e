package types

import (
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/gpu"
)

// classRules are what a class says of its evidence without state: which payloads have the right shape and what verifying
// them costs. A class is added by implementing them here and Class in the keeper.
type classRules interface {
	// validatePayload bounds a payload before any work.
	validatePayload(phase Phase, payload []byte) error
	// proofCost is an upper bound of the proof's arithmetic, in microseconds on the reference machine.
	proofCost(phase Phase, params Params) uint64
}

func rulesOf(class devicetypes.WorkClass) (classRules, error) {
	if class == devicetypes.WORK_CLASS_GPU {
		return gpuRules{}, nil
	}
	return nil, ErrUnsupportedClass.Wrapf("work_class is %d; evidence is taken for %s", class, devicetypes.WORK_CLASS_GPU)
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

func (gpuRules) proofCost(phase Phase, params Params) uint64 {
	if phase == PHASE_OPEN {
		return gpu.OpeningCost(params.Gpu.Kernel())
	}
	return gpu.CommitmentCost
}
