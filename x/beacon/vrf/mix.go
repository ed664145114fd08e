package vrf

import (
	"crypto/sha256"
	"encoding/binary"
)

// MixSize is the length of a mix in bytes.
const MixSize = sha256.Size

// The domains are of fixed length each and no prefix of another, so that no two inputs of different meaning are equal.
const (
	revealDomain     = "joule/beacon/reveal/v1"
	possessionDomain = "joule/beacon/possession/v1"
	mixDomain        = "joule/beacon/mix/v1"
	genesisDomain    = "joule/beacon/genesis/v1"
	noReveal         = "none"
)

// appendPrefixed appends the length as four bytes big-endian, then the bytes.
func appendPrefixed(dst, b []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(b)))
	return append(dst, b...)
}

// RevealInput is what the proposer of a block proves over: domain ‖ length(chain id) ‖ chain id ‖ height ‖ mix of the
// block before. Lengths are 4 and the height 8 bytes, big-endian.
func RevealInput(chainID string, height int64, previousMix []byte) []byte {
	b := appendPrefixed([]byte(revealDomain), []byte(chainID))
	b = binary.BigEndian.AppendUint64(b, uint64(height))
	return append(b, previousMix...)
}

// PossessionInput is what the holder of a key proves over to register it: domain ‖ length(chain id) ‖ chain id ‖
// length(operator) ‖ operator's address bytes. No reveal has this form, so a registration cannot extract one.
func PossessionInput(chainID string, operator []byte) []byte {
	return appendPrefixed(appendPrefixed([]byte(possessionDomain), []byte(chainID)), operator)
}

// GenesisMix is the mix before the first block of a new chain. It is public: the first reveal adds the randomness.
func GenesisMix(chainID string) []byte {
	sum := sha256.Sum256(appendPrefixed([]byte(genesisDomain), []byte(chainID)))
	return sum[:]
}

// NextMix folds a VRF output into the mix: SHA-256(domain ‖ previous mix ‖ output). A nil output means that the block's
// header names a validator without an active key; the text "none" takes its place (4 bytes against 64: no collision).
func NextMix(previousMix, output []byte) []byte {
	if output == nil {
		output = []byte(noReveal)
	}
	h := sha256.New()
	h.Write([]byte(mixDomain))
	h.Write(previousMix)
	h.Write(output)
	return h.Sum(nil)
}
