package tpmkey

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"math/big"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// UniqueSize is the size of the bytes that tell one device's key from another's, in bytes.
const UniqueSize = 32

// Key is a device's key in a TPM.
type Key struct {
	// Unique is what the TPM makes the key from, beside its own seed. It is no secret.
	Unique [UniqueSize]byte
	// Public is the compressed P-256 point; the TPM must make exactly this one.
	Public [33]byte
}

// ECDSA is the public key for verifying; an error wraps ErrTPM where Public is no point of P-256.
func (k Key) ECDSA() (*ecdsa.PublicKey, error) {
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), k.Public[:])
	if x == nil {
		return nil, fmt.Errorf("%w: %x is no point of P-256", ErrTPM, k.Public)
	}
	point := make([]byte, 65)
	point[0] = 4
	x.FillBytes(point[1:33])
	y.FillBytes(point[33:])
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
}

// deviceTemplate is a P-256 key that signs anything, was made by the TPM and never leaves it.
func deviceTemplate(unique [UniqueSize]byte) tpm2.TPMTPublic {
	return signingTemplate(unique, false)
}

// attestationTemplate is a key that signs only what the TPM itself says. It has nothing unique: a TPM has one.
func attestationTemplate() tpm2.TPMTPublic { return signingTemplate([UniqueSize]byte{}, true) }

func signingTemplate(unique [UniqueSize]byte, restricted bool) tpm2.TPMTPublic {
	return tpm2.TPMTPublic{
		Type: tpm2.TPMAlgECC, NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{
			FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, UserWithAuth: true, NoDA: true, SignEncrypt: true, Restricted: restricted,
		},
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{
			Scheme: tpm2.TPMTECCScheme{
				Scheme: tpm2.TPMAlgECDSA, Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSigSchemeECDSA{HashAlg: tpm2.TPMAlgSHA256}),
			},
			CurveID: tpm2.TPMECCNistP256,
		}),
		Unique: tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{
			X: tpm2.TPM2BECCParameter{Buffer: unique[:]}, Y: tpm2.TPM2BECCParameter{Buffer: make([]byte, UniqueSize)},
		}),
	}
}

// loaded is a key that the TPM has made for a while.
type loaded struct {
	handle tpm2.AuthHandle
	public []byte // TPMT_PUBLIC
	point  *tpm2.TPMSECCPoint
}

// primary makes a key and hands it to use; it is gone afterwards.
func primary(t transport.TPM, hierarchy tpm2.TPMHandle, template tpm2.TPMTPublic, use func(loaded) error) error {
	r, err := tpm2.CreatePrimary{
		PrimaryHandle: tpm2.AuthHandle{Handle: hierarchy, Auth: tpm2.PasswordAuth(nil)}, InPublic: tpm2.New2B(template),
	}.Execute(t)
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	public, err := r.OutPublic.Contents()
	if err == nil {
		l := loaded{handle: tpm2.AuthHandle{Handle: r.ObjectHandle, Name: r.Name, Auth: tpm2.PasswordAuth(nil)}, public: r.OutPublic.Bytes()}
		if public.Type == tpm2.TPMAlgECC {
			l.point, err = public.Unique.ECC()
		}
		if err == nil {
			err = use(l)
		}
	}
	if flushed := flush(t, r.ObjectHandle); err == nil {
		err = flushed
	}
	return err
}

// compressed is the point in 33 bytes.
func (l loaded) compressed() [33]byte {
	x, y := new(big.Int).SetBytes(l.point.X.Buffer), new(big.Int).SetBytes(l.point.Y.Buffer)
	return [33]byte(elliptic.MarshalCompressed(elliptic.P256(), x, y))
}

// NewKey has the TPM make a key.
func (t *TPM) NewKey() (Key, error) {
	var k Key
	if _, err := rand.Read(k.Unique[:]); err != nil {
		return Key{}, err
	}
	err := t.use(func(c transport.TPM) error {
		return primary(c, tpm2.TPMRHOwner, deviceTemplate(k.Unique), func(l loaded) error {
			k.Public = l.compressed()
			return nil
		})
	})
	return k, err
}

// with makes the key and checks that it is the one that the file names.
func (k Key) with(c transport.TPM, use func(loaded) error) error {
	return primary(c, tpm2.TPMRHOwner, deviceTemplate(k.Unique), func(l loaded) error {
		if got := l.compressed(); !bytes.Equal(got[:], k.Public[:]) {
			return fmt.Errorf("%w: it makes %x, the file has %x: the TPM was cleared, or the file belongs to another machine; register a new key", ErrChanged, got, k.Public)
		}
		return use(l)
	})
}

// Sign signs a SHA-256 digest. r and s are as the TPM gives them: s may be in its high half, and no two signatures are
// alike.
func (t *TPM) Sign(k Key, digest [32]byte) (r, s *big.Int, err error) {
	err = t.use(func(c transport.TPM) error {
		return k.with(c, func(l loaded) error {
			signed, err := tpm2.Sign{
				KeyHandle: l.handle, Digest: tpm2.TPM2BDigest{Buffer: digest[:]},
				InScheme: tpm2.TPMTSigScheme{
					Scheme: tpm2.TPMAlgECDSA, Details: tpm2.NewTPMUSigScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSchemeHash{HashAlg: tpm2.TPMAlgSHA256}),
				},
				Validation: tpm2.TPMTTKHashCheck{Tag: tpm2.TPMSTHashCheck, Hierarchy: tpm2.TPMRHNull},
			}.Execute(c)
			if err != nil {
				return fmt.Errorf("signing: %w", err)
			}
			sig, err := signed.Signature.Signature.ECDSA()
			if err != nil {
				return err
			}
			r, s = new(big.Int).SetBytes(sig.SignatureR.Buffer), new(big.Int).SetBytes(sig.SignatureS.Buffer)
			return nil
		})
	})
	return r, s, err
}
