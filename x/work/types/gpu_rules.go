package types

import "github.com/joulechain/joule/x/work/proof/gpu"

// GpuRules are those of committed matrix products.
type GpuRules struct{}

// Item implements Rules: a device has one commitment and one opening a window.
func (GpuRules) Item(Phase, []byte) uint32 { return 0 }

// Serves implements Rules: all GPUs share their windows.
func (GpuRules) Serves(Window, []byte) bool { return true }

// Lot implements Rules: their records need no order.
func (GpuRules) Lot([]byte) uint16 { return 0 }

// ValidateWindow implements Rules.
func (GpuRules) ValidateWindow(w Window) error { return w.validateGpu() }

// ValidatePayload implements Rules.
func (GpuRules) ValidatePayload(phase Phase, payload []byte) error {
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

// ProofCost implements Rules.
func (GpuRules) ProofCost(phase Phase, _ []byte, params Params) uint64 {
	if phase == PHASE_OPEN {
		return gpu.OpeningCost(params.Gpu.Kernel())
	}
	return gpu.CommitmentCost
}
