package types_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
	"github.com/joulechain/joule/x/device/types"
)

func gpuEvidence(certificates, report int) types.HardwareEvidence {
	return types.HardwareEvidence{Kind: &types.HardwareEvidence_Nvidia{Nvidia: &types.NvidiaEvidence{
		Certificates: parts(certificates), Report: make([]byte, report),
	}}}
}

func keyEvidence(certificates int) types.HardwareEvidence {
	return types.HardwareEvidence{Kind: &types.HardwareEvidence_Tpm{Tpm: &types.TpmEvidence{
		Certificates: parts(certificates), Public: []byte{1}, Attest: []byte{1}, Signature: []byte{1},
	}}}
}

func parts(n int) (out [][]byte) {
	for range n {
		out = append(out, []byte{1})
	}
	return out
}

// TestEvidenceGasTable compares the README's figures with what is charged.
func TestEvidenceGasTable(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	number := func(n uint64) string {
		digits, out := []byte{}, ""
		for ; n > 0; n /= 10 {
			digits = append(digits, byte('0'+n%10))
		}
		for i := len(digits) - 1; i >= 0; i-- {
			out += string(digits[i])
			if i > 0 && i%3 == 0 {
				out += ","
			}
		}
		return out
	}
	for row, tc := range map[string]struct {
		e     types.HardwareEvidence
		known []x509chain.KeyKind
	}{
		"NVIDIA, five certificates, report of 4,274 bytes": {gpuEvidence(5, 4274), []x509chain.KeyKind{0}},
		"NVIDIA, renewal":                             {gpuEvidence(0, 4274), []x509chain.KeyKind{x509chain.KeyP384}},
		"TPM, two certificates":                       {keyEvidence(2), []x509chain.KeyKind{x509chain.KeyP256}},
		"TPM, three certificates":                     {keyEvidence(3), []x509chain.KeyKind{0}},
		"TPM, renewal under P-256 / RSA-2048 / P-384": {keyEvidence(0), []x509chain.KeyKind{x509chain.KeyP256, x509chain.KeyRSA2048, x509chain.KeyP384}},
	} {
		var costs, gas []string
		for _, k := range tc.known {
			costs, gas = append(costs, number(tc.e.Cost(k))), append(gas, number(tc.e.Gas(k)))
		}
		require.Contains(t, string(text), "\n| "+row+" | "+strings.Join(costs, " / ")+" | "+strings.Join(gas, " / ")+" |\n")
	}
	require.Equal(t, keyEvidence(0).Gas(x509chain.KeyP384), keyEvidence(0).Gas(0), "an unknown key costs the most")
}

func TestEvidenceShape(t *testing.T) {
	for name, e := range map[string]types.HardwareEvidence{
		"nothing": {}, "no report": gpuEvidence(5, 0), "report too large": gpuEvidence(5, 8193), "6 certificates": gpuEvidence(6, 10), "1 certificate": keyEvidence(1),
		"6 of a TPM": keyEvidence(6), "nil TPM": {Kind: &types.HardwareEvidence_Tpm{}}, "nil NVIDIA": {Kind: &types.HardwareEvidence_Nvidia{}},
	} {
		require.ErrorIs(t, e.ValidateShape(), types.ErrInvalidEvidence, name)
	}
	for field, change := range map[string]func(*types.TpmEvidence){
		"public": func(e *types.TpmEvidence) { e.Public = make([]byte, 641) }, "attest": func(e *types.TpmEvidence) { e.Attest = make([]byte, 513) },
		"signature": func(e *types.TpmEvidence) { e.Signature = make([]byte, 521) }, "certificates[1]": func(e *types.TpmEvidence) { e.Certificates[1] = nil },
	} {
		e := keyEvidence(2)
		require.NoError(t, e.ValidateShape())
		change(e.GetTpm())
		require.ErrorContains(t, e.ValidateShape(), field)
	}
	require.NoError(t, gpuEvidence(0, 8192).ValidateShape())
	_, err := types.EvidenceNonce(types.EVIDENCE_KIND_TPM, "c", 1, make([]byte, 31), make([]byte, 20), []byte{1})
	require.ErrorIs(t, err, types.ErrInvalidEvidence)
	_, err = types.EvidenceNonce(types.EVIDENCE_KIND_UNSPECIFIED, "c", 1, make([]byte, 32), make([]byte, 20), []byte{1})
	require.ErrorIs(t, err, types.ErrInvalidEvidence)
}

func TestEvidenceParams(t *testing.T) {
	for field, change := range map[string]func(*types.EvidenceParams){
		"nvidia_roots[1]": func(p *types.EvidenceParams) { p.NvidiaRoots = append(p.NvidiaRoots, make([]byte, 31)) },
		"nvidia_roots[2]": func(p *types.EvidenceParams) {
			p.NvidiaRoots = append(p.NvidiaRoots, make([]byte, 32), make([]byte, 32))
		},
		"tpm_roots: 33":        func(p *types.EvidenceParams) { p.TpmRoots = make([][]byte, 33) },
		"nvidia_families: 0":   func(p *types.EvidenceParams) { p.NvidiaFamilies = nil },
		"nvidia_families[2]":   func(p *types.EvidenceParams) { p.NvidiaFamilies = append(p.NvidiaFamilies, "gh100") },
		"nvidia_families[1]":   func(p *types.EvidenceParams) { p.NvidiaFamilies = []string{"GH100", "GH100"} },
		"nvidia_families: 17":  func(p *types.EvidenceParams) { p.NvidiaFamilies = make([]string, 17) },
		"attestation_epochs":   func(p *types.EvidenceParams) { p.AttestationEpochs = 0 },
		"nonce_max_age_blocks": func(p *types.EvidenceParams) { p.NonceMaxAgeBlocks = 151 },
		"nvidia_tier_ppm":      func(p *types.EvidenceParams) { p.NvidiaTierPpm = 999_999 },
		"tpm_tier_ppm":         func(p *types.EvidenceParams) { p.TpmTierPpm = 4_000_001 },
	} {
		p := types.DefaultParams()
		require.NoError(t, p.Validate())
		change(&p.Evidence)
		require.ErrorIs(t, p.Validate(), types.ErrInvalidParams, field)
		require.ErrorContains(t, p.Validate(), "evidence."+field)
	}
}
