package tpm

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// MaxChain is the most certificates of a TPM's chain, leaf and root included.
const MaxChain = 5

// Domains of chip ids.
const (
	attestorDomain    = "joule/device/evidence/tpm/ak/v1"
	endorsementDomain = "joule/device/evidence/tpm/ek/v1"
)

// Anchors says which certificates are accepted. Governance sets it, one for attestation keys and one for endorsement
// keys: an authority that is trusted with one is not thereby trusted with the other.
type Anchors struct {
	// Roots are the pinned roots, Revoked keys that are no longer trusted.
	Roots, Revoked []x509chain.KeyHash
	// Purpose is the extended key usage that leaves must list: x509chain.OIDAttestationKey,
	// x509chain.OIDEndorsementKey, or "" for authorities that set none. Without one, the roots must be known to certify
	// signing keys only where they are restricted keys of a TPM.
	Purpose string
	// Leaves are the kinds of leaf keys that are accepted; none means all. A TPM has an endorsement key per kind, so
	// accepting one kind counts each TPM once.
	Leaves []x509chain.KeyKind
}

// Holder is a verified leaf: an AK or an EK.
type Holder struct {
	// ID is SHA-256(domain ‖ public key in DER): the chip's id.
	ID  [32]byte
	Key x509chain.PublicKey
	// NotAfter is the last unix second of the chain's validity, KeyHashes the chain's keys, leaf first.
	NotAfter  int64
	KeyHashes []x509chain.KeyHash
}

// VerifyAttestationChain checks the certificates of an AK, DER, leaf first, root last, at block time now (unix
// seconds).
func VerifyAttestationChain(a Anchors, chain [][]byte, now int64) (Holder, error) {
	return verifyChain(a, chain, now, x509chain.UsageDigitalSignature, attestorDomain)
}

// VerifyEndorsementChain checks the certificates of an EK. Certificates of EKs are no secret: this says nothing about
// who shows them.
func VerifyEndorsementChain(a Anchors, chain [][]byte, now int64) (Holder, error) {
	return verifyChain(a, chain, now, x509chain.UsageKeyEncipherment|x509chain.UsageKeyAgreement, endorsementDomain)
}

func verifyChain(a Anchors, raw [][]byte, now int64, usage uint32, domain string) (Holder, error) {
	policy := x509chain.Policy{
		Roots: a.Roots, Revoked: a.Revoked, MinLength: 2, MaxLength: MaxChain, Usage: usage, Purpose: a.Purpose,
		Kinds: []x509chain.KeyKind{
			x509chain.KeyP256, x509chain.KeyP384, x509chain.KeyRSA2048, x509chain.KeyRSA3072, x509chain.KeyRSA4096,
		},
	}
	chain, err := x509chain.Verify(raw, policy, now)
	if err != nil {
		return Holder{}, err
	}
	leaf := chain.Leaf()
	if len(a.Leaves) > 0 && !slices.Contains(a.Leaves, leaf.Key.Kind) {
		return Holder{}, fmt.Errorf("certificate 0: %w: %s is not accepted here, %v are", x509chain.ErrKey, leaf.Key.Kind, a.Leaves)
	}
	return Holder{
		ID: sha256.Sum256(append([]byte(domain), leaf.SPKI...)), Key: leaf.Key, NotAfter: chain.NotAfter(), KeyHashes: chain.KeyHashes(),
	}, nil
}
