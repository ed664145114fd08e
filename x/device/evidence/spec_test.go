package evidence_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/nvidia"
	"github.com/joulechain/joule/x/device/evidence/tpm"
	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// TestSpecCosts compares the units of SPEC.md section 7 with the functions that gas is charged by.
func TestSpecCosts(t *testing.T) {
	text, err := os.ReadFile("SPEC.md")
	require.NoError(t, err)
	for row, want := range map[string][]uint64{
		"| signature P-256 ":            {x509chain.SignatureCost(x509chain.KeyP256)},
		"| signature P-384 ":            {x509chain.SignatureCost(x509chain.KeyP384)},
		"| signature RSA-2048 ":         {x509chain.SignatureCost(x509chain.KeyRSA2048), x509chain.SignatureCost(x509chain.KeyRSA3072), x509chain.SignatureCost(x509chain.KeyRSA4096)},
		"| parsing a certificate":       {x509chain.CostBound(1) - x509chain.SignatureCost(x509chain.KeyP384)},
		"| `nvidia.VerifyChain`":        {nvidia.ChainCost()},
		"| `nvidia.VerifyReport`":       {nvidia.ReportCost(4274)},
		"| `tpm.VerifyCertification`":   {tpm.CertificationCost(x509chain.KeyP256), tpm.CertificationCost(x509chain.KeyRSA2048), tpm.CertificationCost(x509chain.KeyP384)},
		"| `tpm.VerifyEndorsementChain": {tpm.ChainCost(3)},
		"| `tpm.VerifyActivation`":      {tpm.CredentialCost()},
	} {
		_, rest, found := strings.Cut(string(text), "\n"+row)
		require.True(t, found, row)
		line, _, _ := strings.Cut(rest, "\n")
		var units []string
		for _, n := range want {
			units = append(units, strconv.FormatUint(n, 10))
		}
		require.True(t, strings.HasSuffix(line, "| "+strings.Join(units, " / ")+" |"), "%s%s: want %s units", row, line, units)
	}
}
