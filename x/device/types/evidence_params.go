package types

import (
	"fmt"
	"slices"

	"github.com/joulechain/joule/x/device/evidence/nvidia"
	"github.com/joulechain/joule/x/device/evidence/tpm"
	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// Bounds of the evidence parameters; the proto comments give the reasons.
const (
	MinAttestationEpochs = 1
	MaxAttestationEpochs = 1_000
	// MinNonceAgeBlocks and MaxNonceAgeBlocks bound nonce_max_age_blocks; the maximum is below x/beacon's shortest
	// history of mixes (200).
	MinNonceAgeBlocks = 5
	MaxNonceAgeBlocks = 150
	// MaxTierPpm bounds both tiers: hardware evidence never makes more than four units of one.
	MaxTierPpm = 4_000_000
	// MaxFamilyLength is the longest chip family in bytes.
	MaxFamilyLength = 32
	// MaxRevokedKeys and MaxRevokedFirmware bound the revocation list, MaxRevocationBatch the hashes of one
	// MsgUpdateRevocations.
	MaxRevokedKeys     = x509chain.MaxRevoked
	MaxRevokedFirmware = nvidia.MaxRevokedFirmware
	MaxRevocationBatch = 256

	// DefaultAttestationEpochs is half a day of mainnet epochs: how long a squatter may hold somebody else's chip. A
	// mainnet epoch has one GPU window on average, so that a renewal finds none in twelve with a chance of 6 in a
	// million.
	DefaultAttestationEpochs = 12
	// DefaultNonceMaxAgeBlocks is five minutes of mainnet blocks: a TPM takes a second, a transaction a minute in a bad
	// hour.
	DefaultNonceMaxAgeBlocks = 50
	// DefaultNvidiaTierPpm raises an attested GPU's units by a tenth (docs/adr/0014).
	DefaultNvidiaTierPpm = 1_100_000
	// DefaultTPMTierPpm raises nothing: a TPM tells where the key is, not what computes.
	DefaultTPMTierPpm = BaseTierPpm
)

// DefaultEvidenceParams accept NVIDIA's datacentre chips and no TPM authority yet.
func DefaultEvidenceParams() EvidenceParams {
	return EvidenceParams{
		NvidiaRoots: [][]byte{nvidia.DeviceIdentityRoot[:]}, NvidiaFamilies: []string{"GH100", "GB100"},
		AttestationEpochs: DefaultAttestationEpochs, NonceMaxAgeBlocks: DefaultNonceMaxAgeBlocks,
		NvidiaTierPpm: DefaultNvidiaTierPpm, TpmTierPpm: DefaultTPMTierPpm, GpuWindowSeeds: true,
	}
}

func (p EvidenceParams) validate() error {
	if err := validateRoots("nvidia_roots", p.NvidiaRoots); err != nil {
		return err
	}
	if err := validateRoots("tpm_roots", p.TpmRoots); err != nil {
		return err
	}
	if len(p.NvidiaFamilies) > nvidia.MaxFamilies || len(p.NvidiaRoots) > 0 && len(p.NvidiaFamilies) == 0 {
		return fmt.Errorf("nvidia_families: %d, want 1..%d where a root is pinned", len(p.NvidiaFamilies), nvidia.MaxFamilies)
	}
	for i, f := range p.NvidiaFamilies {
		if err := validateFamily(f); err != nil {
			return fmt.Errorf("nvidia_families[%d]: %w", i, err)
		}
		if slices.Contains(p.NvidiaFamilies[:i], f) {
			return fmt.Errorf("nvidia_families[%d]: %q appears twice", i, f)
		}
	}
	if p.AttestationEpochs < MinAttestationEpochs || p.AttestationEpochs > MaxAttestationEpochs {
		return fmt.Errorf("attestation_epochs: %d is outside %d..%d", p.AttestationEpochs, MinAttestationEpochs, MaxAttestationEpochs)
	}
	if p.NonceMaxAgeBlocks < MinNonceAgeBlocks || p.NonceMaxAgeBlocks > MaxNonceAgeBlocks {
		return fmt.Errorf("nonce_max_age_blocks: %d is outside %d..%d", p.NonceMaxAgeBlocks, MinNonceAgeBlocks, MaxNonceAgeBlocks)
	}
	if err := validateTier("nvidia_tier_ppm", p.NvidiaTierPpm); err != nil {
		return err
	}
	return validateTier("tpm_tier_ppm", p.TpmTierPpm)
}

func validateRoots(field string, roots [][]byte) error {
	if len(roots) > x509chain.MaxRoots {
		return fmt.Errorf("%s: %d, at most %d", field, len(roots), x509chain.MaxRoots)
	}
	for i, r := range roots {
		if len(r) != len(x509chain.KeyHash{}) {
			return fmt.Errorf("%s[%d]: %d bytes, want the 32 of a SHA-256", field, i, len(r))
		}
		if slices.ContainsFunc(roots[:i], func(o []byte) bool { return string(o) == string(r) }) {
			return fmt.Errorf("%s[%d]: %x appears twice", field, i, r)
		}
	}
	return nil
}

func validateFamily(family string) error {
	if len(family) == 0 || len(family) > MaxFamilyLength {
		return fmt.Errorf("%d bytes, want 1..%d", len(family), MaxFamilyLength)
	}
	for _, c := range []byte(family) {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return fmt.Errorf("%q has byte 0x%02x, want A-Z, 0-9 and _", family, c)
		}
	}
	return nil
}

func validateTier(field string, ppm uint32) error {
	if ppm < BaseTierPpm || ppm > MaxTierPpm {
		return fmt.Errorf("%s: %d is outside %d..%d", field, ppm, BaseTierPpm, MaxTierPpm)
	}
	return nil
}

// Tier is the multiplier of a kind of evidence, in millionths.
func (p EvidenceParams) Tier(kind EvidenceKind) uint32 {
	switch kind {
	case EVIDENCE_KIND_NVIDIA:
		return p.NvidiaTierPpm
	case EVIDENCE_KIND_TPM:
		return p.TpmTierPpm
	default:
		return BaseTierPpm
	}
}

// NvidiaPolicy is what chips are judged by; revocations are looked up one by one, so that their list is not read whole.
func (p EvidenceParams) NvidiaPolicy() nvidia.Policy {
	return nvidia.Policy{Roots: keyHashes(p.NvidiaRoots), Families: p.NvidiaFamilies}
}

// TPMAnchors are the authorities of attestation keys.
func (p EvidenceParams) TPMAnchors() tpm.Anchors {
	purpose := x509chain.OIDAttestationKey
	if p.TpmAnyPurpose {
		purpose = ""
	}
	return tpm.Anchors{Roots: keyHashes(p.TpmRoots), Purpose: purpose}
}

func keyHashes(hashes [][]byte) []x509chain.KeyHash {
	out := make([]x509chain.KeyHash, len(hashes))
	for i, h := range hashes {
		out[i] = x509chain.KeyHash(h)
	}
	return out
}
