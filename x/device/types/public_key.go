package types

import (
	"crypto/ecdsa"
	"crypto/elliptic"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/oasisprotocol/curve25519-voi/curve"
)

const (
	// Ed25519KeySize is the size of an ed25519 public key in bytes.
	Ed25519KeySize = 32
	// Secp256KeySize is the size of a compressed secp256r1 or secp256k1 public key in bytes.
	Secp256KeySize = 33
)

// Validate refuses a key that is not exactly one canonical encoding of a usable point (protocol section 2): ed25519
// canonical and not small-order; secp256r1 and secp256k1 compressed and on the curve. Errors are ErrInvalidPublicKey.
//
// Two encodings of one key would be two device ids for one device, and a small-order ed25519 key has signatures that
// hold for every message.
func (pk PublicKey) Validate() error {
	switch pk.Type {
	case KEY_TYPE_ED25519:
		return validateEd25519Key(pk.Key)
	case KEY_TYPE_SECP256R1:
		_, err := parseSecp256r1Key(pk.Key)
		return err
	case KEY_TYPE_SECP256K1:
		_, err := parseSecp256k1Key(pk.Key)
		return err
	default:
		return ErrInvalidPublicKey.Wrapf("key type %d is unknown: want 1 (ed25519), 2 (secp256r1) or 3 (secp256k1)", int32(pk.Type))
	}
}

func validateEd25519Key(key []byte) error {
	if len(key) != Ed25519KeySize {
		return ErrInvalidPublicKey.Wrapf("ed25519 key has %d bytes, want %d", len(key), Ed25519KeySize)
	}
	var compressed curve.CompressedEdwardsY
	if _, err := compressed.SetBytes(key); err != nil {
		return ErrInvalidPublicKey.Wrapf("ed25519 key: %s", err)
	}
	if !compressed.IsCanonicalVartime() {
		return ErrInvalidPublicKey.Wrap("ed25519 key is not the canonical encoding of its point")
	}
	var point curve.EdwardsPoint
	if _, err := point.SetCompressedY(&compressed); err != nil {
		return ErrInvalidPublicKey.Wrap("ed25519 key is not a point of the curve")
	}
	if point.IsSmallOrder() {
		return ErrInvalidPublicKey.Wrap("ed25519 key is a small-order point")
	}
	return nil
}

func parseSecp256r1Key(key []byte) (*ecdsa.PublicKey, error) {
	if err := checkCompressed("secp256r1", key); err != nil {
		return nil, err
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), key)
	if x == nil {
		return nil, ErrInvalidPublicKey.Wrap("secp256r1 key is not a point of the curve")
	}
	uncompressed := make([]byte, 65)
	uncompressed[0] = 4
	x.FillBytes(uncompressed[1:33])
	y.FillBytes(uncompressed[33:])
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), uncompressed)
	if err != nil {
		return nil, ErrInvalidPublicKey.Wrapf("secp256r1 key: %s", err)
	}
	return pub, nil
}

func parseSecp256k1Key(key []byte) (*secp256k1.PublicKey, error) {
	if err := checkCompressed("secp256k1", key); err != nil {
		return nil, err
	}
	pub, err := secp256k1.ParsePubKey(key)
	if err != nil {
		return nil, ErrInvalidPublicKey.Wrap("secp256k1 key is not a point of the curve")
	}
	return pub, nil
}

func checkCompressed(name string, key []byte) error {
	if len(key) != Secp256KeySize {
		return ErrInvalidPublicKey.Wrapf("%s key has %d bytes, want %d (compressed)", name, len(key), Secp256KeySize)
	}
	if key[0] != 2 && key[0] != 3 {
		return ErrInvalidPublicKey.Wrapf("%s key starts with 0x%02x, want 0x02 or 0x03 (compressed)", name, key[0])
	}
	return nil
}
