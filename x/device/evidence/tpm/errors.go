package tpm

import "errors"

// Sentinel errors. Every error of this package wraps exactly one of them, or one of x509chain where a certificate is at
// fault.
var (
	// ErrSize: a structure is longer than its bound, refused before any work.
	ErrSize = errors.New("tpm: structure too large")
	// ErrTruncated: a structure ends inside a field.
	ErrTruncated = errors.New("tpm: structure truncated")
	// ErrTrailing: a structure has bytes after its last field.
	ErrTrailing = errors.New("tpm: trailing bytes")
	// ErrPublic: a public area is not that of a signing key, or uses an algorithm that is not supported.
	ErrPublic = errors.New("tpm: unsupported public area")
	// ErrAttributes: a key lacks an attribute that it must have, or has one that it must not have.
	ErrAttributes = errors.New("tpm: wrong key attributes")
	// ErrAttest: the attestation is not TPM2_Certify's.
	ErrAttest = errors.New("tpm: unexpected attestation")
	// ErrNonce: the attestation answers another nonce.
	ErrNonce = errors.New("tpm: wrong nonce")
	// ErrName: the attestation is about another key.
	ErrName = errors.New("tpm: another key was certified")
	// ErrSignature: the attestation is not signed by the attestation key, or its signature is malformed.
	ErrSignature = errors.New("tpm: invalid signature")
	// ErrEndorsement: the endorsement key is of a kind that no credential can be made for, or that is not accepted.
	ErrEndorsement = errors.New("tpm: unsupported endorsement key")
	// ErrCredential: the published credential is not the one that the challenger's secret makes. The challenger is at
	// fault.
	ErrCredential = errors.New("tpm: published credential does not follow from the secret")
	// ErrActivation: the response does not show that the TPM opened the credential. The device is at fault.
	ErrActivation = errors.New("tpm: wrong response to the credential")
)
