package types

import (
	"crypto/sha256"
	"encoding/binary"

	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/gpu"
)

const (
	// EvidenceDomain separates what devices sign here from everything else they sign.
	EvidenceDomain = "joule/work/evidence/v1"
	// SignatureSize is the size of a device's signature, whatever its key type.
	SignatureSize = 64
	// MaxPayloadSize bounds a payload of any class under any parameters.
	MaxPayloadSize = gpu.ProofSizeLimit
)

// EvidenceSignBytes is what a device signs: SHA-256 over domain ‖ length(chain id) u32 ‖ chain id ‖ class u32 ‖ window
// u64 ‖ phase u32 ‖ device id ‖ SHA-256(payload), numbers big-endian.
func EvidenceSignBytes(chainID string, e Evidence) []byte {
	digest := sha256.Sum256(e.Payload)
	buf := make([]byte, 0, len(EvidenceDomain)+4+len(chainID)+4+8+4+len(e.DeviceId)+len(digest))
	buf = append(buf, EvidenceDomain...)
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(chainID)))
	buf = append(buf, chainID...)
	buf = binary.BigEndian.AppendUint32(buf, uint32(e.WorkClass))
	buf = binary.BigEndian.AppendUint64(buf, e.Window)
	buf = binary.BigEndian.AppendUint32(buf, uint32(e.Phase))
	buf = append(buf, e.DeviceId...)
	buf = append(buf, digest[:]...)
	sum := sha256.Sum256(buf)
	return sum[:]
}

// ItemKey names what one item of evidence is about: device id ‖ window u64 ‖ phase u32, and for a late receipt the
// beaconer's number u32. A block takes one item per key.
func (e Evidence) ItemKey() []byte {
	key := make([]byte, 0, len(e.DeviceId)+12)
	key = append(key, e.DeviceId...)
	key = binary.BigEndian.AppendUint64(key, e.Window)
	key = binary.BigEndian.AppendUint32(key, uint32(e.Phase))
	if item := e.Item(); item != 0 {
		key = binary.BigEndian.AppendUint32(key, item)
	}
	return key
}

// Item tells a device's items of one phase of a window apart: of late receipts the beaconer's number, from 1. 0 for all
// others.
func (e Evidence) Item() uint32 {
	rules, err := chainRules.Of(e.WorkClass)
	if err != nil {
		return 0
	}
	return rules.Item(e.Phase, e.Payload)
}

// ValidateShape checks one item's sizes, class and phase; it reads no state.
func (e Evidence) ValidateShape() error { return chainRules.validateShape(e) }

func (s RuleSet) validateShape(e Evidence) error {
	if len(e.DeviceId) != devicetypes.DeviceIDSize {
		return ErrInvalidEvidence.Wrapf("device_id has %d bytes; want %d", len(e.DeviceId), devicetypes.DeviceIDSize)
	}
	if len(e.Signature) != SignatureSize {
		return ErrInvalidEvidence.Wrapf("signature has %d bytes; want %d", len(e.Signature), SignatureSize)
	}
	rules, err := s.Of(e.WorkClass)
	if err != nil {
		return err
	}
	return rules.ValidatePayload(e.Phase, e.Payload)
}
