package plotfile

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// memory is a file in memory that a test may spoil.
type memory struct {
	data []byte
	fail func(at int64, n int) error
}

func (m *memory) ReadAt(b []byte, at int64) (int, error) {
	if m.fail != nil {
		if err := m.fail(at, len(b)); err != nil {
			return 0, err
		}
	}
	return bytes.NewReader(m.data).ReadAt(b, at)
}

// randomPlots are sorted random fragments for every plot, about 2^k each.
func randomPlots(params proof.Params, plots int, seed uint64) [][]uint64 {
	r := rand.New(rand.NewPCG(seed, uint64(plots)))
	out := make([][]uint64, plots)
	for p := range out {
		n := 1<<params.K + r.IntN(1<<10) - 1<<9
		out[p] = make([]uint64, n)
		for i := range out[p] {
			out[p][i] = r.Uint64() >> (64 - 2*params.K)
		}
		slices.Sort(out[p])
	}
	return out
}

// listSource cuts sorted fragments into cells.
type listSource struct {
	h     *Header
	plots [][]uint64
}

func (s listSource) Cells(run uint32, cells Cells) error {
	shift := setShift(s.h.Params.K)
	for i := range cells {
		set := uint64(run<<s.h.RunBits + uint32(i/s.h.Plots))
		list := s.plots[i%s.h.Plots]
		from, _ := slices.BinarySearch(list, set<<shift)
		to := len(list)
		if set+1 < uint64(s.h.Sets()) {
			to, _ = slices.BinarySearch(list, (set+1)<<shift)
		}
		cells[i] = list[from:to]
	}
	return nil
}

// testHeader describes plots with a slot that is large enough.
func testHeader(params proof.Params, plots [][]uint64) Header {
	h := Header{Geometry: Choose(params, len(plots)), First: 40, DeviceID: []byte("a device")}
	h.SlotBytes = uint32(h.MeanTileBytes() + h.MeanTileBytes()/16)
	for i, list := range plots {
		h.IDs = append(h.IDs, proof.DerivePlotID("joule-test", h.DeviceID, params.Strength, h.First+uint64(i)))
		h.Fragments = append(h.Fragments, uint64(len(list)))
	}
	return h
}

// encodeFile is a whole file.
func encodeFile(tb testing.TB, h Header, plots [][]uint64) []byte {
	tb.Helper()
	head, err := h.Encode()
	require.NoError(tb, err)
	out := slices.Clone(head)
	for tile := range h.Tiles() {
		slot := make([]byte, h.SlotBytes)
		n, err := h.EncodeTile(slot, tile, listSource{&h, plots})
		require.NoError(tb, err)
		require.LessOrEqual(tb, n, len(slot))
		out = append(out, slot...)
	}
	return append(out, head...)
}

// TestRoundTrip: what is written is read, set by set and run by run, for single plots and groups.
func TestRoundTrip(t *testing.T) {
	for _, plots := range []int{1, 2, 5, 40} {
		params := proof.Params{K: 18, Strength: 3}
		lists := randomPlots(params, plots, 1)
		h := testHeader(params, lists)
		file := encodeFile(t, h, lists)
		require.Len(t, file, int(h.FileBytes()))
		read, fromCopy, err := ReadHeader(bytes.NewReader(file), int64(len(file)))
		require.NoError(t, err)
		require.False(t, fromCopy)
		require.Equal(t, h, read)
		f := NewReader(read, bytes.NewReader(file))
		var buffer []byte
		got, want := make([][]uint64, plots), make(Cells, h.cells())
		r := rand.New(rand.NewPCG(7, 7))
		for range 300 {
			set, oneRead := r.Uint32N(h.Sets()), r.IntN(2) == 0
			var p Piece
			p, buffer, err = f.ReadRun(set, oneRead, buffer)
			require.NoError(t, err)
			require.NoError(t, listSource{&h, lists}.Cells(p.Run, want))
			from := r.IntN(plots)
			to := from + 1 + r.IntN(plots-from)
			require.NoError(t, f.Set(got[:to-from], p.Run, p.Data, set, from, to))
			for i := from; i < to; i++ {
				require.True(t, slices.Equal(want[int(set&(1<<h.RunBits-1))*plots+i], got[i-from]))
			}
			cells, err := f.DecodeRun(nil, p.Run, p.Data)
			require.NoError(t, err)
			for i := range cells {
				require.True(t, slices.Equal(want[i], cells[i]))
			}
		}
		perFragment := float64(8*len(file)) / float64(plots) / float64(int(1)<<params.K)
		t.Logf("%d plots: %+v, %.2f bits a fragment", plots, h.Geometry, perFragment)
	}
}

// TestGeometries: every k and group size gives a valid geometry whose mean tile fits what the header admits.
func TestGeometries(t *testing.T) {
	for k := uint8(proof.MinK); k <= proof.MaxK; k += 2 {
		for _, plots := range []int{1, 2, 3, 8, 16, 17, 128, 500, MaxPlots} {
			g := Choose(proof.Params{K: k, Strength: 2}, plots)
			g.SlotBytes = uint32(g.MeanTileBytes())
			require.NoError(t, g.validate(), "k %d, %d plots: %+v", k, plots, g)
			require.Equal(t, g.Sets(), g.Tiles()*g.TileSets())
		}
	}
	// At the shipped size a file is not larger than the nominal size that is paid for.
	g := Choose(proof.Params{K: 28, Strength: 4}, 128)
	slots := float64(g.Tiles()) * float64(g.MeanTileBytes()) / 128
	t.Logf("k=28: %+v, tile %d bytes, mean %.4f of nominal, without the slots' margin", g, g.MeanTileBytes(), slots/(1<<28*30/8))
	require.Less(t, slots, float64(1<<28*30/8))
}

// TestTamper flips bits of every byte of headers and of every region of the tiles: each is found, and only its own tile
// or run suffers.
func TestTamper(t *testing.T) {
	params := proof.Params{K: 18, Strength: 2}
	lists := randomPlots(params, 2, 3)
	h := testHeader(params, lists)
	file := encodeFile(t, h, lists)
	head := int(headerBytes(h.Plots))
	for i := range head {
		file[i] ^= 1 << (i % 8)
		_, err := ParseHeader(file[:head])
		require.ErrorIs(t, err, ErrFormat, "byte %d", i)
		_, fromCopy, err := ReadHeader(bytes.NewReader(file), int64(len(file)))
		require.NoError(t, err)
		require.True(t, fromCopy, "byte %d", i)
		file[i] ^= 1 << (i % 8)
	}
	f := NewReader(h, bytes.NewReader(file))
	damaged := func(tile uint32) (runs int, err error) {
		slot, err := f.ReadTile(tile, nil)
		require.NoError(t, err)
		err = h.CheckTile(tile, slot, func(r Run) {
			if r.Err != nil {
				require.ErrorIs(t, r.Err, ErrDamaged)
				runs++
			}
		})
		return runs, err
	}
	r := rand.New(rand.NewPCG(5, 5))
	for range 2000 {
		at := head + r.IntN(len(file)-2*head)
		tile := uint32((at - head) / int(h.SlotBytes))
		was := file[at]
		file[at] ^= 1 << r.IntN(8)
		runs, err := damaged(tile)
		require.True(t, runs == 1 || errors.Is(err, ErrDamaged), "byte %d", at)
		require.LessOrEqual(t, runs, 1)
		other, err := damaged((tile + 1) % h.Tiles())
		require.NoError(t, err)
		require.Zero(t, other)
		file[at] = was
	}
	// A tile in another's place does not pass.
	a, b := file[head:head+int(h.SlotBytes)], file[head+int(h.SlotBytes):head+2*int(h.SlotBytes)]
	copy(a, b)
	_, err := damaged(0)
	require.ErrorIs(t, err, ErrDamaged)
}

// TestTruncated: a file of another length is refused, wherever it is cut.
func TestTruncated(t *testing.T) {
	params := proof.Params{K: 18, Strength: 2}
	lists := randomPlots(params, 1, 3)
	h := testHeader(params, lists)
	file := encodeFile(t, h, lists)
	for _, n := range []int{0, 1, 15, 47, 4095, 4096, 4097, 8192, len(file) / 2, len(file) - 4096, len(file) - 1} {
		_, _, err := ReadHeader(bytes.NewReader(file[:n]), int64(n))
		require.True(t, errors.Is(err, ErrDamaged) || errors.Is(err, ErrFormat), "%d bytes: %v", n, err)
	}
	longer := append(slices.Clone(file), 0)
	_, _, err := ReadHeader(bytes.NewReader(longer), int64(len(longer)))
	require.ErrorIs(t, err, ErrDamaged)
}

// TestReadErrors: what the disk says reaches the caller, and a file that ends is damaged.
func TestReadErrors(t *testing.T) {
	params := proof.Params{K: 18, Strength: 2}
	lists := randomPlots(params, 1, 4)
	h := testHeader(params, lists)
	m := &memory{data: encodeFile(t, h, lists)}
	broken := errors.New("input/output error")
	m.fail = func(at int64, _ int) error {
		if at >= headerBytes(1) {
			return broken
		}
		return nil
	}
	f := NewReader(h, m)
	for _, oneRead := range []bool{false, true} {
		_, _, err := f.ReadRun(7, oneRead, nil)
		require.ErrorIs(t, err, broken)
	}
	m.fail, m.data = nil, m.data[:headerBytes(1)+100]
	_, _, err := f.ReadRun(7, false, nil)
	require.ErrorIs(t, err, ErrDamaged)
}

// TestEncodeRefuses: what the format cannot hold is an error.
func TestEncodeRefuses(t *testing.T) {
	params := proof.Params{K: 18, Strength: 2}
	lists := randomPlots(params, 1, 4)
	h := testHeader(params, lists)
	_, err := h.EncodeTile(make([]byte, h.SlotBytes/2), 0, listSource{&h, lists})
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = h.EncodeTile(nil, 0, listSource{&h, lists})
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = h.appendRun(nil, 0, Cells{make([]uint64, 256)})
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = h.appendRun(nil, 0, Cells{{5, 4}})
	require.ErrorIs(t, err, ErrFormat)
	_, err = h.appendRun(nil, 0, Cells{{1 << 40}})
	require.ErrorIs(t, err, ErrFormat)
	for name, spoil := range map[string]func(*Header){
		"k":         func(h *Header) { h.Params.K = 19 },
		"strength":  func(h *Header) { h.Params.Strength = 9 },
		"plots":     func(h *Header) { h.Plots = 0 },
		"ids":       func(h *Header) { h.IDs = nil },
		"fragments": func(h *Header) { h.Fragments = make([]uint64, 2) },
		"device":    func(h *Header) { h.DeviceID = make([]byte, MaxDeviceID+1) },
		"first":     func(h *Header) { h.First = 1<<64 - 1 },
		"run bits":  func(h *Header) { h.RunBits = 7 },
		"tile bits": func(h *Header) { h.TileBits = 13 },
		"slot":      func(h *Header) { h.SlotBytes = 1 },
		"huge slot": func(h *Header) { h.SlotBytes = 1 << 31 },
	} {
		spoilt := h
		spoil(&spoilt)
		_, err := spoilt.Encode()
		require.ErrorIs(t, err, ErrFormat, name)
	}
}
