package disk

import "fmt"

// EvidenceParams are what evidence is judged by: the device, what its window asks, and the claim.
type EvidenceParams struct {
	// ChainID and DeviceID name the plots, together with Params.Strength and an index.
	ChainID  string
	DeviceID []byte
	// Challenge is DeriveChallenge's.
	Challenge [32]byte
	// Params are the claimed plots'.
	Params Params
	// Plots is the claim Q: plots 0…Plots-1 count, and the threshold is Lambda/Plots.
	Plots uint32
	// Lambda is the mean number of shares of a device that stores what it claims.
	Lambda uint32
	// MaxProofs is the most proofs that the window pays, 1…MaxEvidenceProofs.
	MaxProofs uint32
}

// VerifyEvidence checks that a payload holds 1…MaxProofs proofs of the device's own claimed plots, each within the
// threshold and in strictly ascending quality, and returns how many. Equal quality means the same chain, whatever the
// x-values behind it, so nothing counts twice and evidence has one encoding. The error names the proof
// and wraps one of this package's sentinels.
func VerifyEvidence(p EvidenceParams, payload []byte) (proofs int, err error) {
	params, n, err := EvidenceShape(payload)
	if err != nil {
		return 0, err
	}
	if params != p.Params {
		return 0, fmt.Errorf("%w: evidence of k %d and strength %d, the claim's are %d and %d", ErrParams, params.K, params.Strength, p.Params.K, p.Params.Strength)
	}
	if uint64(n) > uint64(p.MaxProofs) {
		return 0, fmt.Errorf("%w: %d proofs, must be at most %d", ErrLength, n, p.MaxProofs)
	}
	// All plots of a device answer with the sets that its selector chooses (shared.go): grouped plot files depend on
	// it.
	selector := DeriveSelector(p.ChainID, p.DeviceID)
	var last Quality
	for i := range n {
		index, proof := shareAt(payload, params, i)
		quality, err := p.verifyShare(selector, index, proof)
		if err != nil {
			return 0, fmt.Errorf("proof %d, of plot %d: %w", i, index, err)
		}
		if i > 0 && quality.Compare(last) <= 0 {
			return 0, fmt.Errorf("proof %d, of plot %d: %w: quality is not above that of proof %d", i, index, ErrOrder, i-1)
		}
		last = quality
	}
	return n, nil
}

func (p *EvidenceParams) verifyShare(selector Selector, index uint32, proof []byte) (Quality, error) {
	if index >= p.Plots {
		return Quality{}, fmt.Errorf("%w: must be below the %d that are claimed", ErrIndex, p.Plots)
	}
	id := DerivePlotID(p.ChainID, p.DeviceID, p.Params.Strength, uint64(index))
	quality, err := VerifyShared(selector, id, p.Params, p.Challenge, proof)
	if err != nil {
		return Quality{}, err
	}
	if !quality.Within(uint64(p.Plots), uint64(p.Lambda)) {
		return Quality{}, fmt.Errorf("%w: %d/%d of the range", ErrThreshold, p.Lambda, p.Plots)
	}
	return quality, nil
}

// Costs in microseconds on the reference machine (two cores with AES instructions), above what SPEC.md 8 measures.
const (
	// shareCostUs covers a proof but for table 1, tableCostUs table 1 at base strength; it doubles with each step.
	shareCostUs, tableCostUs = 10, 2
	// EvidenceCostLimit is the cost of the most expensive evidence: 16 proofs at strength 8.
	EvidenceCostLimit = MaxEvidenceProofs * (shareCostUs + tableCostUs<<(MaxStrength-BaseStrength))
)

// EvidenceCost is an upper bound of what verifying n proofs takes, in microseconds: 12 each at base strength, 18 at
// base+2. What this package refuses costs EvidenceCostLimit.
func EvidenceCost(params Params, n int) uint64 {
	if params.Validate() != nil || n < 0 || n > MaxEvidenceProofs {
		return EvidenceCostLimit
	}
	return uint64(n) * (shareCostUs + tableCostUs<<(params.Strength-BaseStrength))
}
