package plotfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// FuzzHeader: whatever the bytes, parsing ends in a valid header that encodes to the same bytes, or in an error. The
// fuzzer may also ask for the digest to be made right, so that it gets past it.
func FuzzHeader(f *testing.F) {
	params := proof.Params{K: 18, Strength: 2}
	h := testHeader(params, make([][]uint64, 3))
	head, err := h.Encode()
	require.NoError(f, err)
	f.Add(head, true)
	f.Add([]byte(magic), false)
	f.Fuzz(func(t *testing.T, b []byte, seal bool) {
		if seal && len(b) >= headerUnit {
			digest := sha256.Sum256(b[:len(b)-32])
			copy(b[len(b)-32:], digest[:])
		}
		h, err := ParseHeader(b)
		if err == nil {
			again, err := h.Encode()
			require.NoError(t, err)
			require.Equal(t, b, again)
		}
		if h, _, err := ReadHeader(bytes.NewReader(b), int64(len(b))); err == nil {
			require.Equal(t, int64(len(b)), h.FileBytes())
		}
	})
}

// FuzzRun: decoding arbitrary bytes under a right checksum never panics, never leaves the set, and what decodes encodes
// to the same fragments.
func FuzzRun(f *testing.F) {
	params := proof.Params{K: 18, Strength: 2}
	lists := randomPlots(params, 2, 9)
	h := testHeader(params, lists)
	cells := make(Cells, h.cells())
	for run := range uint32(2) {
		require.NoError(f, listSource{&h, lists}.Cells(run, cells))
		data, err := h.appendRun(nil, run, cells)
		require.NoError(f, err)
		f.Add(run, data[:len(data)-4])
	}
	f.Add(uint32(3), []byte{255, 1, 2})
	f.Fuzz(func(t *testing.T, run uint32, data []byte) {
		run %= h.Runs()
		data = binary.LittleEndian.AppendUint32(data, checksum(&h.IDs[0], uint64(run), data))
		if h.CheckRun(run, data) != nil {
			return // shorter than its sizes
		}
		cells, err := h.DecodeRun(nil, run, data)
		if err != nil {
			require.ErrorIs(t, err, ErrDamaged)
			return
		}
		again, err := h.appendRun(nil, run, cells)
		require.NoError(t, err)
		require.Equal(t, data, again)
	})
}

// FuzzTable: a tile's table never points outside its tile.
func FuzzTable(f *testing.F) {
	params := proof.Params{K: 18, Strength: 2}
	h := testHeader(params, make([][]uint64, 2))
	f.Add(uint32(1), make([]byte, h.tableBytes()-4))
	f.Fuzz(func(t *testing.T, tile uint32, data []byte) {
		if len(data) != h.tableBytes()-4 {
			return
		}
		data = binary.LittleEndian.AppendUint32(data, checksum(&h.IDs[0], uint64(tile)|tableMark, data))
		table, err := h.ParseTable(nil, tile, data)
		if err != nil {
			require.ErrorIs(t, err, ErrDamaged)
			return
		}
		require.Len(t, table, h.TileRuns()+1)
		for i := range h.TileRuns() {
			require.Less(t, table[i], table[i+1])
		}
		require.LessOrEqual(t, table[h.TileRuns()], h.SlotBytes)
	})
}
