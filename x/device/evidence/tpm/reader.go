package tpm

import (
	"encoding/binary"
	"fmt"
)

// reader reads big-endian TPM structures. The first error sticks: later reads return zeros.
type reader struct {
	rest []byte
	err  error
}

func newReader(data []byte, limit int, what string) *reader {
	if len(data) > limit {
		return &reader{err: fmt.Errorf("%w: %s of %d bytes, at most %d", ErrSize, what, len(data), limit)}
	}
	return &reader{rest: data}
}

func (r *reader) take(n int) []byte {
	if r.err == nil && len(r.rest) < n {
		r.err = fmt.Errorf("%w: %d bytes wanted, %d left", ErrTruncated, n, len(r.rest))
	}
	if r.err != nil {
		return make([]byte, min(n, 8))
	}
	head := r.rest[:n:n]
	r.rest = r.rest[n:]
	return head
}

func (r *reader) u8() uint8   { return r.take(1)[0] }
func (r *reader) u16() uint16 { return binary.BigEndian.Uint16(r.take(2)) }
func (r *reader) u32() uint32 { return binary.BigEndian.Uint32(r.take(4)) }
func (r *reader) u64() uint64 { return binary.BigEndian.Uint64(r.take(8)) }

// sized reads a TPM2B: size u16 and that many bytes.
func (r *reader) sized() []byte {
	n := int(r.u16())
	if r.err != nil {
		return nil
	}
	value := r.take(n)
	if r.err != nil {
		return nil
	}
	return value
}

// fail keeps the first error.
func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// close gives the first error, or ErrTrailing.
func (r *reader) close() error {
	if r.err == nil && len(r.rest) > 0 {
		r.err = fmt.Errorf("%w: %d", ErrTrailing, len(r.rest))
	}
	return r.err
}

// appendSized appends a TPM2B.
func appendSized(buf, value []byte) []byte {
	return append(binary.BigEndian.AppendUint16(buf, uint16(len(value))), value...)
}
