package tpm

import "github.com/joulechain/joule/x/device/evidence/x509chain"

// Costs in units of 1 µs on the reference machine (../SPEC.md section 7), measured and rounded up by about a third.
const (
	costCertify    = 30 // parsing and the device key's point
	costCredential = 1000
)

// ChainCost is an upper bound of a chain's cost by its number of certificates.
func ChainCost(certificates int) uint64 { return x509chain.CostBound(min(certificates, MaxChain)) }

// CertificationCost is the cost of VerifyCertification under an AK of this kind.
func CertificationCost(ak x509chain.KeyKind) uint64 { return costCertify + x509chain.SignatureCost(ak) }

// CredentialCost is an upper bound of VerifyActivation's cost, that of a P-384 EK.
func CredentialCost() uint64 { return costCredential }
