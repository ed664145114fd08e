package der

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

func unhex(tb testing.TB, text string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(text)
	require.NoError(tb, err)
	return b
}

// TestElements reads one element in every form of its length.
func TestElements(t *testing.T) {
	long, longer := bytes.Repeat([]byte{7}, 200), bytes.Repeat([]byte{7}, 300)
	for name, c := range map[string]struct {
		input []byte
		want  error
		size  int
	}{
		"empty":                      {[]byte{4, 0}, nil, 0},
		"short":                      {[]byte{4, 2, 1, 2}, nil, 2},
		"one length octet more":      {append([]byte{4, 0x81, 200}, long...), nil, 200},
		"two length octets more":     {append([]byte{4, 0x82, 1, 44}, longer...), nil, 300},
		"nothing":                    {nil, ErrTruncated, 0},
		"tag alone":                  {[]byte{4}, ErrTruncated, 0},
		"content missing":            {[]byte{4, 3, 1, 2}, ErrTruncated, 0},
		"length octet missing":       {[]byte{4, 0x81}, ErrTruncated, 0},
		"two length octets missing":  {[]byte{4, 0x82, 1}, ErrTruncated, 0},
		"needless second octet":      {[]byte{4, 0x81, 1, 9}, ErrLength, 0},
		"needless third octet":       {append([]byte{4, 0x82, 0, 200}, long...), ErrLength, 0},
		"indefinite":                 {[]byte{4, 0x80, 0, 0}, ErrLength, 0},
		"three length octets":        {[]byte{4, 0x83, 1, 0, 0}, ErrLength, 0},
		"tag of two bytes":           {[]byte{0x1f, 0x81, 0}, ErrTag, 0},
		"constructed tag of 2 bytes": {[]byte{0xbf, 0x21, 0}, ErrTag, 0},
		"end of contents":            {[]byte{0, 0}, ErrTag, 0},
	} {
		r := NewReader(c.input)
		_, content, element, err := r.Any()
		require.ErrorIs(t, err, c.want, name)
		if c.want == nil {
			require.Len(t, content, c.size, name)
			require.Equal(t, c.input, element, name)
			require.True(t, r.Empty(), name)
		}
	}
	r := NewReader([]byte{4, 1, 9, 2, 1, 5})
	_, err := r.Read(TagInteger)
	require.ErrorIs(t, err, ErrTag)
	require.True(t, r.Next(TagOctetString), "a refused element stays")
	content, err := r.Read(TagOctetString)
	require.NoError(t, err)
	require.Equal(t, []byte{9}, content)
	require.ErrorIs(t, r.Close(), ErrTrailing)
	require.Len(t, append(content, 1), 2)
	require.True(t, r.Next(TagInteger), "appending to a part must not overwrite the rest")
	_, err = Single([]byte{0x30, 0, 5}, TagSequence)
	require.ErrorIs(t, err, ErrTrailing)
	require.Equal(t, byte(0xa3), Context(3, true))
	require.Equal(t, byte(0x80), Context(0, false))
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		what, input string
		read        func(*Reader) (any, error)
		want        any
		err         error
	}{
		{"true", "0101ff", boolean, true, nil},
		{"false", "010100", boolean, false, nil},
		{"BER true", "010101", boolean, nil, ErrValue},
		{"empty boolean", "0100", boolean, nil, ErrValue},
		{"long boolean", "0102ffff", boolean, nil, ErrValue},
		{"0", "020100", small, 0, nil},
		{"127", "02017f", small, 127, nil},
		{"128", "02020080", small, 128, nil},
		{"2^31-1", "02047fffffff", small, 1<<31 - 1, nil},
		{"2^31", "02050080000000", small, nil, ErrValue},
		{"2^32", "02050100000000", small, nil, ErrValue},
		{"-1", "0201ff", small, nil, ErrValue},
		{"leading zero", "0202007f", small, nil, ErrValue},
		{"no content", "0200", small, nil, ErrValue},
		{"1.2.840", "06032a8648", oid, "\x2a\x86\x48", nil},
		{"no identifier", "0600", oid, nil, ErrValue},
		{"cut identifier", "06022a86", oid, nil, ErrValue},
		{"padded number", "06032a8001", oid, nil, ErrValue},
		{"padded first number", "06028001", oid, nil, ErrValue},
		{"0x80 inside a number", "06042a818001", oid, "\x2a\x81\x80\x01", nil},
		{"bits", "0303000102", octets, []byte{1, 2}, nil},
		{"bits that are no bytes", "0303010102", octets, nil, ErrValue},
		{"no bits", "0300", octets, nil, ErrValue},
	} {
		r := NewReader(unhex(t, c.input))
		got, err := c.read(&r)
		require.ErrorIs(t, err, c.err, c.what)
		if c.err == nil {
			require.Equal(t, c.want, got, c.what)
		}
	}
	r := NewReader([]byte{2, 2, 1, 0})
	_, err := r.Unsigned(1)
	require.ErrorIs(t, err, ErrValue, "too long for its use")
}

func boolean(r *Reader) (any, error) { return r.Bool() }
func small(r *Reader) (any, error)   { return r.Small() }
func oid(r *Reader) (any, error)     { return r.OID() }
func octets(r *Reader) (any, error)  { return r.Bytes() }

func TestFlags(t *testing.T) {
	for input, want := range map[string]uint32{
		"00": 0, "0780": 1, "0204": 1 << 5, "0106": 1<<5 | 1<<6, "0080000000": 1, "000000000001": 0, "0000000001": 1 << 31, "070080": 1 << 8,
		// Zero bits at the end are not DER, but common.
		"0080": 1, "0400": 0,
	} {
		got, err := Flags(unhex(t, input))
		if len(input) > 10 {
			require.ErrorIs(t, err, ErrValue, input)
			continue
		}
		require.NoError(t, err, input)
		require.Equal(t, want, got, input)
	}
	for _, input := range []string{"", "01", "0880", "0781", "0403"} {
		_, err := Flags(unhex(t, input))
		require.ErrorIs(t, err, ErrValue, input)
	}
}
