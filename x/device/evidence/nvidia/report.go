package nvidia

import (
	"encoding/binary"
	"fmt"
)

const (
	// MaxReportSize is the longest report in bytes: the driver's own buffer. Real ones have 4,049…4,274.
	MaxReportSize = 8192
	// RequestSize is how many bytes of a report are the verifier's request.
	RequestSize = 37
	// NonceSize is the size of the verifier's and of the GPU's nonce in bytes.
	NonceSize = 32
	// SignatureSize is r ‖ s of P-384.
	SignatureSize = 96
	// DigestSize is a SHA-384 measurement or firmware id in bytes.
	DigestSize = 48
	// MaxMeasurements is the most measurement blocks; Hopper and Blackwell send 64.
	MaxMeasurements = 128

	headerSize  = 8 // of the response, before the measurement record
	blockSize   = 4 + 3 + DigestSize
	tlvSize     = 4
	spdmVersion = 0x11
	getCode     = 0xe0 // GET_MEASUREMENTS
	measureCode = 0x60 // MEASUREMENTS
	signed      = 0x01 // param 1 of the request: sign the response
	allBlocks   = 0xff // param 2 of the request: all measurements
	specDMTF    = 0x01
)

// Report is a parsed report. Nothing in it is authenticated until VerifyReport has accepted it.
type Report struct {
	// Nonce is the verifier's, GPUNonce the chip's own.
	Nonce, GPUNonce [NonceSize]byte
	// Measurements are the firmware's and configuration's digests, block 1 first.
	Measurements []Measurement
	Fields       Fields
	// Signed is request and response without the signature; Signature is r ‖ s, big-endian.
	Signed    []byte
	Signature [SignatureSize]byte
}

// Measurement is one block: what kind of thing was measured (SPDM 1.1, DMTFSpecMeasurementValueType) and its SHA-384.
type Measurement struct {
	Type   uint8
	Digest [DigestSize]byte
}

// ParseReport cuts a report into its fields and checks all of its structure, but neither nonce nor signature. Errors:
// ErrSize, ErrTruncated, ErrTrailing, ErrRequest, ErrResponse, ErrMeasurement, ErrOpaque.
func ParseReport(raw []byte) (*Report, error) {
	if len(raw) > MaxReportSize {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrSize, len(raw), MaxReportSize)
	}
	r := &Report{}
	rest, err := r.parseRequest(raw)
	if err != nil {
		return nil, err
	}
	if rest, err = r.parseRecord(rest); err != nil {
		return nil, err
	}
	if rest, err = r.parseOpaque(rest); err != nil {
		return nil, err
	}
	switch {
	case len(rest) < SignatureSize:
		return nil, fmt.Errorf("%w: signature of %d bytes, want %d", ErrTruncated, len(rest), SignatureSize)
	case len(rest) > SignatureSize:
		return nil, fmt.Errorf("%w: %d bytes after the signature", ErrTrailing, len(rest)-SignatureSize)
	}
	r.Signature = [SignatureSize]byte(rest)
	r.Signed = raw[:len(raw)-SignatureSize]
	return r, nil
}

// take cuts n bytes off the front.
func take(rest []byte, n int, field string) (head, tail []byte, err error) {
	if len(rest) < n {
		return nil, nil, fmt.Errorf("%w: %s needs %d bytes, %d are left", ErrTruncated, field, n, len(rest))
	}
	return rest[:n], rest[n:], nil
}

func (r *Report) parseRequest(raw []byte) (rest []byte, err error) {
	request, rest, err := take(raw, RequestSize, "request")
	if err != nil {
		return nil, err
	}
	if head := [4]byte(request); head != [4]byte{spdmVersion, getCode, signed, allBlocks} {
		return nil, fmt.Errorf("%w: %x, want 11e001ff (SPDM 1.1 GET_MEASUREMENTS, signed, all blocks)", ErrRequest, head)
	}
	if slot := request[RequestSize-1]; slot != 0 {
		return nil, fmt.Errorf("%w: certificate slot %d, want 0", ErrRequest, slot)
	}
	r.Nonce = [NonceSize]byte(request[4:])
	return rest, nil
}

// parseRecord reads the response's header, the measurement record and the GPU's nonce.
func (r *Report) parseRecord(rest []byte) ([]byte, error) {
	header, rest, err := take(rest, headerSize, "response header")
	if err != nil {
		return nil, err
	}
	if header[0] != spdmVersion || header[1] != measureCode || header[2] != 0 || header[3] != 0 {
		return nil, fmt.Errorf("%w: %x, want 11600000 (SPDM 1.1 MEASUREMENTS, slot 0)", ErrResponse, header[:4])
	}
	count := int(header[4])
	if count == 0 || count > MaxMeasurements {
		return nil, fmt.Errorf("%w: %d blocks, want 1…%d", ErrMeasurement, count, MaxMeasurements)
	}
	if length := int(header[5]) | int(header[6])<<8 | int(header[7])<<16; length != count*blockSize {
		return nil, fmt.Errorf("%w: record of %d bytes, %d blocks of SHA-384 have %d", ErrMeasurement, length, count, count*blockSize)
	}
	record, rest, err := take(rest, count*blockSize, "measurement record")
	if err != nil {
		return nil, err
	}
	r.Measurements = make([]Measurement, count)
	for i := range r.Measurements {
		if r.Measurements[i], err = parseBlock(i+1, record[i*blockSize:]); err != nil {
			return nil, err
		}
	}
	nonce, rest, err := take(rest, NonceSize, "GPU nonce")
	if err != nil {
		return nil, err
	}
	r.GPUNonce = [NonceSize]byte(nonce)
	return rest, nil
}

// parseBlock reads block number index, of which at least blockSize bytes are there: index ‖ specification ‖ size u16 ‖
// type ‖ value size u16 ‖ value.
func parseBlock(index int, block []byte) (m Measurement, err error) {
	size, valueSize := int(binary.LittleEndian.Uint16(block[2:])), int(binary.LittleEndian.Uint16(block[5:]))
	if int(block[0]) != index || block[1] != specDMTF || size != 3+DigestSize || valueSize != DigestSize {
		return m, fmt.Errorf("%w: block %d has index %d, specification %d, size %d and value size %d, want specification 1, 51 and 48",
			ErrMeasurement, index, block[0], block[1], size, valueSize)
	}
	return Measurement{Type: block[4], Digest: [DigestSize]byte(block[7:])}, nil
}
