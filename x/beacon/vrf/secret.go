package vrf

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519/extra/ecvrf"
)

// SeedSize is the length of a secret seed in bytes.
const SeedSize = ed25519.SeedSize

// ErrUnknownKey says that a signer does not hold the secret of the key that the chain expects.
var ErrUnknownKey = errors.New("the signer does not hold the secret of this beacon key")

// Signer proves with the beacon keys that it holds. A key file is one source; a remote signer or a share of a
// threshold key may be another.
type Signer interface {
	// PublicKeys lists the keys that can be used.
	PublicKeys() [][]byte
	// Prove returns the ProofSize bytes of publicKey's proof over input, or ErrUnknownKey.
	Prove(publicKey, input []byte) ([]byte, error)
}

var (
	_ Signer = SecretKey{}
	_ Signer = KeyRing(nil)
)

// SecretKey is one ECVRF key. It prints as its public half.
type SecretKey struct{ key ed25519.PrivateKey }

// NewSecretKey derives a key from a seed of SeedSize random bytes (RFC 8032 section 5.1.5).
func NewSecretKey(seed []byte) (SecretKey, error) {
	if len(seed) != SeedSize {
		return SecretKey{}, fmt.Errorf("beacon key: the seed has %d bytes; want %d", len(seed), SeedSize)
	}
	return SecretKey{key: ed25519.NewKeyFromSeed(seed)}, nil
}

// GenerateSecretKey draws a key from a source of randomness.
func GenerateSecretKey(random io.Reader) (SecretKey, error) {
	seed := make([]byte, SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return SecretKey{}, fmt.Errorf("beacon key: no randomness: %w", err)
	}
	return NewSecretKey(seed)
}

// Seed returns a copy of the secret seed, to be stored and nothing else.
func (k SecretKey) Seed() []byte { return bytes.Clone(k.key[:SeedSize]) }

// PublicKey returns a copy of the KeySize bytes of the public half.
func (k SecretKey) PublicKey() []byte { return bytes.Clone(k.key[SeedSize:]) }

// PublicKeys implements Signer.
func (k SecretKey) PublicKeys() [][]byte { return [][]byte{k.PublicKey()} }

// Prove implements Signer.
func (k SecretKey) Prove(publicKey, input []byte) ([]byte, error) {
	if len(k.key) != ed25519.PrivateKeySize || !bytes.Equal(publicKey, k.key[SeedSize:]) {
		return nil, fmt.Errorf("%w: %X", ErrUnknownKey, publicKey)
	}
	return ecvrf.Prove(k.key, input), nil
}

// Format implements fmt.Formatter: no verb prints the secret.
func (k SecretKey) Format(s fmt.State, _ rune) {
	if len(k.key) == ed25519.PrivateKeySize {
		_, _ = fmt.Fprintf(s, "beacon key %X", []byte(k.key[SeedSize:]))
	}
}

// KeyRing holds the keys of one operator: around a rotation there are two.
type KeyRing []SecretKey

// PublicKeys implements Signer.
func (r KeyRing) PublicKeys() [][]byte {
	keys := make([][]byte, len(r))
	for i, k := range r {
		keys[i] = k.PublicKey()
	}
	return keys
}

// Prove implements Signer.
func (r KeyRing) Prove(publicKey, input []byte) ([]byte, error) {
	for _, k := range r {
		if proof, err := k.Prove(publicKey, input); err == nil {
			return proof, nil
		}
	}
	return nil, fmt.Errorf("%w: %X", ErrUnknownKey, publicKey)
}
