package disk

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

const domainQuality = "joule/disk/v1/quality"

// Quality is a chain's lot: uniform, big-endian, lower is better. It depends on the plot, the
// challenge and the fragments but not on which x-values lead to them: two proofs of one
// chain have the same quality, so duplicates are told by it.
type Quality [32]byte

// Compare is -1, 0 or 1 as q is below, equal to or above other.
func (q Quality) Compare(other Quality) int { return bytes.Compare(q[:], other[:]) }

// quality hashes the chain (SPEC.md 6).
func (p *Plot) quality(challenge *[32]byte, fragments *[Links]uint64) Quality {
	var buf [len(domainQuality) + 32 + 2 + 32 + 8*Links]byte
	n := copy(buf[:], domainQuality)
	n += copy(buf[n:], p.id[:])
	buf[n], buf[n+1] = p.params.K, p.params.Strength
	n += 2
	n += copy(buf[n:], challenge[:])
	for i, f := range fragments {
		binary.LittleEndian.PutUint64(buf[n+8*i:], f)
	}
	return sha256.Sum256(buf[:])
}

// Quality returns the quality of a chain of fragments, as a scan sees it before it
// solves for the x-values. It checks nothing.
func (p *Plot) Quality(challenge [32]byte, fragments [Links]uint64) Quality {
	return p.quality(&challenge, &fragments)
}

// Within says whether the quality is below lambda/plots of the whole range. A
// plot has one chain a challenge on average, so a device that stores `plots` of
// them has lambda chains within on average. Nothing is within where lambda is 0;
// everything where plots is at most lambda and lambda is not 0.
func (q Quality) Within(plots, lambda uint64) bool {
	// q·plots < lambda·2^256: what is carried out of the 256 bits decides.
	var carry uint64
	for i := 3; i >= 0; i-- {
		high, low := bits.Mul64(binary.BigEndian.Uint64(q[8*i:]), plots)
		_, over := bits.Add64(low, carry, 0)
		carry = high + over
	}
	return carry < lambda
}
