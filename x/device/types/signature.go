package types

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"math/big"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	k1ecdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
)

// SignatureSize is the size of every device signature in bytes: ed25519's R ‖ S, or ECDSA's r ‖ s, each 32 bytes
// big-endian.
const SignatureSize = 64

// Gas that checking one device signature costs, in proportion to the time it takes (37, 88 and 160 µs on the reference
// machine).
const (
	SignatureGasEd25519   uint64 = 1_000
	SignatureGasSecp256r1 uint64 = 2_400
	SignatureGasSecp256k1 uint64 = 4_300
)

// ed25519Options are ZIP-215's rules: the same verdict alone and in a batch. The library's default is another rule.
var ed25519Options = &ed25519.Options{Verify: ed25519.VerifyOptionsZIP_215}

// halfP256Order is ⌊n/2⌋ of secp256r1: a larger s is the mirror image of a valid signature.
var halfP256Order = new(big.Int).Rsh(elliptic.P256().Params().N, 1)

// VerifySignature checks a device's signature over msg (protocol section 2). It checks the key as PublicKey.Validate
// does. ed25519 signs msg itself (ZIP-215 rules); secp256r1 and secp256k1 sign SHA-256(msg), with low s. Errors are
// ErrInvalidPublicKey and ErrInvalidSignature.
func VerifySignature(pk PublicKey, msg, sig []byte) error {
	if len(sig) != SignatureSize {
		return ErrInvalidSignature.Wrapf("signature has %d bytes, want %d", len(sig), SignatureSize)
	}
	switch pk.Type {
	case KEY_TYPE_SECP256R1:
		return verifySecp256r1(pk.Key, msg, sig)
	case KEY_TYPE_SECP256K1:
		return verifySecp256k1(pk.Key, msg, sig)
	default:
		if err := pk.Validate(); err != nil {
			return err
		}
		if !ed25519.VerifyWithOptions(pk.Key, msg, sig, ed25519Options) {
			return ErrInvalidSignature.Wrap("ed25519 signature does not hold for this key and message")
		}
		return nil
	}
}

// SignatureGas is the gas of one VerifySignature with a key of the type.
func SignatureGas(t KeyType) uint64 {
	switch t {
	case KEY_TYPE_SECP256R1:
		return SignatureGasSecp256r1
	case KEY_TYPE_SECP256K1:
		return SignatureGasSecp256k1
	default:
		return SignatureGasEd25519
	}
}

func verifySecp256r1(key, msg, sig []byte) error {
	pub, err := parseSecp256r1Key(key)
	if err != nil {
		return err
	}
	r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
	if s.Cmp(halfP256Order) > 0 {
		return ErrInvalidSignature.Wrap("secp256r1 signature has a high s: send n − s instead")
	}
	digest := sha256.Sum256(msg)
	if !ecdsa.Verify(pub, digest[:], r, s) {
		return ErrInvalidSignature.Wrap("secp256r1 signature does not hold for this key and message")
	}
	return nil
}

func verifySecp256k1(key, msg, sig []byte) error {
	pub, err := parseSecp256k1Key(key)
	if err != nil {
		return err
	}
	var r, s secp256k1.ModNScalar
	if r.SetByteSlice(sig[:32]) || s.SetByteSlice(sig[32:]) || r.IsZero() || s.IsZero() {
		return ErrInvalidSignature.Wrap("secp256k1 signature has r or s outside 1..n−1")
	}
	if s.IsOverHalfOrder() {
		return ErrInvalidSignature.Wrap("secp256k1 signature has a high s: send n − s instead")
	}
	digest := sha256.Sum256(msg)
	if !k1ecdsa.NewSignature(&r, &s).Verify(digest[:], pub) {
		return ErrInvalidSignature.Wrap("secp256k1 signature does not hold for this key and message")
	}
	return nil
}
