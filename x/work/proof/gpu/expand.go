package gpu

import (
	"encoding/binary"
	"math/rand/v2"
)

// Keys of the expansion: rows of A and columns of B never share a stream.
var (
	keyRow    = domainKey("joule/gpu/v2/row of A")
	keyColumn = domainKey("joule/gpu/v2/column of B")
)

// ExpandRow fills dst with the first len(dst) entries of row index of A_r, each
// byte one int8 in two's complement. A full row has n entries (SPEC.md 3).
func ExpandRow(dst []byte, seed Seed, index uint32) { expand(dst, &keyRow, &seed, index) }

// ExpandColumn fills dst with the first entries of column index of B_r.
func ExpandColumn(dst []byte, seed Seed, index uint32) { expand(dst, &keyColumn, &seed, index) }

func expand(dst []byte, side *hashKey, seed *Seed, index uint32) {
	var stream rand.ChaCha8
	stream.Seed(streamKey(side, seed, index))
	stream.Read(dst) //nolint:errcheck // always nil by its contract
}

// streamKey returns the chacha8rand seed of one row or column: a keyed hash, so
// that no relation between indices or seeds survives into the streams.
func streamKey(side *hashKey, seed *Seed, index uint32) [32]byte {
	var message [HashSize + 4]byte
	copy(message[:], seed[:])
	binary.LittleEndian.PutUint32(message[HashSize:], index)
	return keyedHash(side, message[:])
}
