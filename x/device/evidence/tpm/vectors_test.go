package tpm

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// TestVectors checks what a software TPM said once.
func TestVectors(t *testing.T) { checkVectors(t, loadVectors(t)) }

func checkVectors(t *testing.T, v vectors) {
	t.Helper()
	nonce := [NonceSize]byte(v.Nonce)
	require.Len(t, v.Keys, 3)
	require.Len(t, v.EKs, 3)
	device, err := ParsePublic(v.Device)
	require.NoError(t, err)
	for _, a := range v.Keys {
		holder, err := VerifyAttestationChain(anchors(t, a.Chain, x509chain.OIDAttestationKey), a.Chain, testTime)
		require.NoError(t, err, a.Name)
		require.Equal(t, a.Name, holder.Key.Kind.String())
		ak, err := ParseAttestationKey(a.Public)
		require.NoError(t, err, a.Name)
		require.Equal(t, holder.Key.Bytes(), ak.Key.Bytes(), a.Name)
		got, err := VerifyCertification(holder.Key, nonce, v.Device, a.Attest, a.Signature)
		require.NoError(t, err, a.Name)
		require.Equal(t, device.Name, got.Name)
		require.Equal(t, device.Key.Bytes()[1:33], got.DeviceKey[1:])
		require.Equal(t, device.Key.Bytes()[64]&1, got.DeviceKey[0]-2)
	}
	_, err = VerifyCertification(device.Key, nonce, v.Loose, v.LooseAttest, v.LooseSignature)
	require.ErrorIs(t, err, ErrAttributes, "a key that the TPM would export")
	name, err := ParseAttestationKey(v.Keys[0].Public)
	require.NoError(t, err)
	for _, ek := range v.EKs {
		holder, err := VerifyEndorsementChain(anchors(t, ek.Chain, x509chain.OIDEndorsementKey), ek.Chain, testTime)
		require.NoError(t, err, ek.Name)
		response := Response([SecretSize]byte(ek.Value), nonce)
		require.NoError(t, VerifyActivation(holder.Key, name.Name, [SecretSize]byte(ek.Secret), ek.Blob, response, nonce), ek.Name)
	}
}
