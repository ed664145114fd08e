package attest

import (
	"context"
	"fmt"

	"github.com/joulechain/joule/sidecar/attest/nvidiacc"
	"github.com/joulechain/joule/sidecar/keys/tpmkey"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

// TPMSource is a TPM that holds the device's key.
type TPMSource struct {
	TPM *tpmkey.TPM
	Key tpmkey.Key
	AK  tpmkey.AttestationKey
	// Certificates reads the attestation key's chain, each time anew: files may be replaced while the sidecar runs.
	Certificates func() ([][]byte, error)
}

// Kind implements Source.
func (*TPMSource) Kind() devicetypes.EvidenceKind { return devicetypes.EVIDENCE_KIND_TPM }

// Describe implements Source.
func (s *TPMSource) Describe() string { return "TPM at " + s.TPM.Address() }

// Answer implements Source.
func (s *TPMSource) Answer(_ context.Context, nonce [32]byte) (devicetypes.HardwareEvidence, error) {
	chain, err := s.Certificates()
	if err != nil {
		return devicetypes.HardwareEvidence{}, err
	}
	told, err := s.TPM.Certify(s.Key, s.AK, nonce)
	if err != nil {
		return devicetypes.HardwareEvidence{}, err
	}
	return TPMEvidence(chain, told.Public, told.Attest, told.Signature), nil
}

// NVIDIASource is a card in confidential-computing mode.
type NVIDIASource struct{ Card nvidiacc.Card }

// Kind implements Source.
func (*NVIDIASource) Kind() devicetypes.EvidenceKind { return devicetypes.EVIDENCE_KIND_NVIDIA }

// Describe implements Source.
func (s *NVIDIASource) Describe() string { return s.Card.Describe() }

// Answer implements Source.
func (s *NVIDIASource) Answer(_ context.Context, nonce [32]byte) (devicetypes.HardwareEvidence, error) {
	report, err := s.Card.Report(nonce)
	if err != nil {
		return devicetypes.HardwareEvidence{}, err
	}
	raw, err := s.Card.Certificates()
	if err != nil {
		return devicetypes.HardwareEvidence{}, err
	}
	chain, err := ParseCertificates(raw)
	if err != nil {
		return devicetypes.HardwareEvidence{}, err
	}
	return NVIDIAEvidence(chain, report), nil
}

// FileSource is evidence that was made elsewhere for a nonce that was asked before.
type FileSource struct{ Report, Chain string }

// Kind implements Source.
func (*FileSource) Kind() devicetypes.EvidenceKind { return devicetypes.EVIDENCE_KIND_NVIDIA }

// Describe implements Source.
func (s *FileSource) Describe() string { return fmt.Sprintf("the report in %s", s.Report) }

// Answer implements Source.
func (s *FileSource) Answer(context.Context, [32]byte) (devicetypes.HardwareEvidence, error) {
	report, err := ReadFile(s.Report)
	if err != nil {
		return devicetypes.HardwareEvidence{}, err
	}
	raw, err := ReadFile(s.Chain)
	if err != nil {
		return devicetypes.HardwareEvidence{}, err
	}
	chain, err := ParseCertificates(raw)
	if err != nil {
		return devicetypes.HardwareEvidence{}, fmt.Errorf("%s: %w", s.Chain, err)
	}
	return NVIDIAEvidence(chain, report), nil
}
