package disk

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

const (
	// EvidenceVersion1 is the first byte of evidence.
	EvidenceVersion1 = 1
	// MaxEvidenceProofs is the most proofs that one piece of evidence may have, whatever a window's rules say.
	MaxEvidenceProofs = 16
	// MaxEvidenceSize is the longest evidence in bytes: 16 proofs at k = 30.
	MaxEvidenceSize = evidenceHeader + MaxEvidenceProofs*(indexSize+16*MaxEvidenceK)

	evidenceHeader  = 3 // version, k, strength
	indexSize       = 4
	domainChallenge = "joule/disk/v1/challenge"
)

// DeriveChallenge is what a window asks of the plots of its devices (SPEC.md 7). mix is the beacon's at the
// height before the window's first.
func DeriveChallenge(chainID string, window uint64, mix [32]byte) [32]byte {
	buf := make([]byte, 0, 4*4+len(domainChallenge)+len(chainID)+8+len(mix))
	buf = appendField(buf, []byte(domainChallenge))
	buf = appendField(buf, []byte(chainID))
	buf = appendField(buf, binary.LittleEndian.AppendUint64(nil, window))
	buf = appendField(buf, mix[:])
	return sha256.Sum256(buf)
}

// Share is one proof within a claim's threshold.
type Share struct {
	// Index is the plot's number, below the claimed plots.
	Index uint32
	// Proof is packed, 16·k bytes.
	Proof []byte
	// Quality orders the shares of evidence. Evidence does not carry it; ParseEvidence leaves it empty.
	Quality Quality
}

// Evidence is what a device sends in one window: its plots' parameters and its shares.
type Evidence struct {
	Params Params
	Shares []Share
}

// EvidenceSize is the length of evidence with n proofs in bytes.
func EvidenceSize(params Params, n int) int {
	return evidenceHeader + n*(indexSize+params.ProofSize())
}

// EncodeEvidence writes 1 to MaxEvidenceProofs shares in ascending order of quality, which must be set and
// differ. It verifies nothing else and leaves its argument as it is. The error wraps ErrParams, ErrLength or ErrOrder.
func EncodeEvidence(params Params, shares []Share) ([]byte, error) {
	if err := validateEvidenceParams(params); err != nil {
		return nil, err
	}
	if len(shares) < 1 || len(shares) > MaxEvidenceProofs {
		return nil, fmt.Errorf("%w: %d proofs, must be 1…%d", ErrLength, len(shares), MaxEvidenceProofs)
	}
	sorted := slices.Clone(shares)
	slices.SortStableFunc(sorted, func(a, b Share) int { return a.Quality.Compare(b.Quality) })
	out := make([]byte, 0, EvidenceSize(params, len(sorted)))
	out = append(out, EvidenceVersion1, params.K, params.Strength)
	for i, s := range sorted {
		if len(s.Proof) != params.ProofSize() {
			return nil, fmt.Errorf("%w: proof of plot %d has %d bytes, must be %d at k=%d", ErrLength, s.Index, len(s.Proof), params.ProofSize(), params.K)
		}
		if i > 0 && s.Quality == sorted[i-1].Quality {
			return nil, fmt.Errorf("%w: plots %d and %d have a chain of the same quality", ErrOrder, sorted[i-1].Index, s.Index)
		}
		out = binary.LittleEndian.AppendUint32(out, s.Index)
		out = append(out, s.Proof...)
	}
	return out, nil
}

// EvidenceShape reads evidence's parameters and number of proofs, from its first bytes and its length alone. The
// error wraps ErrVersion, ErrParams or ErrLength.
func EvidenceShape(payload []byte) (params Params, proofs int, err error) {
	if len(payload) < evidenceHeader || len(payload) > MaxEvidenceSize {
		return params, 0, fmt.Errorf("%w: evidence of %d bytes, must be %d…%d", ErrLength, len(payload), evidenceHeader, MaxEvidenceSize)
	}
	if payload[0] != EvidenceVersion1 {
		return params, 0, fmt.Errorf("%w: %d, must be %d", ErrVersion, payload[0], EvidenceVersion1)
	}
	params = Params{K: payload[1], Strength: payload[2]}
	if err := validateEvidenceParams(params); err != nil {
		return params, 0, err
	}
	each := indexSize + params.ProofSize()
	proofs = (len(payload) - evidenceHeader) / each
	if proofs < 1 || proofs > MaxEvidenceProofs || len(payload) != EvidenceSize(params, proofs) {
		return params, 0, fmt.Errorf("%w: evidence of %d bytes, must be %d and %d for each of 1…%d proofs at k=%d",
			ErrLength, len(payload), evidenceHeader, each, MaxEvidenceProofs, params.K)
	}
	return params, proofs, nil
}

// ParseEvidence reads evidence without judging its proofs, whose bytes are those of the payload. The error is
// that of EvidenceShape.
func ParseEvidence(payload []byte) (Evidence, error) {
	params, n, err := EvidenceShape(payload)
	if err != nil {
		return Evidence{}, err
	}
	e := Evidence{Params: params, Shares: make([]Share, n)}
	for i := range e.Shares {
		e.Shares[i].Index, e.Shares[i].Proof = shareAt(payload, params, i)
	}
	return e, nil
}

// shareAt is the i-th share of a payload whose shape holds.
func shareAt(payload []byte, params Params, i int) (index uint32, proof []byte) {
	from := EvidenceSize(params, i)
	to := EvidenceSize(params, i+1)
	return binary.LittleEndian.Uint32(payload[from:]), payload[from+indexSize : to : to]
}

func validateEvidenceParams(params Params) error {
	if err := params.Validate(); err != nil {
		return err
	}
	if params.K > MaxEvidenceK {
		return fmt.Errorf("%w: k %d, must be at most %d in evidence", ErrParams, params.K, MaxEvidenceK)
	}
	return nil
}
