package tpmkey

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// Statement is what an attestation key says of a device's key, in the bytes that x/device/evidence/tpm reads.
type Statement struct {
	// Public is the device key's TPMT_PUBLIC, Attest the TPMS_ATTEST and Signature the TPMT_SIGNATURE.
	Public, Attest, Signature []byte
}

// AttestationKey is the key that makes statements: the one that the TPM makes from our template, or an existing one at
// a persistent handle, as clouds provide it.
type AttestationKey struct {
	// Handle is 0 for the TPM's own, else 0x81000000…0x81ffffff.
	Handle uint32
}

// Validate names what is wrong with the handle.
func (a AttestationKey) Validate() error {
	if a.Handle != 0 && a.Handle>>24 != uint32(tpm2.TPMHTPersistent) {
		return fmt.Errorf("%w: attestation key 0x%08x must be a persistent handle, 0x81000000 to 0x81ffffff", ErrAddress, a.Handle)
	}
	return nil
}

func (a AttestationKey) with(c transport.TPM, use func(loaded) error) error {
	if a.Handle == 0 {
		return primary(c, tpm2.TPMRHEndorsement, attestationTemplate(), use)
	}
	r, err := tpm2.ReadPublic{ObjectHandle: tpm2.TPMHandle(a.Handle)}.Execute(c)
	if err != nil {
		return fmt.Errorf("attestation key 0x%08x: %w", a.Handle, err)
	}
	return use(loaded{
		handle: tpm2.AuthHandle{Handle: tpm2.TPMHandle(a.Handle), Name: r.Name, Auth: tpm2.PasswordAuth(nil)}, public: r.OutPublic.Bytes(),
	})
}

// Public is the attestation key's TPMT_PUBLIC, what an authority certifies.
func (t *TPM) Public(a AttestationKey) (public []byte, err error) {
	err = t.use(func(c transport.TPM) error {
		return a.with(c, func(l loaded) error {
			public = l.public
			return nil
		})
	})
	return public, err
}

// Certify has the attestation key sign the device key's name and a nonce (TPM2_Certify).
func (t *TPM) Certify(k Key, a AttestationKey, nonce [32]byte) (s Statement, err error) {
	err = t.use(func(c transport.TPM) error {
		return k.with(c, func(device loaded) error {
			return a.with(c, func(ak loaded) error {
				r, err := tpm2.Certify{
					ObjectHandle: device.handle, SignHandle: ak.handle, QualifyingData: tpm2.TPM2BData{Buffer: nonce[:]},
					InScheme: tpm2.TPMTSigScheme{Scheme: tpm2.TPMAlgNull},
				}.Execute(c)
				if err != nil {
					return fmt.Errorf("certifying: %w", err)
				}
				s = Statement{Public: device.public, Attest: r.CertifyInfo.Bytes(), Signature: tpm2.Marshal(r.Signature)}
				return nil
			})
		})
	})
	return s, err
}

// endorsement is the handle at which the TCG's profile keeps the endorsement key that an authority checks.
const (
	endorsementRSA = 0x81010001
	// IndexRSA is where its certificate is kept.
	IndexRSA = 0x01c00002
)

// Activate opens a credential that an authority made for the endorsement key and the attestation key together: what it
// returns shows the authority that one TPM has both. blob is TPM2B_ID_OBJECT ‖ TPM2B_ENCRYPTED_SECRET.
func (t *TPM) Activate(a AttestationKey, blob []byte) (value []byte, err error) {
	identity, rest, ok := cutSized(blob)
	secret, rest, ok2 := cutSized(rest)
	if !ok || !ok2 || len(rest) > 0 {
		return nil, errors.New("the credential is not TPM2B_ID_OBJECT and TPM2B_ENCRYPTED_SECRET one after the other")
	}
	err = t.use(func(c transport.TPM) error {
		return a.with(c, func(ak loaded) error {
			return withEndorsement(c, func(ek tpm2.TPMHandle, name tpm2.TPM2BName) error {
				r, err := tpm2.ActivateCredential{
					ActivateHandle: ak.handle,
					KeyHandle:      tpm2.AuthHandle{Handle: ek, Name: name, Auth: tpm2.Policy(tpm2.TPMAlgSHA256, 16, endorsementPolicy)},
					CredentialBlob: tpm2.TPM2BIDObject{Buffer: identity}, Secret: tpm2.TPM2BEncryptedSecret{Buffer: secret},
				}.Execute(c)
				if err != nil {
					return fmt.Errorf("opening the credential: %w", err)
				}
				value = r.CertInfo.Buffer
				return nil
			})
		})
	})
	return value, err
}

// withEndorsement uses the RSA endorsement key: the persistent one, or one made from the TCG's template.
func withEndorsement(c transport.TPM, use func(tpm2.TPMHandle, tpm2.TPM2BName) error) error {
	if r, err := (tpm2.ReadPublic{ObjectHandle: tpm2.TPMHandle(endorsementRSA)}).Execute(c); err == nil {
		return use(tpm2.TPMHandle(endorsementRSA), r.Name)
	}
	return primary(c, tpm2.TPMRHEndorsement, tpm2.RSAEKTemplate, func(l loaded) error { return use(l.handle.Handle, l.handle.Name) })
}

// endorsementPolicy is the policy of the TCG's template: knowledge of the endorsement hierarchy's password, empty as a
// rule.
func endorsementPolicy(c transport.TPM, session tpm2.TPMISHPolicy, nonce tpm2.TPM2BNonce) error {
	_, err := tpm2.PolicySecret{
		AuthHandle:    tpm2.AuthHandle{Handle: tpm2.TPMRHEndorsement, Auth: tpm2.PasswordAuth(nil)},
		PolicySession: session, NonceTPM: nonce,
	}.Execute(c)
	return err
}

func cutSized(b []byte) (field, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b)) + 2
	if n > len(b) {
		return nil, nil, false
	}
	return b[2:n], b[n:], true
}

// maxIndex bounds what is read of an NV index, in bytes: certificates have at most 3,072.
const maxIndex = 4096

// ReadIndex reads an NV index: a certificate.
func (t *TPM) ReadIndex(index uint32) (value []byte, err error) {
	err = t.use(func(c transport.TPM) error {
		value = nil
		r, err := tpm2.NVReadPublic{NVIndex: tpm2.TPMHandle(index)}.Execute(c)
		if err != nil {
			return fmt.Errorf("NV index 0x%08x: %w", index, err)
		}
		public, err := r.NVPublic.Contents()
		if err != nil {
			return err
		}
		if public.DataSize > maxIndex {
			return fmt.Errorf("NV index 0x%08x has %d bytes, at most %d are read", index, public.DataSize, maxIndex)
		}
		for len(value) < int(public.DataSize) {
			part, err := tpm2.NVRead{
				AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
				NVIndex:    tpm2.NamedHandle{Handle: tpm2.TPMHandle(index), Name: r.NVName},
				Size:       min(512, public.DataSize-uint16(len(value))), Offset: uint16(len(value)),
			}.Execute(c)
			if err != nil {
				return fmt.Errorf("NV index 0x%08x: %w", index, err)
			}
			if len(part.Data.Buffer) == 0 {
				return fmt.Errorf("NV index 0x%08x ends early", index)
			}
			value = append(value, part.Data.Buffer...)
		}
		return nil
	})
	return value, err
}
