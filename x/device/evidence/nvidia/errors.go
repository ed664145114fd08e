package nvidia

import "errors"

// Sentinel errors. Every error of this package wraps exactly one of them, or one of x509chain where a certificate is at
// fault.
var (
	// ErrPolicy: the policy's own lists are out of range.
	ErrPolicy = errors.New("nvidia: invalid policy")
	// ErrSize: the report is longer than MaxReportSize, refused before any work.
	ErrSize = errors.New("nvidia: report too large")
	// ErrTruncated: the report ends inside a field.
	ErrTruncated = errors.New("nvidia: report truncated")
	// ErrTrailing: the report has bytes after its signature, or a part has bytes after its last field.
	ErrTrailing = errors.New("nvidia: trailing bytes")
	// ErrRequest: the report does not start with GET_MEASUREMENTS of SPDM 1.1 for all measurements, signed, slot 0.
	ErrRequest = errors.New("nvidia: unexpected request")
	// ErrResponse: what follows is not MEASUREMENTS of SPDM 1.1.
	ErrResponse = errors.New("nvidia: unexpected response")
	// ErrMeasurement: a measurement block is out of order or not a SHA-384 digest.
	ErrMeasurement = errors.New("nvidia: invalid measurement")
	// ErrOpaque: an opaque field is repeated or has the wrong size.
	ErrOpaque = errors.New("nvidia: invalid opaque field")
	// ErrNonce: the report answers another nonce.
	ErrNonce = errors.New("nvidia: wrong nonce")
	// ErrFirmware: the report's firmware id differs from the certificate's, or is on the revocation list.
	ErrFirmware = errors.New("nvidia: firmware id")
	// ErrChip: the leaf does not name a chip of an accepted family, or its firmware extension is malformed.
	ErrChip = errors.New("nvidia: invalid chip identity")
	// ErrSignature: the report is not signed by the leaf's key.
	ErrSignature = errors.New("nvidia: invalid report signature")
)
