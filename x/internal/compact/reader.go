package compact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"cosmossdk.io/math"
)

// ErrEncoding says that bytes are not the one encoding of a value.
var ErrEncoding = errors.New("not a stored value's encoding")

// Reader takes fields from the front of bytes. After the first error every field is zero; End tells the error.
type Reader struct {
	rest []byte
	err  error
}

// NewReader returns a reader of the bytes, which it does not change.
func NewReader(bytes []byte) *Reader { return &Reader{rest: bytes} }

// Uint takes a number.
func (r *Reader) Uint(field string) uint64 {
	v, n := binary.Uvarint(r.rest)
	switch {
	case r.err != nil:
		return 0
	case n <= 0:
		r.fail(field, "is cut short or exceeds 64 bits")
		return 0
	case n > 1 && r.rest[n-1] == 0:
		r.fail(field, "has more bytes than it needs")
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// Upto takes a number of at most most.
func (r *Reader) Upto(field string, most uint64) uint64 {
	v := r.Uint(field)
	if v > most {
		r.fail(field, fmt.Sprintf("is %d; want at most %d", v, most))
		return 0
	}
	return v
}

// Near takes a number that was written by its distance from another one.
func (r *Reader) Near(field string, base uint64) uint64 {
	z := r.Uint(field)
	return base + (z>>1 ^ -(z & 1))
}

// Bytes takes a byte string; the result is the reader's own.
func (r *Reader) Bytes(field string) []byte { return slices.Clone(r.view(field)) }

// Text is Bytes as a string.
func (r *Reader) Text(field string) string { return string(r.view(field)) }

func (r *Reader) view(field string) []byte {
	n := r.Uint(field)
	if n > uint64(len(r.rest)) {
		r.fail(field, fmt.Sprintf("has %d bytes, %d are left", n, len(r.rest)))
		return nil
	}
	if n == 0 {
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

// Int takes an amount.
func (r *Reader) Int(field string) math.Int {
	magnitude := r.view(field)
	switch {
	case len(magnitude) > math.MaxBitLen/8:
		r.fail(field, fmt.Sprintf("has %d bytes; want at most %d", len(magnitude), math.MaxBitLen/8))
		return math.ZeroInt()
	case len(magnitude) > 0 && magnitude[0] == 0:
		r.fail(field, "has more bytes than it needs")
		return math.ZeroInt()
	}
	return math.NewIntFromBigIntMut(new(big.Int).SetBytes(magnitude))
}

// Count takes the length of a list whose entries have at least size bytes each: a longer one than the bytes that are
// left can hold is refused before anything is made for it.
func (r *Reader) Count(field string, size int) int {
	n := r.Uint(field)
	if most := uint64(len(r.rest) / size); n > most {
		r.fail(field, fmt.Sprintf("is %d; want at most %d", n, most))
		return 0
	}
	return int(n)
}

// Flags takes a set of flags, of which only the named ones may stand.
func (r *Reader) Flags(field string, known uint64) uint64 {
	v := r.Uint(field)
	if v&^known != 0 {
		r.fail(field, fmt.Sprintf("are %b; known are %b", v, known))
		return 0
	}
	return v
}

// Fail has End return an error about a field, unless an earlier one stands.
func (r *Reader) Fail(field, what string) { r.fail(field, what) }

func (r *Reader) fail(field, what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s %s", ErrEncoding, field, what)
	}
	r.rest = nil
}

// Err is the first error so far.
func (r *Reader) Err() error { return r.err }

// End demands that nothing is left and returns the first error.
func (r *Reader) End() error {
	if len(r.rest) > 0 {
		r.fail("value", fmt.Sprintf("has %d bytes too many", len(r.rest)))
	}
	return r.err
}
