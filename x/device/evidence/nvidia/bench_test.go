package nvidia

import "testing"

// BenchmarkVerifyChain is registration: five certificates.
func BenchmarkVerifyChain(b *testing.B) {
	own, policy := ownSample(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := VerifyChain(policy, own.chain, sampleTime); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(ChainCost()), "cost-units")
}

// BenchmarkVerifyReport is a renewal: one report under a stored identity.
func BenchmarkVerifyReport(b *testing.B) {
	own, policy := ownSample(b)
	id, err := VerifyChain(policy, own.chain, sampleTime)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := VerifyReport(id, own.nonce, own.report); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(ReportCost(len(own.report))), "cost-units")
}

// BenchmarkParseReport is what a report with a wrong nonce costs.
func BenchmarkParseReport(b *testing.B) {
	own, _ := ownSample(b)
	for b.Loop() {
		if _, err := ParseReport(own.report); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheck is what a stored identity costs per renewal besides its report, with full revocation lists.
func BenchmarkCheck(b *testing.B) {
	own, policy := ownSample(b)
	id, err := VerifyChain(policy, own.chain, sampleTime)
	if err != nil {
		b.Fatal(err)
	}
	for range 1024 {
		policy.Revoked = append(policy.Revoked, id.ChipID)
	}
	policy.RevokedFirmware = make([][DigestSize]byte, MaxRevokedFirmware)
	for b.Loop() {
		if err := id.Check(policy, sampleTime); err != nil {
			b.Fatal(err)
		}
	}
}
