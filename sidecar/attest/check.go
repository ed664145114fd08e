package attest

import (
	"bytes"
	"fmt"
	"time"

	"github.com/joulechain/joule/x/device/evidence/nvidia"
	"github.com/joulechain/joule/x/device/evidence/tpm"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

// Proven is what evidence shows.
type Proven struct {
	ChipID [32]byte
	// leaf is the hash of the certified key: a renewal stands on the same one.
	leaf [32]byte
}

// Check verifies evidence with its certificates as validators do, at a block time. Errors are ErrRefused.
func Check(p devicetypes.EvidenceParams, d devicetypes.Device, e devicetypes.HardwareEvidence, nonce [32]byte, now time.Time) (Proven, error) {
	if err := e.EvidenceKind().Fits(d); err != nil {
		return Proven{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if err := e.ValidateShape(); err != nil {
		return Proven{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	verify := checkTPM
	if e.GetNvidia() != nil {
		verify = checkNVIDIA
	}
	proven, err := verify(p, d, e, nonce, now.Unix())
	if err != nil {
		return Proven{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return proven, nil
}

func checkNVIDIA(p devicetypes.EvidenceParams, _ devicetypes.Device, e devicetypes.HardwareEvidence, nonce [32]byte, now int64) (Proven, error) {
	id, _, err := nvidia.Verify(p.NvidiaPolicy(), e.GetNvidia().Certificates, nonce, e.GetNvidia().Report, now)
	if err != nil {
		return Proven{}, err
	}
	return Proven{ChipID: id.ChipID, leaf: id.KeyHashes[0]}, nil
}

func checkTPM(p devicetypes.EvidenceParams, d devicetypes.Device, e devicetypes.HardwareEvidence, nonce [32]byte, now int64) (Proven, error) {
	t := e.GetTpm()
	holder, err := tpm.VerifyAttestationChain(p.TPMAnchors(), t.Certificates, now)
	if err != nil {
		return Proven{}, err
	}
	certified, err := tpm.VerifyCertification(holder.Key, nonce, t.Public, t.Attest, t.Signature)
	if err != nil {
		return Proven{}, err
	}
	if !bytes.Equal(certified.DeviceKey[:], d.PublicKey.Key) {
		return Proven{}, fmt.Errorf("the TPM certified the key %x, the device has %x", certified.DeviceKey, d.PublicKey.Key)
	}
	return Proven{ChipID: holder.ID, leaf: holder.KeyHashes[0]}, nil
}

// sameAs tells whether the chain knows this chip with this key already, so that certificates would say nothing new.
func (p Proven) sameAs(a devicetypes.Attestation) bool {
	return bytes.Equal(a.ChipId, p.ChipID[:]) && len(a.KeyHashes) > 0 && bytes.Equal(a.KeyHashes[0], p.leaf[:])
}
