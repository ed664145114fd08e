package compact

import (
	"encoding/binary"
	"fmt"

	"cosmossdk.io/math"
)

// Writer appends fields. Its zero value is ready.
type Writer struct {
	bytes []byte
	err   error
}

// NewWriter returns a writer with room for so many bytes; it grows beyond them.
func NewWriter(room int) *Writer { return &Writer{bytes: make([]byte, 0, room)} }

// Uint appends a number: 1 byte below 128, at most 10.
func (w *Writer) Uint(v uint64) { w.bytes = binary.AppendUvarint(w.bytes, v) }

// Near appends a number by its distance from another one, in either direction: 1 byte for distances up to 63. Every
// pair of numbers has a distance, modulo 2^64.
func (w *Writer) Near(v, base uint64) {
	distance := int64(v - base)
	w.Uint(uint64(distance)<<1 ^ uint64(distance>>63))
}

// Bytes appends the length and the bytes.
func (w *Writer) Bytes(b []byte) {
	w.Uint(uint64(len(b)))
	w.bytes = append(w.bytes, b...)
}

// Int appends an amount: the length of its magnitude and the magnitude, big-endian. A missing amount counts as 0; a
// negative one is an error that names the field.
func (w *Writer) Int(field string, v math.Int) {
	if v.IsNil() {
		v = math.ZeroInt()
	}
	if v.IsNegative() {
		w.Fail(fmt.Errorf("%s is %s; only amounts from 0 on are stored", field, v))
		return
	}
	w.Bytes(v.BigIntMut().Bytes())
}

// Fail has Encoded return the error, the first one if there are several; nil does nothing.
func (w *Writer) Fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// Encoded is what was appended, or the first error.
func (w *Writer) Encoded() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	return w.bytes, nil
}
