package vrf

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519/extra/ecvrf"
)

const (
	// KeySize is the length of a public key in bytes.
	KeySize = 32
	// ProofSize is the length of a proof in bytes: gamma (32), c (16), s (32).
	ProofSize = ecvrf.ProofSize
	// OutputSize is the length of a VRF output in bytes.
	OutputSize = ecvrf.OutputSize

	scalarOffset = 48 // of s in a proof
)

var (
	// ErrInvalidKey refuses a public key: wrong length, not canonical, off the curve or of low order.
	ErrInvalidKey = errors.New("invalid ECVRF public key")
	// ErrInvalidProof refuses a proof: wrong length, not canonical, or not the key's proof over the input.
	ErrInvalidProof = errors.New("invalid ECVRF proof")
)

// ValidateKey applies RFC 9381 section 5.4.5 (validate_key) and demands the canonical encoding.
// A key of low order has the same output for every input, so that everyone would know it in advance.
func ValidateKey(key []byte) error {
	if len(key) != KeySize {
		return fmt.Errorf("%w: %d bytes; want %d", ErrInvalidKey, len(key), KeySize)
	}
	point, err := decodePoint(key)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrInvalidKey, err)
	}
	if point.IsSmallOrder() {
		return fmt.Errorf("%w: the point has low order; generate a key from a random seed", ErrInvalidKey)
	}
	return nil
}

// decodePoint accepts one encoding per point: it decodes, encodes again and compares.
func decodePoint(encoded []byte) (*curve.EdwardsPoint, error) {
	var compressed, again curve.CompressedEdwardsY
	if _, err := compressed.SetBytes(encoded); err != nil {
		return nil, errors.New("malformed point")
	}
	var point curve.EdwardsPoint
	if _, err := point.SetCompressedY(&compressed); err != nil {
		return nil, errors.New("not a point of the curve")
	}
	if again.SetEdwardsPoint(&point); !bytes.Equal(again[:], encoded) {
		return nil, errors.New("not the canonical encoding of its point")
	}
	return &point, nil
}

// CheckProofEncoding refuses a proof that is not the only encoding of its fields. It costs one decompression and says
// nothing about validity. A key's holder can still make several valid proofs for one input; their output is one.
func CheckProofEncoding(proof []byte) error {
	if len(proof) != ProofSize {
		return fmt.Errorf("%w: %d bytes; want %d", ErrInvalidProof, len(proof), ProofSize)
	}
	if _, err := decodePoint(proof[:KeySize]); err != nil {
		return fmt.Errorf("%w: gamma is %s", ErrInvalidProof, err)
	}
	if !scalar.ScMinimalVartime(proof[scalarOffset:]) {
		return fmt.Errorf("%w: s is not reduced modulo the group order", ErrInvalidProof)
	}
	return nil
}

// Verify checks a proof over input under key and returns its output of OutputSize bytes.
// For a valid key every input has exactly one output (full uniqueness), whoever made the key.
func Verify(key, proof, input []byte) ([]byte, error) {
	if err := ValidateKey(key); err != nil {
		return nil, err
	}
	if err := CheckProofEncoding(proof); err != nil {
		return nil, err
	}
	ok, output := ecvrf.Verify(key, proof, input)
	if !ok {
		return nil, fmt.Errorf("%w: it does not verify under this key and input", ErrInvalidProof)
	}
	return output, nil
}
