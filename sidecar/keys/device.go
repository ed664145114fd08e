package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
	"math/big"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

// Signer signs for one device. Implementations keep the secret to themselves (a file here; a TPM or ATECC608 behind the
// same interface).
type Signer interface {
	// PublicKey is the device's key.
	PublicKey() devicetypes.PublicKey
	// DeviceID is the 20-byte id that derives from it.
	DeviceID() []byte
	// Sign signs msg as x/device verifies it.
	Sign(msg []byte) ([]byte, error)
}

// Device key types as they stand in files and flags.
const (
	TypeEd25519   = "ed25519"
	TypeSecp256r1 = "secp256r1"
	TypeSecp256k1 = "secp256k1"
	// TypeTPM is a secp256r1 key that lives in a TPM.
	TypeTPM = "tpm"
)

// NewDevice makes a device key and writes it to path; an empty passphrase leaves it unencrypted. Existing files are
// never replaced.
func NewDevice(path, typ string, passphrase []byte) (Signer, error) {
	secret, err := newDeviceSecret(typ)
	if err != nil {
		return nil, err
	}
	s, err := deviceSigner(typ, secret)
	if err != nil {
		return nil, err
	}
	r, err := build(KindDevice, typ, s.PublicKey().Key, secret, passphrase)
	if err != nil {
		return nil, err
	}
	return s, write(path, r)
}

// LoadDevice reads a device key file; ask is called only if it is encrypted.
func LoadDevice(path string, ask Passphrase) (Signer, error) {
	r, err := read(path)
	if err != nil {
		return nil, err
	}
	if r.Kind != KindDevice {
		return nil, fmt.Errorf("%s: %w: it is an %s key and must be a device key", path, ErrWrongKind, r.Kind)
	}
	if r.TPM != nil {
		s, err := tpmSigner(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return s, nil
	}
	secret, err := r.open(path, ask)
	if err != nil {
		return nil, err
	}
	s, err := deviceSigner(r.Type, secret)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if !bytes.Equal(s.PublicKey().Key, r.PublicKey) {
		return nil, fmt.Errorf("%s: %w: public_key does not belong to the secret", path, ErrNotAKey)
	}
	return s, nil
}

func newDeviceSecret(typ string) ([]byte, error) {
	switch typ {
	case TypeEd25519:
		seed := make([]byte, ed25519.SeedSize)
		_, err := rand.Read(seed)
		return seed, err
	case TypeSecp256r1:
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		return k.Bytes()
	}
	return nil, fmt.Errorf("device key type %q is unknown: use %s, %s or %s", typ, TypeEd25519, TypeSecp256r1, TypeTPM)
}

func deviceSigner(typ string, secret []byte) (Signer, error) {
	switch typ {
	case TypeEd25519:
		if len(secret) != ed25519.SeedSize {
			return nil, fmt.Errorf("%w: an ed25519 secret has %d bytes", ErrNotAKey, ed25519.SeedSize)
		}
		return edSigner{key: ed25519.NewKeyFromSeed(secret)}, nil
	case TypeSecp256r1:
		k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret)
		if err != nil {
			return nil, fmt.Errorf("%w: not a P-256 secret", ErrNotAKey)
		}
		return p256Signer{key: k}, nil
	}
	return nil, fmt.Errorf("%w: device key type %q is unknown", ErrNotAKey, typ)
}

type edSigner struct{ key ed25519.PrivateKey }

func (s edSigner) PublicKey() devicetypes.PublicKey {
	return devicetypes.PublicKey{Type: devicetypes.KEY_TYPE_ED25519, Key: bytes.Clone(s.key[32:])}
}
func (s edSigner) DeviceID() []byte                { return devicetypes.DeviceID(s.PublicKey()) }
func (s edSigner) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }
func (s edSigner) String() string                  { return "ed25519 device key" }
func (s edSigner) GoString() string                { return s.String() }

type p256Signer struct{ key *ecdsa.PrivateKey }

func (s p256Signer) PublicKey() devicetypes.PublicKey {
	return devicetypes.PublicKey{
		Type: devicetypes.KEY_TYPE_SECP256R1,
		Key:  elliptic.MarshalCompressed(elliptic.P256(), s.key.X, s.key.Y),
	}
}
func (s p256Signer) DeviceID() []byte { return devicetypes.DeviceID(s.PublicKey()) }
func (s p256Signer) String() string   { return "secp256r1 device key" }
func (s p256Signer) GoString() string { return s.String() }

// Sign is deterministic (RFC 6979), so that signing one statement twice gives one signature; s is brought to its low
// half as x/device asks.
func (s p256Signer) Sign(msg []byte) ([]byte, error) {
	digest := sha256.Sum256(msg)
	der, err := s.key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		return nil, err
	}
	return raw(rs.R, rs.S), nil
}

// raw is r ‖ s in 64 bytes with s in its low half, as x/device asks.
func raw(r, s *big.Int) []byte {
	n := elliptic.P256().Params().N
	if s.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		s = new(big.Int).Sub(n, s)
	}
	out := make([]byte, 64)
	r.FillBytes(out[:32])
	s.FillBytes(out[32:])
	return out
}
