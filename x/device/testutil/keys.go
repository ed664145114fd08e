// Package testutil makes device keys and signed registrations for tests and simulations. It imports no keeper, so that
// the sidecar's tests may use it too. Its keys come from a seed: never use them for anything of value.
package testutil

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	k1ecdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"

	"github.com/joulechain/joule/x/device/types"
)

// Key is a device's key pair.
type Key struct {
	// Public is the public key.
	Public types.PublicKey
	sign   func(msg []byte) []byte
}

// Sign signs a message as types.VerifySignature expects it: 64 bytes.
func (k Key) Sign(msg []byte) []byte { return k.sign(msg) }

// ID is the device's id, 20 bytes.
func (k Key) ID() []byte { return types.DeviceID(k.Public) }

// Text is the device's id in text, jouledev1….
func (k Key) Text() string { return types.FormatDeviceID(k.ID()) }

// NewKey derives a key of the type from a seed of any length; equal seeds give equal keys. It panics on an unknown
// type.
func NewKey(t types.KeyType, seed []byte) Key {
	secret := sha256.Sum256(append([]byte("joule/device/test key/v1"), seed...))
	switch t {
	case types.KEY_TYPE_ED25519:
		return newEd25519Key(secret)
	case types.KEY_TYPE_SECP256R1:
		return newSecp256r1Key(secret)
	case types.KEY_TYPE_SECP256K1:
		return newSecp256k1Key(secret)
	default:
		panic(fmt.Sprintf("device testutil: key type %d is unknown", int32(t)))
	}
}

// NumberedClass is the class that simulations register the n-th key for: every eighth is a disk, since its plots are
// real, and every eighth a radio.
func NumberedClass(n uint64) types.WorkClass {
	if n%8 == 7 {
		return types.WORK_CLASS_DISK
	}
	if n%8 == 6 {
		return types.WORK_CLASS_RADIO
	}
	return types.WORK_CLASS_GPU
}

// NumberedKey is the n-th ed25519 key.
func NumberedKey(n uint64) Key {
	return NewKey(types.KEY_TYPE_ED25519, binary.BigEndian.AppendUint64(nil, n))
}

func newEd25519Key(secret [32]byte) Key {
	priv := ed25519.NewKeyFromSeed(secret[:])
	pub := priv.Public().(ed25519.PublicKey)
	return Key{
		Public: types.PublicKey{Type: types.KEY_TYPE_ED25519, Key: pub},
		sign:   func(msg []byte) []byte { return ed25519.Sign(priv, msg) },
	}
}

func newSecp256k1Key(secret [32]byte) Key {
	priv := secp256k1.PrivKeyFromBytes(secret[:])
	return Key{
		Public: types.PublicKey{Type: types.KEY_TYPE_SECP256K1, Key: priv.PubKey().SerializeCompressed()},
		sign: func(msg []byte) []byte {
			digest := sha256.Sum256(msg)
			sig := k1ecdsa.Sign(priv, digest[:])
			r, s := sig.R(), sig.S()
			rb, sb := r.Bytes(), s.Bytes()
			return append(rb[:], sb[:]...)
		},
	}
}

// newSecp256r1Key's signatures differ from call to call: the standard library blinds its nonces.
func newSecp256r1Key(secret [32]byte) Key {
	curve := elliptic.P256()
	order := curve.Params().N
	scalar := new(big.Int).Mod(new(big.Int).SetBytes(secret[:]), new(big.Int).Sub(order, big.NewInt(1)))
	raw := scalar.Add(scalar, big.NewInt(1)).FillBytes(make([]byte, 32))
	priv, err := ecdsa.ParseRawPrivateKey(curve, raw)
	if err != nil {
		panic(err)
	}
	point, err := priv.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	compressed := append([]byte{2 | point[64]&1}, point[1:33]...)
	return Key{
		Public: types.PublicKey{Type: types.KEY_TYPE_SECP256R1, Key: compressed},
		sign: func(msg []byte) []byte {
			digest := sha256.Sum256(msg)
			r, s, err := ecdsa.Sign(rand.Reader, priv, digest[:])
			if err != nil {
				panic(err)
			}
			if s.Cmp(new(big.Int).Rsh(order, 1)) > 0 {
				s.Sub(order, s)
			}
			return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		},
	}
}
