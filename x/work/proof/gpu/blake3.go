package gpu

import (
	"encoding/binary"
	"math/bits"
)

// The tree hash is BLAKE3 in keyed mode on messages of at most one chunk. It is
// written out here, and tested against an independent library, because the
// verifier needs no more than this compression function: no allocation, no
// assembly, no CPU detection, the same instructions on every machine.

const (
	chunkStart = 1 << 0
	chunkEnd   = 1 << 1
	rootFlag   = 1 << 3
	keyedFlag  = 1 << 4

	blockSize = 64
)

var blake3IV = [4]uint32{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a}

type hashKey [8]uint32

// domainKey turns a domain name of at most 32 bytes, zero padded, into a key.
// Keys are public: they separate the uses of one hash function.
func domainKey(name string) hashKey {
	var padded [HashSize]byte
	copy(padded[:], name)
	var key hashKey
	for i := range key {
		key[i] = binary.LittleEndian.Uint32(padded[4*i:])
	}
	return key
}

// keyedHash is BLAKE3 keyed_hash of a message of at most 1024 bytes.
func keyedHash(key *hashKey, message []byte) [HashSize]byte {
	cv := *key
	flags := uint32(keyedFlag | chunkStart)
	var words [16]uint32
	for len(message) > blockSize {
		loadBlock(&words, message[:blockSize])
		compress(&cv, &words, blockSize, flags)
		message = message[blockSize:]
		flags = keyedFlag
	}
	if len(message) == blockSize {
		loadBlock(&words, message)
	} else {
		var last [blockSize]byte
		copy(last[:], message)
		loadBlock(&words, last[:])
	}
	compress(&cv, &words, uint32(len(message)), flags|chunkEnd|rootFlag)
	var hash [HashSize]byte
	for i, w := range cv {
		binary.LittleEndian.PutUint32(hash[4*i:], w)
	}
	return hash
}

// hashPair is the keyed hash of left‖right, 56 bytes, cut to a node: one compression.
func hashPair(key *hashKey, left, right *Node) Node {
	const nodeWords = NodeSize / 4
	var words [16]uint32
	for i := range nodeWords {
		words[i] = binary.LittleEndian.Uint32(left[4*i:])
		words[nodeWords+i] = binary.LittleEndian.Uint32(right[4*i:])
	}
	return hashBlock(key, &words, 2*NodeSize)
}

// hashBlock is the keyed hash of one block, given as little-endian words with zeros behind its length, cut to a node.
func hashBlock(key *hashKey, words *[16]uint32, length uint32) (node Node) {
	cv := *key
	compress(&cv, words, length, keyedFlag|chunkStart|chunkEnd|rootFlag)
	for i := range NodeSize / 4 {
		binary.LittleEndian.PutUint32(node[4*i:], cv[i])
	}
	return node
}

func loadBlock(words *[16]uint32, block []byte) {
	_ = block[blockSize-1]
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(block[4*i:])
	}
}

func quarter(a, b, c, d, x, y uint32) (uint32, uint32, uint32, uint32) {
	a += b + x
	d = bits.RotateLeft32(d^a, -16)
	c += d
	b = bits.RotateLeft32(b^c, -12)
	a += b + y
	d = bits.RotateLeft32(d^a, -8)
	c += d
	b = bits.RotateLeft32(b^c, -7)
	return a, b, c, d
}

// compress is the BLAKE3 compression function with counter 0, truncated to the
// new chaining value. One chunk never needs another counter.
func compress(cv *hashKey, m *[16]uint32, length, flags uint32) {
	s0, s1, s2, s3 := cv[0], cv[1], cv[2], cv[3]
	s4, s5, s6, s7 := cv[4], cv[5], cv[6], cv[7]
	s8, s9, s10, s11 := blake3IV[0], blake3IV[1], blake3IV[2], blake3IV[3]
	s12, s13, s14, s15 := uint32(0), uint32(0), length, flags
	// Seven rounds: columns, then diagonals; each round permutes the message words.
	s0, s4, s8, s12 = quarter(s0, s4, s8, s12, m[0], m[1])
	s1, s5, s9, s13 = quarter(s1, s5, s9, s13, m[2], m[3])
	s2, s6, s10, s14 = quarter(s2, s6, s10, s14, m[4], m[5])
	s3, s7, s11, s15 = quarter(s3, s7, s11, s15, m[6], m[7])
	s0, s5, s10, s15 = quarter(s0, s5, s10, s15, m[8], m[9])
	s1, s6, s11, s12 = quarter(s1, s6, s11, s12, m[10], m[11])
	s2, s7, s8, s13 = quarter(s2, s7, s8, s13, m[12], m[13])
	s3, s4, s9, s14 = quarter(s3, s4, s9, s14, m[14], m[15])

	s0, s4, s8, s12 = quarter(s0, s4, s8, s12, m[2], m[6])
	s1, s5, s9, s13 = quarter(s1, s5, s9, s13, m[3], m[10])
	s2, s6, s10, s14 = quarter(s2, s6, s10, s14, m[7], m[0])
	s3, s7, s11, s15 = quarter(s3, s7, s11, s15, m[4], m[13])
	s0, s5, s10, s15 = quarter(s0, s5, s10, s15, m[1], m[11])
	s1, s6, s11, s12 = quarter(s1, s6, s11, s12, m[12], m[5])
	s2, s7, s8, s13 = quarter(s2, s7, s8, s13, m[9], m[14])
	s3, s4, s9, s14 = quarter(s3, s4, s9, s14, m[15], m[8])

	s0, s4, s8, s12 = quarter(s0, s4, s8, s12, m[3], m[4])
	s1, s5, s9, s13 = quarter(s1, s5, s9, s13, m[10], m[12])
	s2, s6, s10, s14 = quarter(s2, s6, s10, s14, m[13], m[2])
	s3, s7, s11, s15 = quarter(s3, s7, s11, s15, m[7], m[14])
	s0, s5, s10, s15 = quarter(s0, s5, s10, s15, m[6], m[5])
	s1, s6, s11, s12 = quarter(s1, s6, s11, s12, m[9], m[0])
	s2, s7, s8, s13 = quarter(s2, s7, s8, s13, m[11], m[15])
	s3, s4, s9, s14 = quarter(s3, s4, s9, s14, m[8], m[1])

	s0, s4, s8, s12 = quarter(s0, s4, s8, s12, m[10], m[7])
	s1, s5, s9, s13 = quarter(s1, s5, s9, s13, m[12], m[9])
	s2, s6, s10, s14 = quarter(s2, s6, s10, s14, m[14], m[3])
	s3, s7, s11, s15 = quarter(s3, s7, s11, s15, m[13], m[15])
	s0, s5, s10, s15 = quarter(s0, s5, s10, s15, m[4], m[0])
	s1, s6, s11, s12 = quarter(s1, s6, s11, s12, m[11], m[2])
	s2, s7, s8, s13 = quarter(s2, s7, s8, s13, m[5], m[8])
	s3, s4, s9, s14 = quarter(s3, s4, s9, s14, m[1], m[6])

	s0, s4, s8, s12 = quarter(s0, s4, s8, s12, m[12], m[13])
	s1, s5, s9, s13 = quarter(s1, s5, s9, s13, m[9], m[11])
	s2, s6, s10, s14 = quarter(s2, s6, s10, s14, m[15], m[10])
	s3, s7, s11, s15 = quarter(s3, s7, s11, s15, m[14], m[8])
	s0, s5, s10, s15 = quarter(s0, s5, s10, s15, m[7], m[2])
	s1, s6, s11, s12 = quarter(s1, s6, s11, s12, m[5], m[3])
	s2, s7, s8, s13 = quarter(s2, s7, s8, s13, m[0], m[1])
	s3, s4, s9, s14 = quarter(s3, s4, s9, s14, m[6], m[4])

	s0, s4, s8, s12 = quarter(s0, s4, s8, s12, m[9], m[14])
	s1, s5, s9, s13 = quarter(s1, s5, s9, s13, m[11], m[5])
	s2, s6, s10, s14 = quarter(s2, s6, s10, s14, m[8], m[12])
	s3, s7, s11, s15 = quarter(s3, s7, s11, s15, m[15], m[1])
	s0, s5, s10, s15 = quarter(s0, s5, s10, s15, m[13], m[3])
	s1, s6, s11, s12 = quarter(s1, s6, s11, s12, m[0], m[10])
	s2, s7, s8, s13 = quarter(s2, s7, s8, s13, m[2], m[6])
	s3, s4, s9, s14 = quarter(s3, s4, s9, s14, m[4], m[7])

	s0, s4, s8, s12 = quarter(s0, s4, s8, s12, m[11], m[15])
	s1, s5, s9, s13 = quarter(s1, s5, s9, s13, m[5], m[0])
	s2, s6, s10, s14 = quarter(s2, s6, s10, s14, m[1], m[9])
	s3, s7, s11, s15 = quarter(s3, s7, s11, s15, m[8], m[6])
	s0, s5, s10, s15 = quarter(s0, s5, s10, s15, m[14], m[10])
	s1, s6, s11, s12 = quarter(s1, s6, s11, s12, m[2], m[12])
	s2, s7, s8, s13 = quarter(s2, s7, s8, s13, m[3], m[4])
	s3, s4, s9, s14 = quarter(s3, s4, s9, s14, m[7], m[13])
	cv[0], cv[1], cv[2], cv[3] = s0^s8, s1^s9, s2^s10, s3^s11
	cv[4], cv[5], cv[6], cv[7] = s4^s12, s5^s13, s6^s14, s7^s15
}
