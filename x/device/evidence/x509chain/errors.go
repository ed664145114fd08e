package x509chain

import "errors"

// Sentinel errors. Every error of Verify wraps exactly one of them; where one certificate is at fault the text starts
// with its index, leaf 0.
var (
	// ErrPolicy: the policy itself is out of range.
	ErrPolicy = errors.New("chain: invalid policy")
	// ErrCount: the chain has too few or too many certificates.
	ErrCount = errors.New("chain: wrong number of certificates")
	// ErrSize: a certificate is longer than MaxCertificateSize.
	ErrSize = errors.New("chain: certificate too large")
	// ErrMalformed: a certificate is not the strict DER of an X.509 v3 certificate.
	ErrMalformed = errors.New("chain: malformed certificate")
	// ErrKey: a public key is of a kind, curve or size that is not supported or not allowed by the policy.
	ErrKey = errors.New("chain: unsupported public key")
	// ErrAlgorithm: a signature algorithm is not supported, or does not fit the issuer's key.
	ErrAlgorithm = errors.New("chain: unsupported signature algorithm")
	// ErrCritical: a critical extension that nobody here understands.
	ErrCritical = errors.New("chain: unknown critical extension")
	// ErrOrder: a certificate was not issued by the next one: the chain is not in order, leaf first.
	ErrOrder = errors.New("chain: certificates out of order")
	// ErrAuthority: an issuer is no certificate authority, may not sign certificates or exceeds its path length.
	ErrAuthority = errors.New("chain: issuer is not allowed to issue")
	// ErrPurpose: the leaf is an authority or lacks the key usage or purpose that the policy demands.
	ErrPurpose = errors.New("chain: leaf is not for this purpose")
	// ErrNotYetValid: the block's time lies before a certificate's notBefore.
	ErrNotYetValid = errors.New("chain: certificate not yet valid")
	// ErrExpired: the block's time lies after a certificate's notAfter.
	ErrExpired = errors.New("chain: certificate expired")
	// ErrRevoked: the key of one of the certificates is on the revocation list.
	ErrRevoked = errors.New("chain: certificate revoked")
	// ErrRoot: the last certificate's key is none of the pinned ones.
	ErrRoot = errors.New("chain: root is not pinned")
	// ErrSignature: a certificate is not signed by the next one, or the root not by itself.
	ErrSignature = errors.New("chain: invalid signature")
)
