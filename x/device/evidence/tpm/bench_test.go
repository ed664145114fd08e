package tpm

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

func BenchmarkVerifyCertification(b *testing.B) {
	v := loadVectors(b)
	for _, a := range v.Keys {
		holder, err := VerifyAttestationChain(anchors(b, a.Chain, ""), a.Chain, testTime)
		require.NoError(b, err)
		b.Run(a.Name, func(b *testing.B) {
			for b.Loop() {
				if _, err := VerifyCertification(holder.Key, [NonceSize]byte(v.Nonce), v.Device, a.Attest, a.Signature); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(CertificationCost(holder.Key.Kind)), "cost-units")
		})
	}
}

func BenchmarkVerifyEndorsementChain(b *testing.B) {
	for _, ek := range loadVectors(b).EKs {
		policy := anchors(b, ek.Chain, x509chain.OIDEndorsementKey)
		b.Run(ek.Name, func(b *testing.B) {
			for b.Loop() {
				if _, err := VerifyEndorsementChain(policy, ek.Chain, testTime); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(ChainCost(len(ek.Chain))), "cost-units")
		})
	}
}

func BenchmarkVerifyActivation(b *testing.B) {
	v := loadVectors(b)
	for i, vector := range v.EKs {
		ek, name := endorsement(b, v, i)
		response := Response([SecretSize]byte(vector.Value), [NonceSize]byte(v.Nonce))
		b.Run(vector.Name, func(b *testing.B) {
			for b.Loop() {
				if err := VerifyActivation(ek, name, [SecretSize]byte(vector.Secret), vector.Blob, response, [NonceSize]byte(v.Nonce)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(CredentialCost()), "cost-units")
		})
	}
}
