package types

import (
	"bytes"

	"github.com/joulechain/joule/x/device/evidence/nvidia"
	"github.com/joulechain/joule/x/device/evidence/tpm"
	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// Validate checks a stored attestation by itself; errors are ErrInvalidGenesis and name the field.
func (a Attestation) Validate() error {
	hashes, least, most := len(a.KeyHashes), 2, tpm.MaxChain
	if a.Kind == EVIDENCE_KIND_NVIDIA {
		least, most = nvidia.ChainLength, nvidia.ChainLength
	}
	switch {
	case len(a.DeviceId) != DeviceIDSize:
		return ErrInvalidGenesis.Wrapf("device_id has %d bytes, want %d", len(a.DeviceId), DeviceIDSize)
	case a.Kind != EVIDENCE_KIND_NVIDIA && a.Kind != EVIDENCE_KIND_TPM:
		return ErrInvalidGenesis.Wrapf("kind is %d, want 1 (NVIDIA) or 2 (TPM)", int32(a.Kind))
	case len(a.ChipId) != ChipIDSize:
		return ErrInvalidGenesis.Wrapf("chip_id has %d bytes, want %d", len(a.ChipId), ChipIDSize)
	case a.NonceHeight < 1 || a.Height <= a.NonceHeight:
		return ErrInvalidGenesis.Wrapf("nonce_height is %d and height %d, want 1 or more, and less than height", a.NonceHeight, a.Height)
	case a.FromEpoch > a.ExpiresEpoch:
		return ErrInvalidGenesis.Wrapf("from_epoch is %d, want at most expires_epoch %d", a.FromEpoch, a.ExpiresEpoch)
	case hashes < least || hashes > most:
		return ErrInvalidGenesis.Wrapf("key_hashes: %d, want %d..%d", hashes, least, most)
	}
	for i, hash := range a.KeyHashes {
		if len(hash) != len(x509chain.KeyHash{}) {
			return ErrInvalidGenesis.Wrapf("key_hashes[%d] has %d bytes, want 32", i, len(hash))
		}
	}
	if _, err := a.AttestationKey(); err != nil {
		return ErrInvalidGenesis.Wrap(err.Error())
	}
	return a.validateKind()
}

// validateKind checks what only one kind has.
func (a Attestation) validateKind() error {
	if a.Kind == EVIDENCE_KIND_TPM {
		if a.Family != "" || len(a.Firmware) != 0 {
			return ErrInvalidGenesis.Wrap("family and firmware belong to NVIDIA attestations only")
		}
		return nil
	}
	if err := validateFamily(a.Family); err != nil {
		return ErrInvalidGenesis.Wrapf("family: %s", err)
	}
	if len(a.Firmware) != nvidia.DigestSize || x509chain.KeyKind(a.KeyKind) != x509chain.KeyP384 {
		return ErrInvalidGenesis.Wrapf("firmware has %d bytes and key_kind is %d, want %d and %d", len(a.Firmware), a.KeyKind, nvidia.DigestSize, x509chain.KeyP384)
	}
	return nil
}

// validateAttestations checks order, devices and that no chip serves two.
func (g GenesisState) validateAttestations() error {
	devices := make(map[string]Device, len(g.Devices))
	for _, d := range g.Devices {
		devices[string(d.Id)] = d
	}
	chips := make(map[string]int, len(g.Attestations))
	for i, a := range g.Attestations {
		if err := a.Validate(); err != nil {
			return ErrInvalidGenesis.Wrapf("attestations[%d]: %s", i, err)
		}
		if i > 0 && bytes.Compare(g.Attestations[i-1].DeviceId, a.DeviceId) >= 0 {
			return ErrInvalidGenesis.Wrapf("attestations[%d]: device_id %x is not above the one before; sort by it, each once", i, a.DeviceId)
		}
		d, known := devices[string(a.DeviceId)]
		if !known || d.IsRetired() {
			return ErrInvalidGenesis.Wrapf("attestations[%d]: device %x is unknown or retired", i, a.DeviceId)
		}
		if err := a.Kind.Fits(d); err != nil {
			return ErrInvalidGenesis.Wrapf("attestations[%d]: %s", i, err)
		}
		if first, twice := chips[string(a.ChipId)]; twice {
			return ErrInvalidGenesis.Wrapf("attestations[%d]: chip %x is also that of attestations[%d]", i, a.ChipId, first)
		}
		chips[string(a.ChipId)] = i
	}
	return nil
}

// validateRevocations checks order, sizes and number.
func (g GenesisState) validateRevocations() error {
	count := RevocationCount{}
	for i, r := range g.Revocations {
		if err := count.Add(r.Hash); err != nil {
			return ErrInvalidGenesis.Wrapf("revocations[%d]: %s", i, err)
		}
		if i > 0 && bytes.Compare(g.Revocations[i-1].Hash, r.Hash) >= 0 {
			return ErrInvalidGenesis.Wrapf("revocations[%d]: %x is not above the one before; sort them, each once", i, r.Hash)
		}
	}
	return nil
}

// RevocationCount counts a revocation list against its limits.
type RevocationCount struct{ Keys, Firmware int }

// Add counts one hash; errors are ErrInvalidRevocations.
func (c *RevocationCount) Add(hash []byte) error {
	switch len(hash) {
	case len(x509chain.KeyHash{}):
		c.Keys++
	case nvidia.DigestSize:
		c.Firmware++
	default:
		return ErrInvalidRevocations.Wrapf("hash has %d bytes, want 32 (a public key's SHA-256) or %d (a firmware id)", len(hash), nvidia.DigestSize)
	}
	if c.Keys > MaxRevokedKeys || c.Firmware > MaxRevokedFirmware {
		return ErrInvalidRevocations.Wrapf("%d keys and %d firmware ids, at most %d and %d", c.Keys, c.Firmware, MaxRevokedKeys, MaxRevokedFirmware)
	}
	return nil
}
