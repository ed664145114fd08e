package tpm

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// endorsement is a vector's EK with the name of the first AK.
func endorsement(tb testing.TB, v vectors, i int) (ek x509chain.PublicKey, name []byte) {
	tb.Helper()
	holder, err := VerifyEndorsementChain(anchors(tb, v.EKs[i].Chain, ""), v.EKs[i].Chain, testTime)
	require.NoError(tb, err)
	ak, err := ParseAttestationKey(v.Keys[0].Public)
	require.NoError(tb, err)
	return holder.Key, ak.Name
}

// TestActivation: only the value for this EK, this AK, this secret and this nonce is accepted, and it is told who is at
// fault.
func TestActivation(t *testing.T) {
	v := loadVectors(t)
	nonce := [NonceSize]byte(v.Nonce)
	for i, vector := range v.EKs {
		ek, name := endorsement(t, v, i)
		secret, response := [SecretSize]byte(vector.Secret), Response([SecretSize]byte(vector.Value), nonce)
		verify := func(ek x509chain.PublicKey, name []byte, secret [SecretSize]byte, blob []byte, response, nonce [32]byte) error {
			return VerifyActivation(ek, name, secret, blob, response, nonce)
		}
		require.NoError(t, verify(ek, name, secret, vector.Blob, response, nonce))
		other, _ := endorsement(t, v, (i+1)%len(v.EKs))
		require.ErrorIs(t, verify(other, name, secret, vector.Blob, response, nonce), ErrCredential, "another EK")
		otherName := bytes.Clone(name)
		otherName[9] ^= 1
		require.ErrorIs(t, verify(ek, otherName, secret, vector.Blob, response, nonce), ErrCredential, "another AK")
		require.ErrorIs(t, verify(ek, name, [SecretSize]byte{}, vector.Blob, response, nonce), ErrCredential, "another secret")
		require.ErrorIs(t, verify(ek, name, secret, vector.Blob, response, [32]byte{}), ErrActivation, "another device")
		require.ErrorIs(t, verify(ek, name, secret, make([]byte, MaxCredentialSize+1), response, nonce), ErrSize)
		for j := range vector.Blob {
			blob := bytes.Clone(vector.Blob)
			blob[j] ^= 1
			require.ErrorIs(t, verify(ek, name, secret, blob, response, nonce), ErrCredential, "byte %d of the credential", j)
		}
		for j := range response {
			wrong := response
			wrong[j] ^= 1
			require.ErrorIs(t, verify(ek, name, secret, vector.Blob, wrong, nonce), ErrActivation, "byte %d of the response", j)
		}
	}
}

// TestCredentialIsDeterministic: a secret has one credential, and secrets that differ in one bit share nothing of it
// but lengths.
func TestCredentialIsDeterministic(t *testing.T) {
	v := loadVectors(t)
	for i := range v.EKs {
		ek, name := endorsement(t, v, i)
		first, err := NewCredential(ek, name, [SecretSize]byte{1})
		require.NoError(t, err)
		again, err := NewCredential(ek, name, [SecretSize]byte{1})
		require.NoError(t, err)
		require.Equal(t, first, again)
		other, err := NewCredential(ek, name, [SecretSize]byte{0})
		require.NoError(t, err)
		require.NotEqual(t, first.Value, other.Value)
		require.Len(t, other.Blob, len(first.Blob))
		require.LessOrEqual(t, len(first.Blob), MaxCredentialSize)
		require.NotEqual(t, first.Blob[4:36], other.Blob[4:36])
	}
}

func TestUnsupportedEndorsementKeys(t *testing.T) {
	modulus := bytes.Repeat([]byte{0xff}, 512)
	for _, size := range []int{384, 512} {
		key, err := x509chain.NewRSAKey(modulus[:size])
		require.NoError(t, err)
		_, err = NewCredential(key, nil, [SecretSize]byte{})
		require.ErrorIs(t, err, ErrEndorsement)
		require.ErrorIs(t, VerifyActivation(key, nil, [SecretSize]byte{}, nil, [32]byte{}, [32]byte{}), ErrEndorsement)
	}
	_, err := NewCredential(x509chain.PublicKey{}, nil, [SecretSize]byte{})
	require.ErrorIs(t, err, ErrEndorsement)
}
