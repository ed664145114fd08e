package keys

import (
	"bytes"
	"fmt"
	"os"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/bech32"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
)

// Bech32Prefix is the prefix of account addresses.
const Bech32Prefix = "joule"

// Account signs transactions.
type Account interface {
	// Address is the account's address, joule1….
	Address() string
	// PubKey is the account's secp256k1 key.
	PubKey() cryptotypes.PubKey
	// Sign signs a transaction's sign bytes (SIGN_MODE_DIRECT).
	Sign(signBytes []byte) ([]byte, error)
}

// Address shows 20 bytes as joule1….
func Address(raw []byte) (string, error) { return bech32.ConvertAndEncode(Bech32Prefix, raw) }

// NewAccount makes an account key and writes it to path, encrypted if the passphrase is not empty.
func NewAccount(path string, passphrase []byte) (Account, error) {
	k := secp256k1.GenPrivKey()
	r, err := build(KindAccount, TypeSecp256k1, k.PubKey().Bytes(), k.Key, passphrase)
	if err != nil {
		return nil, err
	}
	if err := write(path, r); err != nil {
		return nil, err
	}
	return newFileAccount(k)
}

// LoadAccount reads an account key file; ask is called only if it is encrypted.
func LoadAccount(path string, ask Passphrase) (Account, error) {
	r, err := read(path)
	if err != nil {
		return nil, err
	}
	if r.Kind != KindAccount {
		return nil, fmt.Errorf("%s: %w: it is a %s key and must be an account key", path, ErrWrongKind, r.Kind)
	}
	secret, err := r.open(path, ask)
	if err != nil {
		return nil, err
	}
	if r.Type != TypeSecp256k1 || len(secret) != secp256k1.PrivKeySize {
		return nil, fmt.Errorf("%s: %w: an account key is secp256k1 with a secret of %d bytes", path, ErrNotAKey, secp256k1.PrivKeySize)
	}
	k := &secp256k1.PrivKey{Key: secret}
	if !bytes.Equal(k.PubKey().Bytes(), r.PublicKey) {
		return nil, fmt.Errorf("%s: %w: public_key does not belong to the secret", path, ErrNotAKey)
	}
	return newFileAccount(k)
}

type fileAccount struct {
	key     *secp256k1.PrivKey
	address string
}

func newFileAccount(k *secp256k1.PrivKey) (Account, error) {
	addr, err := Address(k.PubKey().Address())
	if err != nil {
		return nil, err
	}
	return fileAccount{key: k, address: addr}, nil
}

func (a fileAccount) Address() string                 { return a.address }
func (a fileAccount) PubKey() cryptotypes.PubKey      { return a.key.PubKey() }
func (a fileAccount) Sign(msg []byte) ([]byte, error) { return a.key.Sign(msg) }
func (a fileAccount) String() string                  { return "account " + a.address }
func (a fileAccount) GoString() string                { return a.String() }

// OpenKeyring opens a key of the SDK's keyring; backend is os, file or test, and the file backend asks for its
// passphrase on the terminal.
func OpenKeyring(backend, dir, name string) (Account, error) {
	reg := codectypes.NewInterfaceRegistry()
	cryptocodec.RegisterInterfaces(reg)
	ring, err := keyring.New("joule", backend, dir, os.Stdin, codec.NewProtoCodec(reg))
	if err != nil {
		return nil, fmt.Errorf("keyring %s in %s: %w", backend, dir, err)
	}
	rec, err := ring.Key(name)
	if err != nil {
		return nil, fmt.Errorf("keyring %s in %s has no key %q: list them with `jouled keys list --keyring-backend %s`: %w", backend, dir, name, backend, err)
	}
	pub, err := rec.GetPubKey()
	if err != nil {
		return nil, err
	}
	addr, err := Address(pub.Address())
	if err != nil {
		return nil, err
	}
	return keyringAccount{ring: ring, name: name, address: addr, pub: pub}, nil
}

type keyringAccount struct {
	ring    keyring.Keyring
	name    string
	address string
	pub     cryptotypes.PubKey
}

func (a keyringAccount) Address() string            { return a.address }
func (a keyringAccount) PubKey() cryptotypes.PubKey { return a.pub }
func (a keyringAccount) Sign(msg []byte) ([]byte, error) {
	sig, _, err := a.ring.Sign(a.name, msg, signing.SignMode_SIGN_MODE_DIRECT)
	return sig, err
}

// ParseAddress checks an account address of this chain and returns its bytes.
func ParseAddress(s string) (sdk.AccAddress, error) {
	prefix, raw, err := bech32.DecodeAndConvert(s)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", s, err)
	}
	if prefix != Bech32Prefix {
		return nil, fmt.Errorf("address %q begins with %q and must begin with %q", s, prefix, Bech32Prefix)
	}
	if err := sdk.VerifyAddressFormat(raw); err != nil {
		return nil, fmt.Errorf("address %q: %w", s, err)
	}
	return raw, nil
}
