package radio

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"fmt"
	"math/big"
	"math/rand/v2"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
)

// KeyType is the kind of a device's key, numbered as in x/device.
type KeyType uint8

const (
	// KeyEd25519 is 32 bytes; the message itself is signed, ZIP-215 rules.
	KeyEd25519 KeyType = 1
	// KeySecp256r1 is 33 bytes, compressed (secure elements); SHA-256 of the message is signed, s in the lower half.
	KeySecp256r1 KeyType = 2
)

// PublicKey is a device's key as registered. The chain has checked that it is canonical and of no small order.
type PublicKey struct {
	Type  KeyType
	Bytes []byte
}

// Statement is a message that a key is said to have signed.
type Statement struct {
	Key       PublicKey
	Message   []byte
	Signature [SignatureSize]byte
}

// ed25519Options are ZIP-215's rules, under which one signature and a batch agree.
var ed25519Options = &ed25519.Options{Verify: ed25519.VerifyOptionsZIP_215}

// halfP256Order is ⌊n/2⌋ of secp256r1: a larger s is the mirror image of a valid signature.
var halfP256Order = new(big.Int).Rsh(elliptic.P256().Params().N, 1)

// Verify checks one signature. Every malformed input is false.
func (s Statement) Verify() bool {
	switch s.Key.Type {
	case KeyEd25519:
		return len(s.Key.Bytes) == ed25519.PublicKeySize && ed25519.VerifyWithOptions(s.Key.Bytes, s.Message, s.Signature[:], ed25519Options)
	case KeySecp256r1:
		return verifySecp256r1(s.Key.Bytes, s.Message, s.Signature[:])
	default:
		return false
	}
}

// VerifyBatch checks all statements and says of each whether it holds: the verdicts of Verify, the ed25519 ones in one
// multiplication where all of them hold. At most MaxWitnesses+1 statements, else ErrEvidence.
func VerifyBatch(statements []Statement) ([]bool, error) {
	if len(statements) > MaxWitnesses+1 {
		return nil, fmt.Errorf("%w: %d signatures, at most %d", ErrEvidence, len(statements), MaxWitnesses+1)
	}
	valid := make([]bool, len(statements))
	verifier, batched := ed25519.NewBatchVerifierWithCapacity(len(statements)), make([]int, 0, len(statements))
	for i, s := range statements {
		if s.Key.Type == KeyEd25519 && len(s.Key.Bytes) == ed25519.PublicKeySize {
			verifier.AddWithOptions(s.Key.Bytes, s.Message, s.Signature[:], ed25519Options)
			batched = append(batched, i)
		} else {
			valid[i] = s.Verify()
		}
	}
	if len(batched) == 1 {
		valid[batched[0]] = statements[batched[0]].Verify()
		return valid, nil
	}
	_, each := verifier.Verify(coefficients(statements))
	for at, i := range batched {
		valid[i] = each[at]
	}
	return valid, nil
}

// coefficients is the batch's randomness: a stream keyed by a hash of all keys, messages and signatures. Nobody can fit
// signatures to coefficients that depend on them, and two nodes compute alike to the last bit.
func coefficients(statements []Statement) *rand.ChaCha8 {
	h := sha256.New()
	h.Write([]byte("joule/radio/v1/batch"))
	for _, s := range statements {
		h.Write(appendField([]byte{byte(s.Key.Type)}, s.Key.Bytes))
		h.Write(appendField(nil, s.Message))
		h.Write(s.Signature[:])
	}
	return rand.NewChaCha8([32]byte(h.Sum(nil)))
}

func verifySecp256r1(key, message, signature []byte) bool {
	if len(key) != 33 || key[0] != 2 && key[0] != 3 {
		return false
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), key)
	if x == nil {
		return false
	}
	uncompressed := make([]byte, 65)
	uncompressed[0] = 4
	x.FillBytes(uncompressed[1:33])
	y.FillBytes(uncompressed[33:])
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), uncompressed)
	if err != nil {
		return false
	}
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if s.Cmp(halfP256Order) > 0 {
		return false
	}
	digest := sha256.Sum256(message)
	return ecdsa.Verify(public, digest[:], r, s)
}
