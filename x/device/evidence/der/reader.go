package der

import (
	"errors"
	"fmt"
)

// Sentinel errors. Every error of this package wraps exactly one of them.
var (
	// ErrTruncated: an element ends after its surroundings.
	ErrTruncated = errors.New("der: truncated")
	// ErrTrailing: bytes follow the last element.
	ErrTrailing = errors.New("der: trailing bytes")
	// ErrTag: an element of another type was due.
	ErrTag = errors.New("der: unexpected tag")
	// ErrLength: a length is indefinite, not minimal or above MaxLength.
	ErrLength = errors.New("der: invalid length")
	// ErrValue: the content is not the one encoding of a value of its type, or out of range.
	ErrValue = errors.New("der: invalid value")
)

// Tags of the elements that certificates hold (X.680).
const (
	TagBoolean         byte = 0x01
	TagInteger         byte = 0x02
	TagBitString       byte = 0x03
	TagOctetString     byte = 0x04
	TagNull            byte = 0x05
	TagOID             byte = 0x06
	TagUTF8String      byte = 0x0c
	TagUTCTime         byte = 0x17
	TagGeneralizedTime byte = 0x18
	TagSequence        byte = 0x30
	TagSet             byte = 0x31
)

// MaxLength is the longest content of one element, in bytes: two length octets.
const MaxLength = 1<<16 - 1

// Context is the tag [n] of a context-specific element, 0 ≤ n ≤ 30, primitive or constructed.
func Context(n byte, constructed bool) byte {
	tag := 0x80 | n&0x1f
	if constructed {
		tag |= 0x20
	}
	return tag
}

// Reader reads elements one after the other. The zero Reader is empty. What it returns are parts of the input, not
// copies.
type Reader struct{ rest []byte }

// NewReader starts at the first byte of data.
func NewReader(data []byte) Reader { return Reader{rest: data} }

// Empty tells whether everything was read.
func (r *Reader) Empty() bool { return len(r.rest) == 0 }

// Next tells whether the next element has this tag.
func (r *Reader) Next(tag byte) bool { return len(r.rest) > 0 && r.rest[0] == tag }

// Close is ErrTrailing where something is left.
func (r *Reader) Close() error {
	if len(r.rest) > 0 {
		return fmt.Errorf("%w: %d bytes after the last element", ErrTrailing, len(r.rest))
	}
	return nil
}

// Any reads the next element whatever its tag and returns tag, content and the whole element. Tags of more than one
// byte are ErrTag.
func (r *Reader) Any() (tag byte, content, element []byte, err error) {
	if len(r.rest) < 2 {
		return 0, nil, nil, fmt.Errorf("%w: %d bytes, an element has at least 2", ErrTruncated, len(r.rest))
	}
	tag = r.rest[0]
	if tag&0x1f == 0x1f || tag == 0 {
		return 0, nil, nil, fmt.Errorf("%w: 0x%02x has more than one byte or ends an indefinite length", ErrTag, tag)
	}
	header, length, err := r.length()
	if err != nil {
		return 0, nil, nil, err
	}
	if len(r.rest)-header < length {
		return 0, nil, nil, fmt.Errorf("%w: an element of %d bytes in %d", ErrTruncated, length, len(r.rest)-header)
	}
	element = r.rest[: header+length : header+length]
	r.rest = r.rest[header+length:]
	return tag, element[header:], element, nil
}

// length reads the length octets after a tag; header counts the tag and them.
func (r *Reader) length() (header, length int, err error) {
	first := r.rest[1]
	switch {
	case first < 0x80:
		return 2, int(first), nil
	case first == 0x81 && len(r.rest) >= 3:
		if length = int(r.rest[2]); length < 0x80 {
			return 0, 0, fmt.Errorf("%w: %d in two octets, want one", ErrLength, length)
		}
		return 3, length, nil
	case first == 0x82 && len(r.rest) >= 4:
		if length = int(r.rest[2])<<8 | int(r.rest[3]); length < 0x100 {
			return 0, 0, fmt.Errorf("%w: %d in three octets, want fewer", ErrLength, length)
		}
		return 4, length, nil
	case first == 0x81 || first == 0x82:
		return 0, 0, fmt.Errorf("%w: length octets missing", ErrTruncated)
	default:
		return 0, 0, fmt.Errorf("%w: first octet 0x%02x: want a definite length of at most %d", ErrLength, first, MaxLength)
	}
}

// Read reads the next element, which must have this tag, and returns its content.
func (r *Reader) Read(tag byte) ([]byte, error) {
	content, _, err := r.Element(tag)
	return content, err
}

// Element reads the next element, which must have this tag, and returns its content and the whole element.
func (r *Reader) Element(tag byte) (content, element []byte, err error) {
	if len(r.rest) > 0 && r.rest[0] != tag {
		return nil, nil, fmt.Errorf("%w: 0x%02x, want 0x%02x", ErrTag, r.rest[0], tag)
	}
	_, content, element, err = r.Any()
	return content, element, err
}

// Inside reads the next element, which must have this tag, and returns a reader of its content.
func (r *Reader) Inside(tag byte) (Reader, error) {
	content, err := r.Read(tag)
	return Reader{rest: content}, err
}

// Single reads data as exactly one element of this tag and returns a reader of its content.
func Single(data []byte, tag byte) (Reader, error) {
	outer := Reader{rest: data}
	inner, err := outer.Inside(tag)
	if err == nil {
		err = outer.Close()
	}
	return inner, err
}
