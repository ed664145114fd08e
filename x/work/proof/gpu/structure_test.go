package gpu

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// matrices expands a round in full: rows of A and columns of B.
func matrices(p Params, seed Seed) (rows, columns [][]byte) {
	for i := range p.N {
		row, column := make([]byte, p.N), make([]byte, p.N)
		ExpandRow(row, seed, i)
		ExpandColumn(column, seed, i)
		rows, columns = append(rows, row), append(columns, column)
	}
	return rows, columns
}

// additive is the generator of a peer network: entry (i, j) depends on i+j only.
func additive(n uint32, source rand.Source) (rows, columns [][]byte) {
	a, b := make([]byte, 2*n), make([]byte, 2*n)
	for i := range a {
		a[i], b[i] = byte(source.Uint64()), byte(source.Uint64())
	}
	for i := range n {
		rows, columns = append(rows, a[i:i+n]), append(columns, b[i:i+n])
	}
	return rows, columns
}

func dot(a, b []byte) (sum int32) {
	for k := range a {
		sum += int32(int8(a[k])) * int32(int8(b[k]))
	}
	return sum
}

// hankelProduct is the attack: n dot products for the first row and column, and
// two multiplications for every other entry, because one step down the diagonal
// drops the first term of the sum and appends one. O(n²) instead of O(n³).
func hankelProduct(rows, columns [][]byte) [][]int32 {
	n := len(rows)
	c := make([][]int32, n)
	for i := range n {
		c[i] = make([]int32, n)
		c[i][0] = dot(rows[i], columns[0])
	}
	for j := range n {
		c[0][j] = dot(rows[0], columns[j])
	}
	term := func(a, b byte) int32 { return int32(int8(a)) * int32(int8(b)) }
	for i := range n - 1 {
		for j := range n - 1 {
			c[i+1][j+1] = c[i][j] - term(rows[i][0], columns[j][0]) + term(rows[i+1][n-1], columns[j+1][n-1])
		}
	}
	return c
}

// TestHankelAttack shows that the shortcut computes every entry under an
// additive generator and none of ours beyond the part it computed honestly.
func TestHankelAttack(t *testing.T) {
	p := Params{Version: Version2, N: 128, B: 4, T: 5, MaxRounds: 8}
	rows, columns := additive(p.N, rand.NewChaCha8([32]byte{1}))
	shortcut := hankelProduct(rows, columns)
	for i := range rows {
		for j := range columns {
			require.Equal(t, dot(rows[i], columns[j]), shortcut[i][j])
		}
	}

	rows, columns = matrices(p, testSeed0(1))
	shortcut = hankelProduct(rows, columns)
	matches := 0
	for i := 1; i < len(rows); i++ {
		for j := 1; j < len(columns); j++ {
			if dot(rows[i], columns[j]) == shortcut[i][j] {
				matches++
			}
		}
	}
	require.Less(t, matches, 16, "entries of 16129 that the shortcut predicts: chance, not structure")

	attack := func(_ Params, _ Seed, _ uint64, row, col uint32) (tile []int32) {
		for i := range p.B {
			tile = append(tile, shortcut[row*p.B+i][col*p.B:(col+1)*p.B]...)
		}
		return tile
	}
	d := prove(p, testSeed0(1), 1, attack)
	for draw := range uint64(50) {
		require.ErrorIs(t, d.answer(t, d.challenge(t, draw)), ErrListRoot)
	}
}

// TestNoRowsRepeatOrOverlap looks for an 8-byte window that occurs twice, in one
// stream or in two, over A and B of two rounds and two devices.
func TestNoRowsRepeatOrOverlap(t *testing.T) {
	p := smallParams(2)
	seeds := []Seed{testSeed0(1), NextSeed(testSeed0(1), 0, Node{1}), testSeed0(2)}
	windows := make(map[[8]byte]bool)
	for _, seed := range seeds {
		rows, columns := matrices(p, seed)
		for _, stream := range append(rows, columns...) {
			for at := 0; at+8 <= len(stream); at++ {
				window := [8]byte(stream[at:])
				require.False(t, windows[window], "a window repeats")
				windows[window] = true
			}
		}
	}
	require.Len(t, windows, len(seeds)*2*int(p.N)*(int(p.N)-7))
}

// TestStreamKeysAreIndependent checks at mainnet size that no two streams of a
// round share a key, and that the side, the index and the seed all matter.
func TestStreamKeysAreIndependent(t *testing.T) {
	seed := testSeed0(1)
	keys := make(map[[32]byte]bool)
	for index := range MainnetParams().N {
		keys[streamKey(&keyRow, &seed, index)] = true
		keys[streamKey(&keyColumn, &seed, index)] = true
	}
	require.Len(t, keys, 2*int(MainnetParams().N))
	other := seed
	other[31] ^= 1
	require.NotContains(t, keys, streamKey(&keyRow, &other, 0))
}

// TestRepeatedRowsAttack answers with C computed from one row of A repeated,
// which costs 1/n of the work: it fails against independent rows.
func TestRepeatedRowsAttack(t *testing.T) {
	p := smallParams(2)
	d := prove(p, testSeed0(1), 1, func(p Params, seed Seed, round uint64, row, col uint32) []int32 {
		tile := honestTile(p, seed, round, row, col)
		for i := uint32(1); i < p.B; i++ {
			copy(tile[i*p.B:(i+1)*p.B], tile[:p.B])
		}
		return tile
	})
	for draw := range uint64(50) {
		require.ErrorIs(t, d.answer(t, d.challenge(t, draw)), ErrListRoot)
	}
}

// TestEntriesCoverTheFullRange counts values: all 256, each near n²/256.
// Full range is what keeps sums of two entries outside int8.
func TestEntriesCoverTheFullRange(t *testing.T) {
	p := DevnetParams()
	rows, columns := matrices(p, testSeed0(3))
	for name, side := range map[string][][]byte{"A": rows, "B": columns} {
		var counts [256]int
		for _, stream := range side {
			for _, v := range stream {
				counts[v]++
			}
		}
		for v, count := range counts { // mean 1024, standard deviation 32
			require.InDelta(t, 1024, count, 6*32, "%s, value %d", name, int8(v))
		}
	}
}
