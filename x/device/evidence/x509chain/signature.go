package x509chain

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"math/big"

	"github.com/joulechain/joule/x/device/evidence/der"
)

// Hash is the hash that a signature is made over.
type Hash uint8

// Hashes. SHA-1 is refused everywhere.
const (
	SHA256 Hash = 1
	SHA384 Hash = 2
	SHA512 Hash = 3
)

// Sum hashes a message; nil for an unknown hash.
func (h Hash) Sum(message []byte) []byte {
	switch h {
	case SHA256:
		sum := sha256.Sum256(message)
		return sum[:]
	case SHA384:
		sum := sha512.Sum384(message)
		return sum[:]
	case SHA512:
		sum := sha512.Sum512(message)
		return sum[:]
	default:
		return nil
	}
}

func (h Hash) id() crypto.Hash {
	switch h {
	case SHA256:
		return crypto.SHA256
	case SHA384:
		return crypto.SHA384
	default:
		return crypto.SHA512
	}
}

// Algorithm is a certificate's signature algorithm: ECDSA, or RSA with PKCS #1 v1.5 padding.
type Algorithm struct {
	RSA  bool
	Hash Hash
}

// parseAlgorithm reads an AlgorithmIdentifier: no parameters with ECDSA, NULL with RSA.
func parseAlgorithm(identifier []byte) (Algorithm, error) {
	r, err := der.Single(identifier, der.TagSequence)
	if err != nil {
		return Algorithm{}, err
	}
	oid, err := r.OID()
	if err != nil {
		return Algorithm{}, err
	}
	var a Algorithm
	switch oid {
	case oidECDSASHA256:
		a = Algorithm{Hash: SHA256}
	case oidECDSASHA384:
		a = Algorithm{Hash: SHA384}
	case oidECDSASHA512:
		a = Algorithm{Hash: SHA512}
	case oidRSASHA256:
		a = Algorithm{RSA: true, Hash: SHA256}
	case oidRSASHA384:
		a = Algorithm{RSA: true, Hash: SHA384}
	case oidRSASHA512:
		a = Algorithm{RSA: true, Hash: SHA512}
	default:
		return Algorithm{}, fmt.Errorf("%w: %x, want ECDSA or RSA PKCS #1 v1.5 with SHA-256, 384 or 512", ErrAlgorithm, oid)
	}
	if a.RSA {
		return a, readNull(&r)
	}
	return a, r.Close()
}

// VerifyRaw checks an ECDSA signature given as numbers r and s, big-endian, at most as long as the curve's order. s may
// lie in the upper half: chips produce both, so a signature is malleable and must never identify what it signs.
func (k PublicKey) VerifyRaw(hash Hash, message, r, s []byte) bool {
	size := coordinateSize(k.Kind)
	if k.ecdsa == nil || len(r) > size || len(s) > size {
		return false
	}
	digest := hash.Sum(message)
	return digest != nil && ecdsa.Verify(k.ecdsa, digest, new(big.Int).SetBytes(r), new(big.Int).SetBytes(s))
}

// VerifyRSA checks an RSA signature with PKCS #1 v1.5 padding, exactly as long as the modulus.
func (k PublicKey) VerifyRSA(hash Hash, message, signature []byte) bool {
	if k.rsa == nil || len(signature) != len(k.bytes) {
		return false
	}
	digest := hash.Sum(message)
	return digest != nil && rsa.VerifyPKCS1v15(k.rsa, hash.id(), digest, signature) == nil
}

// verify checks a certificate's signature. An ECDSA signature is SEQUENCE { r, s } in strict DER.
func (k PublicKey) verify(a Algorithm, message, signature []byte) error {
	if a.RSA != (k.rsa != nil) {
		return fmt.Errorf("%w: the issuer has a %s key", ErrAlgorithm, k.Kind)
	}
	valid := false
	if a.RSA {
		valid = k.VerifyRSA(a.Hash, message, signature)
	} else {
		r, s, err := splitSignature(signature, coordinateSize(k.Kind))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSignature, err)
		}
		valid = k.VerifyRaw(a.Hash, message, r, s)
	}
	if !valid {
		return fmt.Errorf("%w: it does not hold under the issuer's %s key", ErrSignature, k.Kind)
	}
	return nil
}

func splitSignature(signature []byte, size int) (r, s []byte, err error) {
	fields, err := der.Single(signature, der.TagSequence)
	if err != nil {
		return nil, nil, err
	}
	if r, err = fields.Unsigned(size); err != nil {
		return nil, nil, err
	}
	if s, err = fields.Unsigned(size); err != nil {
		return nil, nil, err
	}
	return r, s, fields.Close()
}
