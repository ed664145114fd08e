package tpm

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// TestTamper flips one bit of every byte of every certification and of every certificate, and cuts and pads them:
// nothing passes.
func TestTamper(t *testing.T) {
	v, flips := loadVectors(t), 0
	nonce := [NonceSize]byte(v.Nonce)
	for _, a := range v.Keys {
		holder, err := VerifyAttestationChain(anchors(t, a.Chain, x509chain.OIDAttestationKey), a.Chain, testTime)
		require.NoError(t, err)
		parts := [][]byte{v.Device, a.Attest, a.Signature}
		verify := func() error {
			_, err := VerifyCertification(holder.Key, nonce, parts[0], parts[1], parts[2])
			return err
		}
		require.NoError(t, verify())
		flips += tamper(t, a.Name, parts, verify)
		chain := slices.Clone(a.Chain)
		flips += tamper(t, a.Name+" chain", chain, func() error {
			_, err := VerifyAttestationChain(anchors(t, a.Chain, x509chain.OIDAttestationKey), chain, testTime)
			return err
		})
	}
	for _, ek := range v.EKs {
		chain := slices.Clone(ek.Chain)
		flips += tamper(t, ek.Name+" chain", chain, func() error {
			_, err := VerifyEndorsementChain(anchors(t, ek.Chain, x509chain.OIDEndorsementKey), chain, testTime)
			return err
		})
	}
	t.Logf("%d bytes flipped", flips)
}

func tamper(t *testing.T, what string, parts [][]byte, verify func() error) (flips int) {
	t.Helper()
	for p, good := range parts {
		raw := bytes.Clone(good)
		parts[p] = raw
		for i := range raw {
			raw[i] ^= 1 << (i % 8)
			require.Error(t, verify(), "%s: byte %d of part %d", what, i, p)
			raw[i] = good[i]
			flips++
		}
		for _, n := range []int{0, 1, len(good) / 2, len(good) - 1} {
			parts[p] = good[:n]
			require.Error(t, verify(), "%s: %d bytes of part %d", what, n, p)
		}
		parts[p] = append(bytes.Clone(good), 0)
		require.Error(t, verify(), "%s: a byte after part %d", what, p)
		parts[p] = good
	}
	return flips
}
