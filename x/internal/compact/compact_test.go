package compact_test

import (
	"bytes"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/x/internal/compact"
)

func TestSizes(t *testing.T) {
	for want, write := range map[string]func(*compact.Writer){
		"00":                   func(w *compact.Writer) { w.Uint(0) },
		"7f":                   func(w *compact.Writer) { w.Uint(127) },
		"8001":                 func(w *compact.Writer) { w.Uint(128) },
		"ffffffffffffffffff01": func(w *compact.Writer) { w.Uint(1<<64 - 1) },
		"01":                   func(w *compact.Writer) { w.Near(6, 7) },
		"02":                   func(w *compact.Writer) { w.Near(0, 1<<64-1) },
		"03616263":             func(w *compact.Writer) { w.Bytes([]byte("abc")) },
		"020100":               func(w *compact.Writer) { w.Int("x", math.NewInt(256)) },
	} {
		w := compact.NewWriter(0)
		write(w)
		bz, err := w.Encoded()
		require.NoError(t, err)
		require.Equal(t, want, hex(bz))
	}
	w := compact.NewWriter(0)
	w.Int("missing", math.Int{})
	bz, err := w.Encoded()
	require.NoError(t, err)
	require.Equal(t, "00", hex(bz), "a missing amount is 0")
	w.Int("pay", math.NewInt(-1))
	w.Fail(compact.ErrEncoding)
	_, err = w.Encoded()
	require.ErrorContains(t, err, "pay is -1", "the first error stays")
}

func hex(b []byte) string {
	const digits = "0123456789abcdef"
	var out bytes.Buffer
	for _, c := range b {
		out.WriteByte(digits[c>>4])
		out.WriteByte(digits[c&15])
	}
	return out.String()
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		bytes []byte
		read  func(*compact.Reader)
		want  string
	}{
		"nothing":           {nil, func(r *compact.Reader) { r.Uint("n") }, "n is cut short"},
		"cut":               {[]byte{0x80}, func(r *compact.Reader) { r.Uint("n") }, "n is cut short"},
		"longer than 64":    {bytes.Repeat([]byte{0xff}, 11), func(r *compact.Reader) { r.Uint("n") }, "exceeds 64 bits"},
		"padded":            {[]byte{0x81, 0}, func(r *compact.Reader) { r.Uint("n") }, "more bytes than it needs"},
		"too large":         {[]byte{9}, func(r *compact.Reader) { r.Upto("n", 8) }, "n is 9; want at most 8"},
		"bytes cut":         {[]byte{2, 1}, func(r *compact.Reader) { r.Bytes("b") }, "b has 2 bytes, 1 are left"},
		"length of 2^64-1":  {append(bytes.Repeat([]byte{0xff}, 9), 1), func(r *compact.Reader) { r.Text("b") }, "0 are left"},
		"amount padded":     {[]byte{2, 0, 1}, func(r *compact.Reader) { r.Int("a") }, "a has more bytes than it needs"},
		"amount too large":  {append([]byte{33, 1}, make([]byte, 32)...), func(r *compact.Reader) { r.Int("a") }, "a has 33 bytes"},
		"list too long":     {[]byte{2, 1, 1, 1}, func(r *compact.Reader) { r.Count("l", 2) }, "l is 2; want at most 1"},
		"unknown flag":      {[]byte{4}, func(r *compact.Reader) { r.Flags("f", 3) }, "f are 100"},
		"bytes left":        {[]byte{1, 2}, func(r *compact.Reader) { r.Uint("n") }, "1 bytes too many"},
		"first error stays": {[]byte{9}, func(r *compact.Reader) { r.Upto("n", 8); r.Uint("m"); r.Fail("x", "y") }, "n is 9"},
	} {
		t.Run(name, func(t *testing.T) {
			r := compact.NewReader(c.bytes)
			c.read(r)
			err := r.End()
			require.ErrorIs(t, err, compact.ErrEncoding)
			require.ErrorContains(t, err, c.want)
			require.Zero(t, r.Uint("after"))
			require.True(t, r.Int("after").IsZero())
		})
	}
}

func TestLargestAmount(t *testing.T) {
	most := math.NewIntFromBigInt(new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), math.MaxBitLen), big.NewInt(1)))
	w := compact.NewWriter(0)
	w.Int("a", most)
	bz, err := w.Encoded()
	require.NoError(t, err)
	r := compact.NewReader(bz)
	require.Equal(t, most.String(), r.Int("a").String())
	require.NoError(t, r.End())
}

// FuzzReader: whatever is read is written again as the same bytes.
func FuzzReader(f *testing.F) {
	f.Add([]byte{5, 3, 'a', 'b', 'c', 2, 1, 0, 8})
	f.Fuzz(func(t *testing.T, bz []byte) {
		r := compact.NewReader(bz)
		n, b, a := r.Uint("n"), r.Bytes("b"), r.Int("a")
		near := r.Near("near", n)
		if r.End() != nil {
			return
		}
		w := compact.NewWriter(0)
		w.Uint(n)
		w.Bytes(b)
		w.Int("a", a)
		w.Near(near, n)
		again, err := w.Encoded()
		require.NoError(t, err)
		require.Equal(t, bz, again)
	})
}
