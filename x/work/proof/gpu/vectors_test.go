package gpu

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/bits"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"lukechampine.com/blake3"
)

var update = flag.Bool("update", false, "write testdata/vectors.json again")

const vectorsFile = "testdata/vectors.json"

// vectors are golden values of every step; SPEC.md 10 explains the fields.
type vectors struct {
	Seed0         string            `json:"seed0"`
	NextSeed      string            `json:"next_seed"`
	StreamKeyRow  string            `json:"stream_key_row_3"`
	StreamKeyCol  string            `json:"stream_key_column_3"`
	RowHead       string            `json:"row_3_first_64_bytes"`
	RowSHA256     string            `json:"row_3_of_16384_sha256"`
	ColumnSHA256  string            `json:"column_3_of_16384_sha256"`
	MainnetTile   []int32           `json:"mainnet_tile_row_4095_col_17"`
	DevnetTile    []int32           `json:"devnet_tile_row_5_col_6"`
	TileHash      string            `json:"mainnet_tile_hash"`
	WideTileHash  string            `json:"n1024_b8_tile_row_1_col_2_hash"`
	NodeHash      string            `json:"node_hash"`
	SmallTreeRoot string            `json:"n64_b4_tree_root"`
	ListRoots     map[string]string `json:"list_roots"`
	Positions     []Position        `json:"mainnet_positions"`
	Commitment    string            `json:"opening_commitment"`
	Opening       string            `json:"opening_n64_b4_t5_r11"`
}

func hexOf[T ~[32]byte](v T) string { return hex.EncodeToString(v[:]) }

func hexOfNode(v Node) string { return hex.EncodeToString(v[:]) }

func computeVectors(t *testing.T) vectors {
	seed := testSeed0(1)
	row, column := make([]byte, 16384), make([]byte, 16384)
	ExpandRow(row, seed, 3)
	ExpandColumn(column, seed, 3)
	wide := Params{Version: Version2, N: 1024, B: 8, T: 5, MaxRounds: 1}
	d := prove(smallParams(5), seed, 11, honestTile)
	c := d.challenge(t, 3)
	v := vectors{
		Seed0:         hexOf(seed),
		NextSeed:      hexOf(NextSeed(seed, 5, testNode("root", 5))),
		StreamKeyRow:  hexOf(streamKey(&keyRow, &seed, 3)),
		StreamKeyCol:  hexOf(streamKey(&keyColumn, &seed, 3)),
		RowHead:       hex.EncodeToString(row[:64]),
		RowSHA256:     hexOf(sha256.Sum256(row)),
		ColumnSHA256:  hexOf(sha256.Sum256(column)),
		MainnetTile:   Tile(MainnetParams(), seed, 4095, 17),
		DevnetTile:    Tile(DevnetParams(), seed, 5, 6),
		TileHash:      hexOfNode(LeafHash(Tile(MainnetParams(), seed, 4095, 17))),
		WideTileHash:  hexOfNode(LeafHash(Tile(wide, seed, 1, 2))),
		NodeHash:      hexOfNode(NodeHash(Node(seed[:NodeSize]), Node{1})),
		SmallTreeRoot: hexOfNode(d.roots[0]),
		ListRoots:     make(map[string]string),
		Positions:     Positions(MainnetParams(), testChallenge(30000)),
		Commitment:    hex.EncodeToString(c.Commitment.Marshal()),
		Opening:       hex.EncodeToString(d.open(t, c)),
	}
	for _, rounds := range []int{1, 2, 3, 5, 8, 11} {
		root, err := ListRoot(d.roots[:rounds])
		require.NoError(t, err)
		v.ListRoots[string(rune('0'+rounds/10))+string(rune('0'+rounds%10))] = hexOf(root)
	}
	return v
}

func TestGoldenVectors(t *testing.T) {
	got := computeVectors(t)
	if *update {
		data, err := json.MarshalIndent(got, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(vectorsFile, append(data, '\n'), 0o644))
	}
	data, err := os.ReadFile(vectorsFile)
	require.NoError(t, err)
	var want vectors
	require.NoError(t, json.Unmarshal(data, &want))
	require.Equal(t, want, got)
}

// chacha8Block is one ChaCha8 block without the final addition of the constants
// and the counter, as chacha8rand asks for.
func chacha8Block(key [8]uint32, counter uint32) (x [16]uint32) {
	x = [16]uint32{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}
	copy(x[4:], key[:])
	x[12] = counter
	quarterRound := func(a, b, c, d int) {
		x[a] += x[b]
		x[d] = bits.RotateLeft32(x[d]^x[a], 16)
		x[c] += x[d]
		x[b] = bits.RotateLeft32(x[b]^x[c], 12)
		x[a] += x[b]
		x[d] = bits.RotateLeft32(x[d]^x[a], 8)
		x[c] += x[d]
		x[b] = bits.RotateLeft32(x[b]^x[c], 7)
	}
	for range 4 {
		for i := range 4 {
			quarterRound(i, 4+i, 8+i, 12+i)
		}
		for i := range 4 {
			quarterRound(i, 4+(i+1)%4, 8+(i+2)%4, 12+(i+3)%4)
		}
	}
	for i := range key {
		x[4+i] += key[i]
	}
	return x
}

// referenceStream is C2SP chacha8rand written from its specification, one block
// at a time, for any machine.
func referenceStream(seed [32]byte, size int) (out []byte) {
	for len(out) < size {
		var key [8]uint32
		for i := range key {
			key[i] = binary.LittleEndian.Uint32(seed[4*i:])
		}
		var buffer []byte
		for group := range uint32(4) {
			var blocks [4][16]uint32
			for lane := range uint32(4) {
				blocks[lane] = chacha8Block(key, 4*group+lane)
			}
			for word := range 16 {
				for lane := range 4 {
					buffer = binary.LittleEndian.AppendUint32(buffer, blocks[lane][word])
				}
			}
		}
		out = append(out, buffer[:992]...)
		seed = [32]byte(buffer[992:])
	}
	return out[:size]
}

// TestStreamFollowsItsSpecification pins the standard library's generator, whose
// SIMD code differs per architecture, to the specification.
func TestStreamFollowsItsSpecification(t *testing.T) {
	for k := range byte(4) {
		seed := sha256.Sum256([]byte{k})
		got := make([]byte, 5000)
		_, err := rand.NewChaCha8(seed).Read(got)
		require.NoError(t, err)
		require.Equal(t, referenceStream(seed, len(got)), got)
		// Reading in pieces, as the verifier does, gives the same stream.
		pieces, stream := make([]byte, 5000), rand.NewChaCha8(seed)
		for at := 0; at < len(pieces); at += 40 {
			_, err := stream.Read(pieces[at : at+40])
			require.NoError(t, err)
		}
		require.Equal(t, got, pieces)
	}
}

// TestKeyedHashIsBLAKE3 compares with an independent implementation.
func TestKeyedHashIsBLAKE3(t *testing.T) {
	var message [1024]byte
	rand.NewChaCha8([32]byte{5}).Read(message[:])
	for size := range len(message) + 1 {
		var name [32]byte
		copy(name[:], "joule/gpu/v2/tile leaf")
		reference := blake3.New(32, name[:])
		reference.Write(message[:size])
		got := keyedHash(&keyTileLeaf, message[:size])
		require.Equal(t, reference.Sum(nil), got[:], "%d bytes", size)
	}
	var name [32]byte
	copy(name[:], "joule/gpu/v2/list node")
	reference := blake3.New(NodeSize, name[:])
	reference.Write(message[:2*NodeSize])
	left, right := Node(message[:NodeSize]), Node(message[NodeSize:])
	node := hashPair(&keyListNode, &left, &right)
	require.Equal(t, reference.Sum(nil), node[:], "a node is BLAKE3 with an output of 28 bytes")
}
