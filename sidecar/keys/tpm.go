package keys

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"fmt"
	"math/big"

	"github.com/joulechain/joule/sidecar/keys/tpmkey"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

// tpmPart says where a key lives that is in no file.
type tpmPart struct {
	// Address is the TPM's: /dev/tpmrm0, unix:PATH or tcp:HOST:PORT.
	Address string `json:"address"`
	// Unique is what the TPM makes the key from beside its own seed, 32 bytes.
	Unique []byte `json:"unique"`
}

// TPMSigner is a device key in a TPM.
type TPMSigner struct {
	// TPM and Key are what an attestation of the key needs.
	TPM *tpmkey.TPM
	Key tpmkey.Key
}

// NewTPMDevice has the TPM at an address make a device key and writes to path what finds it again. Existing files are
// never replaced.
func NewTPMDevice(path, address string) (Signer, error) {
	t, err := tpmkey.New(address)
	if err != nil {
		return nil, err
	}
	k, err := t.NewKey()
	if err != nil {
		return nil, err
	}
	s := &TPMSigner{TPM: t, Key: k}
	return s, write(path, record{
		Version: fileVersion, Kind: KindDevice, Type: TypeTPM, PublicKey: k.Public[:], TPM: &tpmPart{Address: t.Address(), Unique: k.Unique[:]},
	})
}

// tpmSigner reads the file only; the TPM is asked when something is signed.
func tpmSigner(r record) (*TPMSigner, error) {
	s := &TPMSigner{}
	if r.Type != TypeTPM || len(r.PublicKey) != len(s.Key.Public) || len(r.TPM.Unique) != tpmkey.UniqueSize {
		return nil, fmt.Errorf("%w: type %s with a TPM's place needs type %s, a public key of %d and unique of %d bytes", ErrNotAKey, r.Type, TypeTPM,
			len(s.Key.Public), tpmkey.UniqueSize)
	}
	if x, _ := elliptic.UnmarshalCompressed(elliptic.P256(), r.PublicKey); x == nil {
		return nil, fmt.Errorf("%w: public_key is no point of P-256", ErrNotAKey)
	}
	t, err := tpmkey.New(r.TPM.Address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotAKey, err)
	}
	s.TPM, s.Key = t, tpmkey.Key{Unique: [tpmkey.UniqueSize]byte(r.TPM.Unique), Public: [33]byte(r.PublicKey)}
	return s, nil
}

// PublicKey implements Signer.
func (s *TPMSigner) PublicKey() devicetypes.PublicKey {
	return devicetypes.PublicKey{Type: devicetypes.KEY_TYPE_SECP256R1, Key: bytes.Clone(s.Key.Public[:])}
}

// DeviceID implements Signer.
func (s *TPMSigner) DeviceID() []byte { return devicetypes.DeviceID(s.PublicKey()) }

// String tells nothing secret.
func (s *TPMSigner) String() string { return "secp256r1 device key in the TPM at " + s.TPM.Address() }

// Sign implements Signer. A TPM draws a nonce for each signature: signing twice gives two signatures of one statement,
// and both hold. What the TPM returns is checked before it is used.
func (s *TPMSigner) Sign(msg []byte) ([]byte, error) {
	digest := sha256.Sum256(msg)
	r, sig, err := s.TPM.Sign(s.Key, digest)
	if err != nil {
		return nil, err
	}
	if !s.holds(digest, r, sig) {
		return nil, fmt.Errorf("%w: its signature does not hold under the key that it made", tpmkey.ErrTPM)
	}
	return raw(r, sig), nil
}

func (s *TPMSigner) holds(digest [32]byte, r, sig *big.Int) bool {
	key, err := s.Key.ECDSA()
	return err == nil && ecdsa.Verify(key, digest[:], r, sig)
}
