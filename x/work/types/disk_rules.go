package types

import (
	"errors"

	"github.com/joulechain/joule/x/work/proof/disk"
)

// DiskRules are those of plots: one piece of evidence with all proofs of a window, whose header says what each costs.
type DiskRules struct{}

// Item implements Rules: a disk has one item a window.
func (DiskRules) Item(Phase, []byte) uint32 { return 0 }

// Serves tells whether the window is the one of the device's cohort.
func (DiskRules) Serves(w Window, deviceID []byte) bool {
	_, cohort := SplitDiskWindowID(w.Id)
	return w.Disk != nil && DiskCohort(deviceID, w.Disk.Cohorts) == cohort
}

// Lot is the order that the cohorts follow.
func (DiskRules) Lot(deviceID []byte) uint16 { return DiskLot(deviceID) }

// ValidateWindow implements Rules.
func (DiskRules) ValidateWindow(w Window) error { return w.validateDisk() }

// ValidatePayload implements Rules.
func (DiskRules) ValidatePayload(phase Phase, payload []byte) error {
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

// ProofCost implements Rules.
func (DiskRules) ProofCost(_ Phase, payload []byte, _ Params) uint64 {
	params, proofs, err := disk.EvidenceShape(payload)
	if err != nil {
		return disk.EvidenceCostLimit
	}
	return disk.EvidenceCost(params, proofs)
}
