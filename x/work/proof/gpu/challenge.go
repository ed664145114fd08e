package gpu

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

const domainPosition = "joule/gpu/v2/position"

// Challenge is everything that fixes which tiles a device must open.
type Challenge struct {
	Seed0      Seed       // the device's seed of the window
	Commitment Commitment // what the device signed
	MixA       [32]byte   // beacon mix of the block after the window
	MixB       [32]byte   // beacon mix seven blocks later
}

// Position is one tile of one round.
type Position struct {
	Round    uint64 // 0..R−1
	Row, Col uint32 // tile coordinates, 0..n/b−1
}

// Positions returns the t positions of a challenge (SPEC.md 6): independent and
// uniform over rounds × tiles, the first MixADraws from MixA, the rest from
// MixB, each bound to the seed, the rounds and the root that were signed. Equal
// positions may occur. It returns nil where p or the commitment is invalid.
func Positions(p Params, c Challenge) []Position {
	if p.validateFields() != nil || c.Commitment.Validate(p) != nil {
		return nil
	}
	var buf [MaxT]Position
	return append([]Position(nil), drawAll(&buf, p, &c)...)
}

func drawAll(buf *[MaxT]Position, p Params, c *Challenge) []Position {
	for i := range p.T {
		mix := &c.MixA
		if i >= p.MixADraws() {
			mix = &c.MixB
		}
		buf[i] = draw(p, c, mix, i)
	}
	return buf[:p.T]
}

// draw hashes until the 64-bit fraction falls into the part of the range that
// every round shares equally. A retry has probability below R/2^64 ≤ 2^-44.
func draw(p Params, c *Challenge, mix *[32]byte, opening uint32) Position {
	var message [len(domainPosition) + HashSize + CommitmentSize + 32 + 8]byte
	n := copy(message[:], domainPosition)
	n += copy(message[n:], c.Seed0[:])
	binary.LittleEndian.PutUint64(message[n:], c.Commitment.Rounds)
	n += 8
	n += copy(message[n:], c.Commitment.Root[:])
	n += copy(message[n:], mix[:])
	binary.LittleEndian.PutUint32(message[n:], opening)
	for attempt := uint32(0); ; attempt++ {
		binary.LittleEndian.PutUint32(message[n+4:], attempt)
		digest := sha256.Sum256(message[:])
		round, ok := scale(binary.LittleEndian.Uint64(digest[:]), c.Commitment.Rounds)
		if !ok {
			continue
		}
		mask := p.Grid() - 1 // the grid is a power of two: masking is uniform
		return Position{
			Round: round,
			Row:   binary.LittleEndian.Uint32(digest[8:]) & mask,
			Col:   binary.LittleEndian.Uint32(digest[12:]) & mask,
		}
	}
}

// scale maps a uniform 64-bit value to 0..size−1 by a 128-bit product, and says
// false for the 2^64 mod size values that would make some results likelier.
func scale(value, size uint64) (uint64, bool) {
	hi, lo := bits.Mul64(value, size)
	return hi, lo >= -size%size
}
