package tpm

import (
	"bytes"
	"fmt"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

const (
	// MaxAttestSize is the largest TPMS_ATTEST, MaxSignatureSize the largest TPMT_SIGNATURE that is read, in bytes.
	MaxAttestSize    = 512
	MaxSignatureSize = 520
	// NonceSize is the size of the nonce in an attestation's extraData.
	NonceSize = 32

	generated = 0xff544347 // TPM_GENERATED_VALUE: a restricted key signs it only for what the TPM itself made
	tagCert   = 0x8017     // TPM_ST_ATTEST_CERTIFY
)

// Certified is what a TPM said of a device key.
type Certified struct {
	// DeviceKey is the compressed secp256r1 point, as x/device registers it.
	DeviceKey [33]byte
	Name      []byte
	// ResetCount counts the TPM's resets, Clock its milliseconds since manufacture, FirmwareVersion is the maker's. An
	// AK outside the endorsement hierarchy shows them obscured. For people.
	Clock           uint64
	ResetCount      uint32
	FirmwareVersion uint64
}

// VerifyCertification checks that the AK ak has certified the device key whose public area (TPMT_PUBLIC) is device:
// TPMS_ATTEST attest under TPMT_SIGNATURE signature, with nonce as extraData. The device key must be a P-256 signing
// key that its TPM made and that never leaves it. Order: sizes and shapes, attributes, nonce, name, signature. It costs
// CertificationCost.
func VerifyCertification(ak x509chain.PublicKey, nonce [NonceSize]byte, device, attest, signature []byte) (*Certified, error) {
	key, err := ParsePublic(device)
	if err != nil {
		return nil, fmt.Errorf("device key: %w", err)
	}
	if err := key.require(residentAttributes, AttributeDecrypt, "device key"); err != nil {
		return nil, err
	}
	if key.Key.Kind != x509chain.KeyP256 || key.Hash == algSHA384 {
		return nil, fmt.Errorf("%w: device key is %s with hash 0x%04x, want P-256 with SHA-256 or any", ErrPublic, key.Key.Kind, key.Hash)
	}
	statement, err := parseAttest(attest)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(statement.extra, nonce[:]) {
		return nil, fmt.Errorf("%w: extra data %x, want %x", ErrNonce, statement.extra[:min(8, len(statement.extra))], nonce[:8])
	}
	if !bytes.Equal(statement.name, key.Name) {
		return nil, fmt.Errorf("%w: name %x, the device key's is %x", ErrName, statement.name, key.Name)
	}
	if err := verifySignature(ak, attest, signature); err != nil {
		return nil, err
	}
	return &Certified{
		DeviceKey: compress(key.Key.Bytes()), Name: key.Name,
		Clock: statement.clock, ResetCount: statement.resets, FirmwareVersion: statement.firmware,
	}, nil
}

// compress turns 04 ‖ x ‖ y into 02 or 03 ‖ x.
func compress(point []byte) (out [33]byte) {
	out[0] = 2 | point[64]&1
	copy(out[1:], point[1:33])
	return out
}

// statement is the part of TPMS_ATTEST that is used.
type statement struct {
	extra, name     []byte
	clock, firmware uint64
	resets          uint32
}

// parseAttest reads TPMS_ATTEST of TPM2_Certify.
func parseAttest(raw []byte) (*statement, error) {
	r := newReader(raw, MaxAttestSize, "attestation")
	if magic, tag := r.u32(), r.u16(); r.err == nil && (magic != generated || tag != tagCert) {
		return nil, fmt.Errorf("%w: %08x %04x, want ff544347 8017 (made by the TPM, TPM2_Certify)", ErrAttest, magic, tag)
	}
	s := &statement{}
	r.sized() // name of the signer: follows from the key
	s.extra = r.sized()
	s.clock, s.resets = r.u64(), r.u32()
	r.u32() // restarts
	if safe := r.u8(); safe > 1 {
		r.fail(fmt.Errorf("%w: clock flag %d, want 0 or 1", ErrAttest, safe))
	}
	s.firmware = r.u64()
	s.name = r.sized()
	r.sized() // qualified name: depends on parents, which do not matter for a key that never moves
	return s, r.close()
}

// verifySignature checks TPMT_SIGNATURE: RSASSA or ECDSA with SHA-256 or SHA-384.
func verifySignature(key x509chain.PublicKey, message, raw []byte) error {
	r := newReader(raw, MaxSignatureSize, "signature")
	scheme, alg := r.u16(), r.u16()
	hash, ok := hashOf(alg)
	if r.err == nil && !ok {
		return fmt.Errorf("%w: hash 0x%04x, want SHA-256 or SHA-384", ErrSignature, alg)
	}
	var first, second []byte
	switch scheme {
	case algRSASSA:
		first = r.sized()
	case algECDSA:
		first, second = r.sized(), r.sized()
	default:
		r.fail(fmt.Errorf("%w: scheme 0x%04x, want RSASSA or ECDSA", ErrSignature, scheme))
	}
	if err := r.close(); err != nil {
		return err
	}
	if scheme == algRSASSA && key.VerifyRSA(hash, message, first) || scheme == algECDSA && key.VerifyRaw(hash, message, first, second) {
		return nil
	}
	return fmt.Errorf("%w: it does not hold under the attestation key (%s)", ErrSignature, key.Kind)
}
