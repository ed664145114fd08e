package tpm

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// SecretSize is the size of a challenger's secret and of the value in a credential, in bytes.
const SecretSize = 32

// MaxCredentialSize bounds a credential in bytes; the longest, RSA-2048, has 328.
const MaxCredentialSize = 400

// Domains of hashes.
const (
	credentialDomain = "joule/device/evidence/tpm/credential/v1/"
	responseDomain   = "joule/device/evidence/tpm/response/v1"
)

// Credential is a challenge that only one TPM can open: the one that has the EK's private part and, loaded, the AK of
// that name.
type Credential struct {
	// Value is what the TPM gives when it opens Blob (TPM2_ActivateCredential).
	Value [SecretSize]byte
	// Blob is TPM2B_ID_OBJECT ‖ TPM2B_ENCRYPTED_SECRET.
	Blob []byte
}

// NewCredential makes the one credential that follows from a secret, an EK (from its certificate) and the Name of an
// AK. All that is random in TPM2_MakeCredential (value, seed, padding, ephemeral key) is derived from the secret, so
// whoever learns the secret later can make it again. The challenger must be unable to choose among secrets (a VRF
// output) and must keep it until the response is final. EKs: RSA-2048 and P-256 with SHA-256 and AES-128, P-384 with
// SHA-384 and AES-256, as in the TCG's default templates; others are ErrEndorsement.
func NewCredential(ek x509chain.PublicKey, akName []byte, secret [SecretSize]byte) (Credential, error) {
	p, err := profileOf(ek)
	if err != nil {
		return Credential{}, err
	}
	derive := func(label string) []byte { return deriveFrom(p.hash, label, secret, ek.Bytes(), akName) }
	c := Credential{Value: [SecretSize]byte(derive("value"))}
	seed, sealed, err := p.sealSeed(ek, derive)
	if err != nil {
		return Credential{}, err
	}
	identity := cfb(kdfA(p.hash, seed, "STORAGE", akName, p.symmetricBits), appendSized(nil, c.Value[:]))
	integrity := mac(p.hash, kdfA(p.hash, seed, "INTEGRITY", nil, p.hash.bits()), append(bytes.Clone(identity), akName...))
	object := append(appendSized(nil, integrity), identity...)
	c.Blob = appendSized(appendSized(nil, object), sealed)
	return c, nil
}

// deriveFrom is H(domain ‖ label ‖ 0 ‖ secret ‖ length u32 ‖ ek ‖ length u32 ‖ name).
func deriveFrom(h digest, label string, secret [SecretSize]byte, ek, name []byte) []byte {
	buf := append([]byte(credentialDomain+label), 0)
	buf = append(buf, secret[:]...)
	for _, field := range [][]byte{ek, name} {
		buf = append(binary.BigEndian.AppendUint32(buf, uint32(len(field))), field...)
	}
	return h.sum(buf)
}

// Response is what a device publishes, before the secret is revealed, to show that its TPM opened a credential:
// SHA-256(domain ‖ value ‖ nonce), where nonce is the binding's. It is useless to anybody else.
func Response(value [SecretSize]byte, nonce [NonceSize]byte) [sha256.Size]byte {
	return sha256.Sum256(append(append([]byte(responseDomain), value[:]...), nonce[:]...))
}

// VerifyActivation checks one finished exchange after the challenger has revealed its secret: the published credential
// is the one that the secret makes (else ErrCredential: the challenger's fault), and the response that was published
// before the reveal is the value's (else ErrActivation). A challenger who gives the secret to the device makes this
// worthless, so an exchange counts with several that the beacon drew. It costs CredentialCost.
func VerifyActivation(ek x509chain.PublicKey, akName []byte, secret [SecretSize]byte, published []byte, response [sha256.Size]byte, nonce [NonceSize]byte) error {
	if len(published) > MaxCredentialSize {
		return fmt.Errorf("%w: credential of %d bytes, at most %d", ErrSize, len(published), MaxCredentialSize)
	}
	c, err := NewCredential(ek, akName, secret)
	if err != nil {
		return err
	}
	if !bytes.Equal(c.Blob, published) {
		return fmt.Errorf("%w: %d bytes", ErrCredential, len(published))
	}
	if Response(c.Value, nonce) != response {
		return fmt.Errorf("%w: %x…", ErrActivation, response[:8])
	}
	return nil
}
