package evidence

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrBinding says that a field of a Binding is empty or too long.
var ErrBinding = errors.New("evidence: invalid binding")

// Kind is a kind of hardware evidence. The nonce depends on it, so that no statement serves two purposes.
type Kind uint8

const (
	// KindNVIDIA is a confidential-computing attestation report of an NVIDIA GPU.
	KindNVIDIA Kind = 1
	// KindTPM is a TPM 2.0's certification of the device key.
	KindTPM Kind = 2
)

// Bounds of a binding's fields in bytes.
const (
	MaxChainID = 64
	MaxOwner   = 255
	// DeviceIDSize is the size of a device id (x/device).
	DeviceIDSize = 20
	nonceDomain  = "joule/device/evidence/nonce/v1"
)

// Binding is what a chip's statement is bound to.
type Binding struct {
	ChainID string
	// Height is the block from which on the statement could be made.
	Height uint64
	// Seed is that height's beacon mix, or a GPU window's seed: without it the nonces of future heights would be known,
	// and somebody who holds a chip for a minute could store statements for years.
	Seed     [32]byte
	DeviceID []byte
	Owner    []byte
}

// Nonce is SHA-256(F(domain) ‖ kind u8 ‖ F(chain id) ‖ height u64 ‖ seed ‖ F(device id) ‖ F(owner)), where F(x) is x
// after its length as u32 and integers are big-endian. Errors are ErrBinding and name the field.
func (b Binding) Nonce(kind Kind) ([32]byte, error) {
	switch {
	case kind != KindNVIDIA && kind != KindTPM:
		return [32]byte{}, fmt.Errorf("%w: kind %d, want 1 (NVIDIA) or 2 (TPM)", ErrBinding, kind)
	case b.ChainID == "" || len(b.ChainID) > MaxChainID:
		return [32]byte{}, fmt.Errorf("%w: chain id of %d bytes, want 1…%d", ErrBinding, len(b.ChainID), MaxChainID)
	case len(b.DeviceID) != DeviceIDSize:
		return [32]byte{}, fmt.Errorf("%w: device id of %d bytes, want %d", ErrBinding, len(b.DeviceID), DeviceIDSize)
	case len(b.Owner) == 0 || len(b.Owner) > MaxOwner:
		return [32]byte{}, fmt.Errorf("%w: owner of %d bytes, want 1…%d", ErrBinding, len(b.Owner), MaxOwner)
	}
	buf := appendField(make([]byte, 0, 512), nonceDomain)
	buf = append(buf, byte(kind))
	buf = appendField(buf, b.ChainID)
	buf = binary.BigEndian.AppendUint64(buf, b.Height)
	buf = append(buf, b.Seed[:]...)
	buf = appendField(buf, string(b.DeviceID))
	buf = appendField(buf, string(b.Owner))
	return sha256.Sum256(buf), nil
}

func appendField(buf []byte, field string) []byte {
	return append(binary.BigEndian.AppendUint32(buf, uint32(len(field))), field...)
}
