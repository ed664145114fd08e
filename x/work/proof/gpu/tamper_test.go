package gpu

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

func tamperFixture(t *testing.T) (*prover, Challenge, []byte) {
	d := prove(smallParams(5), testSeed0(1), 11, honestTile)
	c := d.challenge(t, 3)
	proof := d.open(t, c)
	require.NoError(t, VerifyOpening(d.params, c, proof))
	return d, c, proof
}

func TestEveryFlippedByteIsRejected(t *testing.T) {
	d, c, proof := tamperFixture(t)
	for i := range proof {
		for _, mask := range []byte{0x01, 0x80} {
			proof[i] ^= mask
			require.Error(t, VerifyOpening(d.params, c, proof), "byte %d", i)
			proof[i] ^= mask
		}
	}
}

func TestEveryFlippedBitOfTheCommitmentIsRejected(t *testing.T) {
	d, c, proof := tamperFixture(t)
	data := c.Commitment.Marshal()
	for i := range 8 * len(data) {
		data[i/8] ^= 1 << (i % 8)
		bent := c
		var err error
		bent.Commitment, err = UnmarshalCommitment(data)
		require.NoError(t, err)
		require.Error(t, VerifyOpening(d.params, bent, proof), "bit %d", i)
		data[i/8] ^= 1 << (i % 8)
	}
}

func TestTruncatedAndPaddedProofsAreRejected(t *testing.T) {
	d, c, proof := tamperFixture(t)
	for size := range proof {
		require.ErrorIs(t, VerifyOpening(d.params, c, proof[:size]), ErrTruncated)
	}
	for _, extra := range []int{1, 27, 28, 32, 56, 64} {
		padded := append(append([]byte(nil), proof...), make([]byte, extra)...)
		require.ErrorIs(t, VerifyOpening(d.params, c, padded), ErrTrailing)
	}
	huge := append(append([]byte(nil), proof...), make([]byte, MaxProofSize(d.params))...)
	require.ErrorIs(t, VerifyOpening(d.params, c, huge), ErrTooLarge)
}

// TestOtherContextIsRejected replays a good proof for another device, window,
// chain and beacon mix.
func TestOtherContextIsRejected(t *testing.T) {
	d, c, proof := tamperFixture(t)
	mix, device := testMix("window", 7), append(make([]byte, 19), 1)
	require.Equal(t, c.Seed0, Seed0("joule-devnet-1", 7, mix, device))
	seeds := map[string]Seed{
		"wrong device": Seed0("joule-devnet-1", 7, mix, append(make([]byte, 19), 2)),
		"wrong window": Seed0("joule-devnet-1", 8, mix, device),
		"wrong chain":  Seed0("joule-1", 7, mix, device),
		"wrong mix":    Seed0("joule-devnet-1", 7, testMix("window", 8), device),
	}
	for name, seed := range seeds {
		bent := c
		bent.Seed0 = seed
		require.Error(t, VerifyOpening(d.params, bent, proof), name)
		// Even with positions and lengths that fit, the seeds do not.
		thief := &prover{params: d.params, seed0: seed, roots: d.roots, trees: d.trees}
		for draw := range uint64(20) {
			require.ErrorIs(t, thief.answer(t, thief.challenge(t, draw)), ErrListRoot, name)
		}
	}
	for name, bend := range map[string]func(*Challenge){
		"later epoch, first mix":  func(c *Challenge) { c.MixA = testMix("a", 99) },
		"later epoch, second mix": func(c *Challenge) { c.MixB = testMix("b", 99) },
	} {
		bent := c
		bend(&bent)
		require.Error(t, VerifyOpening(d.params, bent, proof), name)
	}
}

func TestSeed0FieldsDoNotRunTogether(t *testing.T) {
	mix := testMix("window", 1)
	require.NotEqual(t, Seed0("joule-1", 0, mix, []byte("1a")), Seed0("joule-11", 0, mix, []byte("a")))
	require.NotEqual(t, Seed0("", 0, mix, nil), Seed0("", 0, mix, []byte{0}))
	require.NotEqual(t, Seed0("c", 1, mix, nil), Seed0("c", 256, mix, nil))
}

// TestSwappedPathsAndCoordinates answers with genuine material from the wrong
// place: another opening's path, another round's tree, row and column swapped.
func TestSwappedPathsAndCoordinates(t *testing.T) {
	d, c, _ := tamperFixture(t)
	positions := Positions(d.params, c)
	bends := map[string]func(Position) Position{
		"row and column swapped": func(at Position) Position { at.Row, at.Col = at.Col, at.Row+1; return at },
		"next column":            func(at Position) Position { at.Col ^= 1; return at },
		"next row":               func(at Position) Position { at.Row ^= 1; return at },
		"other round":            func(at Position) Position { at.Round = (at.Round + 1) % 11; return at },
	}
	for name, bend := range bends {
		var paths [][]Node
		for _, at := range positions {
			at = bend(at)
			at.Row, at.Col = at.Row%d.params.Grid(), at.Col%d.params.Grid()
			paths = append(paths, d.path(at))
		}
		proof, err := AssembleOpening(d.params, c, d.roots, paths)
		require.NoError(t, err)
		require.ErrorIs(t, VerifyOpening(d.params, c, proof), ErrListRoot, name)
	}
	paths := [][]Node{d.path(positions[1]), d.path(positions[0]), d.path(positions[2]), d.path(positions[3]), d.path(positions[4])}
	proof, err := AssembleOpening(d.params, c, d.roots, paths)
	require.NoError(t, err)
	require.ErrorIs(t, VerifyOpening(d.params, c, proof), ErrListRoot)
}

// TestLeafIsNeverANode feeds each hash the other's input.
func TestLeafIsNeverANode(t *testing.T) {
	left, right := testNode("l", 0), testNode("r", 0)
	var block [blockSize]byte // the node's message, and zeros: the same words
	copy(block[copy(block[:], left[:]):], right[:])
	var tile [16]int32
	for i := range tile {
		tile[i] = int32(binary.LittleEndian.Uint32(block[4*i:]))
	}
	cut := func(hash [HashSize]byte) Node { return Node(hash[:NodeSize]) }
	var plain hashKey
	images := map[Node]string{
		LeafHash(tile[:]):                                "tile leaf",
		NodeHash(left, right):                            "tile node",
		hashPair(&keyListNode, &left, &right):            "list node",
		cut(keyedHash(&keyTileNode, block[:])):           "a node's key over a leaf's length",
		cut(keyedHash(&keyListRoot, block[:2*NodeSize])): "list root",
		cut(keyedHash(&keyRow, block[:2*NodeSize])):      "row",
		cut(keyedHash(&keyColumn, block[:2*NodeSize])):   "column",
		cut(keyedHash(&plain, block[:2*NodeSize])):       "no domain",
	}
	require.Len(t, images, 8, "two domains agree")

	// A tree that is one level too shallow, its "leaf" a node of the real tree,
	// leads to the same root but never verifies as a tile.
	d, c, proof := tamperFixture(t)
	short := append([]byte(nil), proof[:len(proof)-NodeSize]...)
	require.ErrorIs(t, VerifyOpening(d.params, c, short), ErrTruncated)
}
