package spool

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A stored value is: version (1 byte) ‖ the first 8 bytes of SHA-256(key ‖ body) ‖ body. The key is part of the sum, so
// that a record that ends up under another key is found out.
const (
	recordVersion = 1
	sumBytes      = 8
	headerBytes   = 1 + sumBytes
	// maxRecordBytes bounds a value: the largest worker's state, a transcript of 2^20 rounds, has 32 MiB.
	maxRecordBytes = 64 << 20
)

func sum(key, body []byte) []byte {
	h := sha256.New()
	h.Write(key)
	h.Write(body)
	return h.Sum(nil)[:sumBytes]
}

func wrap(key, body []byte) []byte {
	out := append(make([]byte, 0, headerBytes+len(body)), recordVersion)
	return append(append(out, sum(key, body)...), body...)
}

func unwrap(key, value []byte) ([]byte, error) {
	switch {
	case len(value) < headerBytes:
		return nil, fmt.Errorf("%w: %d bytes are too few", ErrDamaged, len(value))
	case len(value) > maxRecordBytes:
		return nil, fmt.Errorf("%w: %d bytes are too many", ErrDamaged, len(value))
	case value[0] != recordVersion:
		return nil, fmt.Errorf("%w: version %d, this program knows %d", ErrDamaged, value[0], recordVersion)
	}
	body := value[headerBytes:]
	if !bytes.Equal(value[1:headerBytes], sum(key, body)) {
		return nil, fmt.Errorf("%w: checksum differs", ErrDamaged)
	}
	return body, nil
}

func decodeJSON(body []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: bytes after the record", ErrDamaged)
	}
	return nil
}

func encodeStatement(s Statement) (key, value []byte, err error) {
	if err := s.check(); err != nil {
		return nil, nil, err
	}
	k, err := s.Key()
	if err != nil {
		return nil, nil, err
	}
	body, err := json.Marshal(s)
	if err != nil {
		return nil, nil, err
	}
	key = k.bytes()
	return key, wrap(key, body), nil
}

// decodeStatement reads a stored statement; the key must be the record's own.
func decodeStatement(key, value []byte) (Statement, error) {
	k, err := parseKey(key)
	if err != nil {
		return Statement{}, err
	}
	body, err := unwrap(key, value)
	if err != nil {
		return Statement{}, err
	}
	var s Statement
	if err := decodeJSON(body, &s); err != nil {
		return Statement{}, err
	}
	if err := s.check(); err != nil {
		return Statement{}, err
	}
	if own, err := s.Key(); err != nil || own != k {
		return Statement{}, fmt.Errorf("%w: the record belongs to another key", ErrDamaged)
	}
	return s, nil
}
