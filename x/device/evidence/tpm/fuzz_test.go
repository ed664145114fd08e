package tpm

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// FuzzVerifyCertification: no panic, and only what the TPM signed about this key passes.
func FuzzVerifyCertification(f *testing.F) {
	v := loadVectors(f)
	var holders []Holder
	for i, a := range v.Keys {
		holder, err := VerifyAttestationChain(anchors(f, a.Chain, x509chain.OIDAttestationKey), a.Chain, testTime)
		require.NoError(f, err)
		holders = append(holders, holder)
		f.Add(byte(i), v.Device, a.Attest, a.Signature)
		f.Add(byte(i+1), v.Loose, a.Attest, a.Signature)
	}
	f.Add(byte(0), []byte{}, []byte{}, []byte{})
	nonce := [NonceSize]byte(v.Nonce)
	f.Fuzz(func(t *testing.T, i byte, device, attest, signature []byte) {
		at := int(i) % len(holders)
		got, err := VerifyCertification(holders[at].Key, nonce, device, attest, signature)
		if err == nil {
			require.Equal(t, v.Device, device)
			require.Equal(t, v.Keys[at].Attest, attest)
			require.Equal(t, nameOf(device), got.Name)
		}
	})
}

// FuzzParsePublic: no panic, and a name that is the hash of the bytes.
func FuzzParsePublic(f *testing.F) {
	v := loadVectors(f)
	for _, a := range v.Keys {
		f.Add(a.Public)
	}
	f.Add(v.Device)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := ParsePublic(raw)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(raw), MaxPublicSize)
		require.NotZero(t, p.Key.Kind)
		if raw[3] == algSHA256 {
			require.Equal(t, nameOf(raw), p.Name)
		}
		if ak, err := ParseAttestationKey(raw); err == nil {
			require.NotZero(t, ak.Attributes&AttributeRestricted)
		}
	})
}

// FuzzVerifyActivation: no panic, and only the credential that the secret makes passes.
func FuzzVerifyActivation(f *testing.F) {
	v := loadVectors(f)
	for i := range v.EKs {
		f.Add(byte(i), v.EKs[i].Secret, v.EKs[i].Blob)
	}
	f.Add(byte(0), make([]byte, SecretSize), []byte{})
	var keys []x509chain.PublicKey
	var name []byte
	for i := range v.EKs {
		ek, ak := endorsement(f, v, i)
		keys, name = append(keys, ek), ak
	}
	f.Fuzz(func(t *testing.T, i byte, secret, blob []byte) {
		if len(secret) != SecretSize {
			return
		}
		ek := keys[int(i)%len(keys)]
		want, err := NewCredential(ek, name, [SecretSize]byte(secret))
		require.NoError(t, err)
		nonce := [NonceSize]byte{}
		err = VerifyActivation(ek, name, [SecretSize]byte(secret), blob, Response(want.Value, nonce), nonce)
		require.Equal(t, bytes.Equal(want.Blob, blob), err == nil)
	})
}
