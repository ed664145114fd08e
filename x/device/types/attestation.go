package types

import (
	"github.com/joulechain/joule/x/device/evidence"
	"github.com/joulechain/joule/x/device/evidence/nvidia"
	"github.com/joulechain/joule/x/device/evidence/tpm"
	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

const (
	// ChipIDSize is the size of a chip id in bytes.
	ChipIDSize = 32
	// EvidenceGasPerUs is the gas of a microsecond of verification (evidence/SPEC.md section 7). Blocks of 150 million
	// gas then hold 300 ms of it, a block's whole verification budget: evidence is paid for by its sender, and checked
	// by every validator within the block.
	EvidenceGasPerUs = 500
	// BaseTierPpm is the tier of a device without hardware evidence: one, in millionths.
	BaseTierPpm = 1_000_000
)

// EvidenceKind is the evidence's kind, EVIDENCE_KIND_UNSPECIFIED when it has none.
func (e HardwareEvidence) EvidenceKind() EvidenceKind {
	switch {
	case e.GetNvidia() != nil:
		return EVIDENCE_KIND_NVIDIA
	case e.GetTpm() != nil:
		return EVIDENCE_KIND_TPM
	default:
		return EVIDENCE_KIND_UNSPECIFIED
	}
}

// Certificates are the evidence's certificates, none in a renewal.
func (e HardwareEvidence) Certificates() [][]byte {
	if n := e.GetNvidia(); n != nil {
		return n.Certificates
	}
	return e.GetTpm().GetCertificates()
}

// ValidateShape bounds every part before any work; errors are ErrInvalidEvidence and name the part and its limit.
func (e HardwareEvidence) ValidateShape() error {
	for i, c := range e.Certificates() {
		if len(c) == 0 || len(c) > x509chain.MaxCertificateSize {
			return ErrInvalidEvidence.Wrapf("certificates[%d] has %d bytes, want 1..%d", i, len(c), x509chain.MaxCertificateSize)
		}
	}
	switch n := len(e.Certificates()); e.EvidenceKind() {
	case EVIDENCE_KIND_NVIDIA:
		if n != 0 && n != nvidia.ChainLength {
			return ErrInvalidEvidence.Wrapf("nvidia.certificates: %d, want %d, leaf first, root last, or none in a renewal", n, nvidia.ChainLength)
		}
		return bounded("nvidia.report", e.GetNvidia().Report, nvidia.MaxReportSize)
	case EVIDENCE_KIND_TPM:
		if n != 0 && (n < 2 || n > tpm.MaxChain) {
			return ErrInvalidEvidence.Wrapf("tpm.certificates: %d, want 2..%d, leaf first, root last, or none in a renewal", n, tpm.MaxChain)
		}
		if err := bounded("tpm.public", e.GetTpm().Public, tpm.MaxPublicSize); err != nil {
			return err
		}
		if err := bounded("tpm.attest", e.GetTpm().Attest, tpm.MaxAttestSize); err != nil {
			return err
		}
		return bounded("tpm.signature", e.GetTpm().Signature, tpm.MaxSignatureSize)
	default:
		return ErrInvalidEvidence.Wrap("evidence is empty, want nvidia or tpm")
	}
}

func bounded(field string, value []byte, most int) error {
	if len(value) == 0 || len(value) > most {
		return ErrInvalidEvidence.Wrapf("%s has %d bytes, want 1..%d", field, len(value), most)
	}
	return nil
}

// Cost bounds the evidence's verification in microseconds on the reference machine, from its shape alone. known is the
// kind of the attestation key that a TPM's renewal is checked with; with certificates, or 0, the dearest is counted.
func (e HardwareEvidence) Cost(known x509chain.KeyKind) uint64 {
	certificates := len(e.Certificates())
	if n := e.GetNvidia(); n != nil {
		return x509chain.CostBound(certificates) + nvidia.ReportCost(len(n.Report))
	}
	if certificates > 0 {
		known = 0
	}
	return x509chain.CostBound(certificates) + tpm.CertificationCost(known)
}

// Gas is what the evidence's verification costs, charged before it begins.
func (e HardwareEvidence) Gas(known x509chain.KeyKind) uint64 {
	return EvidenceGasPerUs * e.Cost(known)
}

// Fits checks that a device may show evidence of the kind; errors are ErrEvidenceKind.
func (k EvidenceKind) Fits(d Device) error {
	switch {
	case k == EVIDENCE_KIND_NVIDIA && d.WorkClass == WORK_CLASS_GPU:
		return nil
	case k == EVIDENCE_KIND_NVIDIA:
		return ErrEvidenceKind.Wrapf("device %s is of class %s, NVIDIA evidence is for class gpu", d.Text(), d.WorkClass)
	case k == EVIDENCE_KIND_TPM && d.PublicKey.Type == KEY_TYPE_SECP256R1:
		return nil
	case k == EVIDENCE_KIND_TPM:
		return ErrEvidenceKind.Wrapf("device %s has a %s key, a TPM certifies secp256r1 keys", d.Text(), d.PublicKey.Type)
	default:
		return ErrEvidenceKind.Wrapf("kind %d is not 1 (NVIDIA) or 2 (TPM)", int32(k))
	}
}

// EvidenceNonce is the nonce that a device's chip answers (evidence/SPEC.md section 1): it binds the kind, the chain, a
// block's height and its mix, the device and its owner (address bytes). Errors are ErrInvalidEvidence.
func EvidenceNonce(kind EvidenceKind, chainID string, height int64, mix, deviceID, owner []byte) ([32]byte, error) {
	if height < 1 || len(mix) != 32 {
		return [32]byte{}, ErrInvalidEvidence.Wrapf("nonce of height %d with a mix of %d bytes, want a height from 1 and 32 bytes", height, len(mix))
	}
	b := evidence.Binding{ChainID: chainID, Height: uint64(height), Seed: [32]byte(mix), DeviceID: deviceID, Owner: owner}
	nonce, err := b.Nonce(evidence.Kind(kind))
	if err != nil {
		return nonce, ErrInvalidEvidence.Wrap(err.Error())
	}
	return nonce, nil
}

// InForce tells whether the attestation counts in an epoch, revocations aside.
func (a Attestation) InForce(epoch uint64) bool {
	return a.FromEpoch <= epoch && epoch < a.ExpiresEpoch
}

// Lapsed tells whether another device may take the chip in this epoch.
func (a Attestation) Lapsed(epoch uint64) bool { return epoch >= a.ExpiresEpoch }

// Identity is the chip's as a renewal needs it. Only of a valid attestation of kind NVIDIA.
func (a Attestation) Identity() nvidia.Identity {
	id := nvidia.Identity{
		ChipID: [ChipIDSize]byte(a.ChipId), Family: a.Family, Key: [97]byte(a.Key), Firmware: [nvidia.DigestSize]byte(a.Firmware), NotAfter: a.NotAfter,
	}
	for i, hash := range a.KeyHashes {
		id.KeyHashes[i] = x509chain.KeyHash(hash)
	}
	return id
}

// AttestationKey is the TPM's attestation key as a renewal needs it. Errors are ErrInvalidEvidence.
func (a Attestation) AttestationKey() (key x509chain.PublicKey, err error) {
	switch kind := x509chain.KeyKind(a.KeyKind); kind {
	case x509chain.KeyP256, x509chain.KeyP384:
		key, err = x509chain.NewECKey(kind, a.Key)
	default:
		key, err = x509chain.NewRSAKey(a.Key)
	}
	if err == nil && uint32(key.Kind) != a.KeyKind {
		err = ErrInvalidEvidence.Wrapf("key is %s, key_kind says %d", key.Kind, a.KeyKind)
	}
	if err != nil {
		return key, ErrInvalidEvidence.Wrapf("key: %s", err)
	}
	return key, nil
}

// SetIdentity records what a chain of NVIDIA's proved.
func (a *Attestation) SetIdentity(id nvidia.Identity) {
	a.ChipId, a.Family, a.Firmware, a.NotAfter = id.ChipID[:], id.Family, id.Firmware[:], id.NotAfter
	a.Key, a.KeyKind, a.KeyHashes = id.Key[:], uint32(x509chain.KeyP384), hashBytes(id.KeyHashes[:])
}

// SetHolder records what an attestation key's chain proved.
func (a *Attestation) SetHolder(h tpm.Holder) {
	a.ChipId, a.Family, a.Firmware, a.NotAfter = h.ID[:], "", nil, h.NotAfter
	a.Key, a.KeyKind, a.KeyHashes = h.Key.Bytes(), uint32(h.Key.Kind), hashBytes(h.KeyHashes)
}

func hashBytes(hashes []x509chain.KeyHash) [][]byte {
	out := make([][]byte, len(hashes))
	for i := range hashes {
		out[i] = append([]byte(nil), hashes[i][:]...)
	}
	return out
}

// RevocableHashes are what the revocation list is asked for: the chain's keys and the firmware.
func (a Attestation) RevocableHashes() [][]byte {
	if len(a.Firmware) == 0 {
		return a.KeyHashes
	}
	return append(append(make([][]byte, 0, len(a.KeyHashes)+1), a.KeyHashes...), a.Firmware)
}
