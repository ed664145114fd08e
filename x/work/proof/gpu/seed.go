package gpu

import (
	"crypto/sha256"
	"encoding/binary"
)

const (
	// HashSize is the size of a seed, of a stream key and of a signed root in bytes.
	HashSize = 32
	// NodeSize is the size of a node of the tile trees and of the list tree, and so of a round's root, in bytes:
	// BLAKE3's output cut to 224 bits (SPEC.md 11 says what a collision would buy).
	NodeSize = 28
)

// Seed keys one round's matrices.
type Seed [HashSize]byte

// Node is a node of a tile tree or of the list tree. The top node of a tile tree is its round's root, and that is a
// leaf of the list tree.
type Node [NodeSize]byte

// Root is what a device signs: the list tree's top, sealed with the number of rounds.
type Root [HashSize]byte

const (
	domainSeed0    = "joule/gpu/v2/seed0"
	domainNextSeed = "joule/gpu/v2/next-seed"
)

// Seed0 returns the first seed of one device in one window (SPEC.md 2): SHA-256
// over length-prefixed fields, so that no two field lists share an encoding.
// mix is the beacon mix of the block after the one that opened the window.
func Seed0(chainID string, window uint64, mix [32]byte, deviceID []byte) Seed {
	buf := make([]byte, 0, 4*5+len(domainSeed0)+len(chainID)+8+len(mix)+len(deviceID))
	buf = appendField(buf, []byte(domainSeed0))
	buf = appendField(buf, []byte(chainID))
	buf = appendField(buf, binary.LittleEndian.AppendUint64(nil, window))
	buf = appendField(buf, mix[:])
	buf = appendField(buf, deviceID)
	return sha256.Sum256(buf)
}

// NextSeed returns the seed of round r+1 from the root of round r (SPEC.md 2).
// The device's seed_0 is part of it, so no segment of a chain fits two devices.
func NextSeed(seed0 Seed, r uint64, root Node) Seed {
	var buf [len(domainNextSeed) + HashSize + 8 + NodeSize]byte
	n := copy(buf[:], domainNextSeed)
	n += copy(buf[n:], seed0[:])
	binary.LittleEndian.PutUint64(buf[n:], r)
	copy(buf[n+8:], root[:])
	return sha256.Sum256(buf[:])
}

func appendField(buf, field []byte) []byte {
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(field)))
	return append(buf, field...)
}
