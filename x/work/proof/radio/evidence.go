package radio

import "fmt"

const (
	// EvidenceVersion1 is the first byte of evidence as SPEC.md 8 describes it.
	EvidenceVersion1 = 1
	// MaxEvidenceSize is the largest evidence in bytes: with the device id and the epoch that travel beside it, 1190.
	MaxEvidenceSize = evidenceHeader + MaxWitnesses*ReceiptSize

	evidenceHeader = 1 + PreimageSize + SignatureSize + 1
)

// Evidence is one beacon with its receipts.
type Evidence struct {
	Preimage  Preimage
	Signature [SignatureSize]byte // the beaconer's over BeaconSignBytes
	Receipts  []Receipt           // strictly ascending by number, at most MaxWitnesses
}

// Validate checks the number and the order of the receipts; the errors wrap ErrEvidence.
func (e Evidence) Validate() error {
	if len(e.Receipts) > MaxWitnesses {
		return fmt.Errorf("%w: %d receipts, at most %d: draw %d of them", ErrEvidence, len(e.Receipts), MaxWitnesses, MaxWitnesses)
	}
	for i := 1; i < len(e.Receipts); i++ {
		if before, at := e.Receipts[i-1].Number, e.Receipts[i].Number; at <= before {
			return fmt.Errorf("%w: receipt %d is of radio %d after radio %d, must ascend and name each once", ErrEvidence, i, at, before)
		}
	}
	return nil
}

// Marshal returns the evidence's only encoding; invalid evidence is ErrEvidence.
func (e Evidence) Marshal() ([]byte, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	buf := make([]byte, 0, evidenceHeader+len(e.Receipts)*ReceiptSize)
	buf = append(buf, EvidenceVersion1)
	buf = append(buf, e.Preimage[:]...)
	buf = append(buf, e.Signature[:]...)
	buf = append(buf, byte(len(e.Receipts)))
	for _, r := range e.Receipts {
		buf = r.append(buf)
	}
	return buf, nil
}

// UnmarshalEvidence reads evidence and accepts only what Marshal writes. It looks at the size first; the errors wrap
// ErrEvidence.
func UnmarshalEvidence(data []byte) (Evidence, error) {
	if len(data) < evidenceHeader || len(data) > MaxEvidenceSize {
		return Evidence{}, fmt.Errorf("%w: %d bytes, must be in %d..%d", ErrEvidence, len(data), evidenceHeader, MaxEvidenceSize)
	}
	if data[0] != EvidenceVersion1 {
		return Evidence{}, fmt.Errorf("%w: version is %d, this verifier knows %d", ErrEvidence, data[0], EvidenceVersion1)
	}
	count := int(data[evidenceHeader-1])
	if count > MaxWitnesses {
		return Evidence{}, fmt.Errorf("%w: %d receipts, at most %d", ErrEvidence, count, MaxWitnesses)
	}
	if want := evidenceHeader + count*ReceiptSize; len(data) != want {
		return Evidence{}, fmt.Errorf("%w: %d bytes for %d receipts, want %d", ErrEvidence, len(data), count, want)
	}
	e := Evidence{
		Preimage:  Preimage(data[1 : 1+PreimageSize]),
		Signature: [SignatureSize]byte(data[1+PreimageSize : evidenceHeader-1]),
		Receipts:  make([]Receipt, count),
	}
	for i := range e.Receipts {
		at := evidenceHeader + i*ReceiptSize
		var err error
		if e.Receipts[i], err = UnmarshalReceipt(data[at : at+ReceiptSize]); err != nil {
			return Evidence{}, err
		}
	}
	return e, e.Validate()
}

// EvidenceReceipts is how many receipts evidence of that many bytes holds; false for a size that no evidence has.
func EvidenceReceipts(size int) (int, bool) {
	n := size - evidenceHeader
	return n / ReceiptSize, n >= 0 && n%ReceiptSize == 0 && n/ReceiptSize <= MaxWitnesses
}

// LateDepth is the length of the path in a late receipt of that many bytes; false for a size that none has.
func LateDepth(size int) (int, bool) {
	n := size - lateHeader
	return n / HashSize, n >= 0 && n%HashSize == 0 && n/HashSize <= MaxCommitDepth
}
