package radio

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
)

const (
	// DeviceIDSize is a device id's size in bytes.
	DeviceIDSize = 20
	// PreimageSize is the size of every value of a hash chain in bytes.
	PreimageSize = 32

	domainChain = "joule/radio/v1/chain"
)

// DeviceID names a device, as x/device derives it from the key.
type DeviceID [DeviceIDSize]byte

// Preimage is one value of a device's hash chain; each epoch has its own.
type Preimage [PreimageSize]byte

// Anchor is the newest value of a device's chain that is public: what it registered, or the last one it revealed.
type Anchor struct {
	Epoch uint64 // the epoch that Value belongs to; preimages of later epochs lead to it
	Value Preimage
}

// chainStep gives the value of epoch−1 from the value of epoch (SPEC.md 6): device and epoch are hashed, so values fit
// one device and place.
func chainStep(device *DeviceID, epoch uint64, value *Preimage) Preimage {
	var buf [len(domainChain) + DeviceIDSize + 8 + PreimageSize]byte
	n := copy(buf[:], domainChain)
	n += copy(buf[n:], device[:])
	binary.BigEndian.PutUint64(buf[n:], epoch)
	copy(buf[n+8:], value[:])
	return sha256.Sum256(buf[:])
}

// ChainValue returns the value of a device's chain at an epoch, from the secret value of the chain's last epoch. A
// device registers the value of the epoch before its first as its anchor. An epoch after last, or over MaxChainSteps
// before it, is ErrChain.
func ChainValue(device DeviceID, last uint64, secret Preimage, epoch uint64) (Preimage, error) {
	if epoch > last || last-epoch > MaxChainSteps {
		return Preimage{}, fmt.Errorf("%w: epoch %d is not in the chain of epochs %d..%d", ErrChain, epoch, last-min(last, MaxChainSteps), last)
	}
	value := secret
	for e := last; e > epoch; e-- {
		value = chainStep(&device, e, &value)
	}
	return value, nil
}

// VerifyPreimage checks that a value is the one that its epoch fixes in the device's chain: exactly epoch −
// anchor.Epoch steps lead to the anchor. An epoch at or before the anchor's, over maxSteps beyond it, or another value
// is ErrChain. It hashes at most MaxChainSteps times.
func VerifyPreimage(device DeviceID, anchor Anchor, epoch uint64, value Preimage, maxSteps uint32) error {
	limit := uint64(min(maxSteps, MaxChainSteps))
	switch {
	case epoch <= anchor.Epoch:
		return fmt.Errorf("%w: epoch %d has been revealed, the anchor is at epoch %d", ErrChain, epoch, anchor.Epoch)
	case epoch-anchor.Epoch > limit:
		return fmt.Errorf("%w: epoch %d is %d steps after the anchor at epoch %d, at most %d: register a new chain",
			ErrChain, epoch, epoch-anchor.Epoch, anchor.Epoch, limit)
	}
	for e := epoch; e > anchor.Epoch; e-- {
		value = chainStep(&device, e, &value)
	}
	if subtle.ConstantTimeCompare(value[:], anchor.Value[:]) != 1 {
		return fmt.Errorf("%w: the value does not lead to the anchor at epoch %d in %d steps", ErrChain, anchor.Epoch, epoch-anchor.Epoch)
	}
	return nil
}
