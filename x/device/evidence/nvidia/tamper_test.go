package nvidia

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// stride is which bytes the tamper tests flip: all of them, or one in 16 with -short.
func stride() int {
	if testing.Short() {
		return 16
	}
	return 1
}

// ownSample is the committed attestation of a GPU that does not exist, for machines without the vectors.
func ownSample(tb testing.TB) (sample, Policy) {
	tb.Helper()
	all := evidenceList(tb, "testdata/own.json")
	require.Len(tb, all, 1)
	root, err := parseRoot(all[0].chain)
	require.NoError(tb, err)
	policy := samplePolicy()
	policy.Roots = append(policy.Roots, root)
	return all[0], policy
}

// TestTamper flips one bit of every byte of a report and of every certificate: nothing passes.
func TestTamper(t *testing.T) {
	own, policy := ownSample(t)
	reports, certificates := tamper(t, own, policy, nil)
	t.Logf("%d bytes of the report and %d of the certificates flipped", reports, certificates)
}

// TestConformanceNVIDIATamper does the same with attestations of real GPUs. Certificates that samples share are flipped
// once.
func TestConformanceNVIDIATamper(t *testing.T) {
	seen, reports, certificates := map[string]bool{}, 0, 0
	for _, s := range samples(t) {
		r, c := tamper(t, s, samplePolicy(), seen)
		reports, certificates = reports+r, certificates+c
	}
	t.Logf("%d bytes of reports and %d of certificates flipped", reports, certificates)
}

func tamper(t *testing.T, s sample, policy Policy, seen map[string]bool) (reports, certificates int) {
	t.Helper()
	id, report, err := Verify(policy, s.chain, s.nonce, s.report, sampleTime)
	require.NoError(t, err, s.name)
	raw := slices.Clone(s.report)
	for i := 0; i < len(raw); i += stride() {
		raw[i] ^= 1 << (i % 8)
		_, err := VerifyReport(id, s.nonce, raw)
		require.Error(t, err, "%s: byte %d of the report", s.name, i)
		raw[i] = s.report[i]
		reports++
	}
	chain := slices.Clone(s.chain)
	for c, good := range s.chain {
		if seen[string(good)] {
			continue
		}
		raw := slices.Clone(good)
		chain[c] = raw
		for i := 0; i < len(raw); i += stride() {
			raw[i] ^= 1 << (i % 8)
			_, err := VerifyChain(policy, chain, sampleTime)
			require.Error(t, err, "%s: byte %d of certificate %d", s.name, i, c)
			raw[i] = good[i]
			certificates++
		}
		chain[c] = good
		if seen != nil {
			seen[string(good)] = true
		}
	}
	wrong := report.Nonce
	wrong[0] ^= 1
	_, err = VerifyReport(id, wrong, s.report)
	require.ErrorIs(t, err, ErrNonce, s.name)
	return reports, certificates
}
