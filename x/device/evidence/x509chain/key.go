package x509chain

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"math/big"

	"github.com/joulechain/joule/x/device/evidence/der"
)

// KeyKind is a kind of public key.
type KeyKind uint8

// Kinds of public keys.
const (
	KeyP256    KeyKind = 1 // secp256r1
	KeyP384    KeyKind = 2 // secp384r1
	KeyRSA2048 KeyKind = 3 // modulus of exactly 2048 bits, exponent 65537
	KeyRSA3072 KeyKind = 4
	KeyRSA4096 KeyKind = 5
)

// String names the kind.
func (k KeyKind) String() string {
	switch k {
	case KeyP256:
		return "P-256"
	case KeyP384:
		return "P-384"
	case KeyRSA2048:
		return "RSA-2048"
	case KeyRSA3072:
		return "RSA-3072"
	case KeyRSA4096:
		return "RSA-4096"
	default:
		return fmt.Sprintf("key kind %d", uint8(k))
	}
}

// exponent is the one RSA exponent that is accepted. Others cost more or are weaker, and crypto/rsa's own bounds on
// them move.
const exponent = 65537

// PublicKey is a checked key: a point on its curve, or an odd modulus of exactly its size. The zero PublicKey verifies
// nothing.
type PublicKey struct {
	Kind  KeyKind
	ecdsa *ecdsa.PublicKey
	rsa   *rsa.PublicKey
	// bytes is the uncompressed point (04 ‖ x ‖ y) or the modulus, big-endian.
	bytes []byte
}

// NewECKey makes a key from an uncompressed point, 04 ‖ x ‖ y. Other forms, wrong lengths and points off the curve are
// ErrKey.
func NewECKey(kind KeyKind, point []byte) (PublicKey, error) {
	curve := elliptic.P256()
	if kind == KeyP384 {
		curve = elliptic.P384()
	} else if kind != KeyP256 {
		return PublicKey{}, fmt.Errorf("%w: %s is no curve", ErrKey, kind)
	}
	if want := 1 + 2*coordinateSize(kind); len(point) != want || point[0] != 4 {
		return PublicKey{}, fmt.Errorf("%w: %s point of %d bytes, want 04 and two coordinates: %d", ErrKey, kind, len(point), want)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return PublicKey{}, fmt.Errorf("%w: point is not on %s", ErrKey, kind)
	}
	return PublicKey{Kind: kind, ecdsa: key, bytes: point}, nil
}

// NewRSAKey makes a key from a modulus of 2048, 3072 or 4096 bits, big-endian without leading zeros, with exponent
// 65537. Anything else is ErrKey.
func NewRSAKey(modulus []byte) (PublicKey, error) {
	var kind KeyKind
	switch len(modulus) {
	case 256:
		kind = KeyRSA2048
	case 384:
		kind = KeyRSA3072
	case 512:
		kind = KeyRSA4096
	}
	if kind == 0 || modulus[0] < 0x80 || modulus[len(modulus)-1]&1 == 0 {
		return PublicKey{}, fmt.Errorf("%w: RSA modulus of %d bytes: want an odd one of exactly 2048, 3072 or 4096 bits", ErrKey, len(modulus))
	}
	return PublicKey{Kind: kind, rsa: &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: exponent}, bytes: modulus}, nil
}

// coordinateSize is the size of a curve's coordinates and scalars in bytes, 0 for RSA.
func coordinateSize(kind KeyKind) int {
	switch kind {
	case KeyP256:
		return 32
	case KeyP384:
		return 48
	default:
		return 0
	}
}

// Bytes is the uncompressed point or the modulus. It must not be changed.
func (k PublicKey) Bytes() []byte { return k.bytes }

// KeyHash is the SHA-256 of a SubjectPublicKeyInfo in DER: how roots are pinned and keys are revoked.
type KeyHash [sha256.Size]byte

// parseKey reads a SubjectPublicKeyInfo.
func parseKey(spki []byte) (PublicKey, error) {
	outer, err := der.Single(spki, der.TagSequence)
	if err != nil {
		return PublicKey{}, err
	}
	algorithm, err := outer.Inside(der.TagSequence)
	if err != nil {
		return PublicKey{}, err
	}
	point, err := outer.Bytes()
	if err != nil {
		return PublicKey{}, err
	}
	if err := outer.Close(); err != nil {
		return PublicKey{}, err
	}
	oid, err := algorithm.OID()
	if err != nil {
		return PublicKey{}, err
	}
	switch oid {
	case oidECPublicKey:
		return parseECKey(algorithm, point)
	case oidRSAEncryption:
		return parseRSAKey(algorithm, point)
	default:
		return PublicKey{}, fmt.Errorf("%w: algorithm %x, want EC or RSA", ErrKey, oid)
	}
}

func parseECKey(algorithm der.Reader, point []byte) (PublicKey, error) {
	curve, err := algorithm.OID()
	if err == nil {
		err = algorithm.Close()
	}
	switch {
	case err != nil:
		return PublicKey{}, fmt.Errorf("%w: curve is not given by name: %w", ErrKey, err)
	case curve == oidP256:
		return NewECKey(KeyP256, point)
	case curve == oidP384:
		return NewECKey(KeyP384, point)
	default:
		return PublicKey{}, fmt.Errorf("%w: curve %x, want P-256 or P-384", ErrKey, curve)
	}
}

func parseRSAKey(algorithm der.Reader, key []byte) (PublicKey, error) {
	if err := readNull(&algorithm); err != nil {
		return PublicKey{}, err
	}
	fields, err := der.Single(key, der.TagSequence)
	if err != nil {
		return PublicKey{}, err
	}
	modulus, err := fields.Unsigned(512)
	if err != nil {
		return PublicKey{}, err
	}
	e, err := fields.Small()
	if err == nil {
		err = fields.Close()
	}
	if err != nil {
		return PublicKey{}, err
	}
	if e != exponent {
		return PublicKey{}, fmt.Errorf("%w: RSA exponent %d, want %d", ErrKey, e, exponent)
	}
	return NewRSAKey(modulus)
}

// readNull reads the NULL that RSA's algorithm identifiers carry, and nothing after it.
func readNull(r *der.Reader) error {
	null, err := r.Read(der.TagNull)
	if err != nil {
		return err
	}
	if len(null) > 0 {
		return fmt.Errorf("%w: NULL with content", der.ErrValue)
	}
	return r.Close()
}
