package der

import "fmt"

// Bool reads a BOOLEAN: 0x00 or 0xff. An explicit FALSE where that is the default is not DER but common and
// unambiguous: accepted.
func (r *Reader) Bool() (bool, error) {
	content, err := r.Read(TagBoolean)
	if err != nil {
		return false, err
	}
	if len(content) != 1 || content[0] != 0 && content[0] != 0xff {
		return false, fmt.Errorf("%w: BOOLEAN %x, want 00 or ff", ErrValue, content)
	}
	return content[0] == 0xff, nil
}

// Unsigned reads an INTEGER ≥ 0 and returns its big-endian bytes without a leading zero (none for 0), at most maxBytes
// of them.
func (r *Reader) Unsigned(maxBytes int) ([]byte, error) {
	content, err := r.Read(TagInteger)
	if err != nil {
		return nil, err
	}
	switch {
	case len(content) == 0:
		return nil, fmt.Errorf("%w: INTEGER without content", ErrValue)
	case content[0] >= 0x80:
		return nil, fmt.Errorf("%w: negative INTEGER", ErrValue)
	case content[0] == 0 && len(content) > 1 && content[1] < 0x80:
		return nil, fmt.Errorf("%w: INTEGER with a needless leading zero", ErrValue)
	case content[0] == 0:
		content = content[1:]
	}
	if len(content) > maxBytes {
		return nil, fmt.Errorf("%w: INTEGER of %d bytes, at most %d", ErrValue, len(content), maxBytes)
	}
	return content, nil
}

// Small reads an INTEGER of 0…2^31−1.
func (r *Reader) Small() (int, error) {
	content, err := r.Unsigned(4)
	if err != nil {
		return 0, err
	}
	var n uint32
	for _, b := range content {
		n = n<<8 | uint32(b)
	}
	if n >= 1<<31 {
		return 0, fmt.Errorf("%w: INTEGER %d, at most 2^31-1", ErrValue, n)
	}
	return int(n), nil
}

// OID reads an OBJECT IDENTIFIER and returns its content, whose encoding is checked to be minimal: equal identifiers
// have equal bytes.
func (r *Reader) OID() (string, error) {
	content, err := r.Read(TagOID)
	if err != nil {
		return "", err
	}
	if len(content) == 0 || content[len(content)-1] >= 0x80 {
		return "", fmt.Errorf("%w: OBJECT IDENTIFIER %x ends inside a number", ErrValue, content)
	}
	start := true
	for _, b := range content {
		if start && b == 0x80 {
			return "", fmt.Errorf("%w: OBJECT IDENTIFIER %x has a number with a leading zero", ErrValue, content)
		}
		start = b < 0x80
	}
	return string(content), nil
}

// Bytes reads a BIT STRING of whole bytes.
func (r *Reader) Bytes() ([]byte, error) {
	content, err := r.Read(TagBitString)
	if err != nil {
		return nil, err
	}
	if len(content) == 0 || content[0] != 0 {
		return nil, fmt.Errorf("%w: BIT STRING that is not of whole bytes", ErrValue)
	}
	return content[1:], nil
}

// Flags reads a BIT STRING of named bits, at most 32, and returns bit i of the string as bit i of the number. content
// is what follows the tag and length. The bits that pad the last byte must be zero; zero bits at the end, which DER
// would cut off, are common and accepted.
func Flags(content []byte) (uint32, error) {
	if len(content) == 0 || len(content) > 5 || content[0] > 7 || len(content) == 1 && content[0] != 0 {
		return 0, fmt.Errorf("%w: BIT STRING %x, want at most 32 named bits", ErrValue, content)
	}
	bits := content[1:]
	if len(bits) > 0 && bits[len(bits)-1]&(1<<content[0]-1) != 0 {
		return 0, fmt.Errorf("%w: BIT STRING %x has padding that is not zero", ErrValue, content)
	}
	var flags uint32
	for i := range len(bits) * 8 {
		if bits[i/8]>>(7-i%8)&1 == 1 {
			flags |= 1 << i
		}
	}
	return flags, nil
}
