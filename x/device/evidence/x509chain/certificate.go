package x509chain

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"github.com/joulechain/joule/x/device/evidence/der"
)

const (
	// MaxCertificateSize is the largest certificate in bytes. Those of chips have 500 to 1,900.
	MaxCertificateSize = 3072
	// MaxExtensions is the most extensions of a certificate.
	MaxExtensions = 24
	// maxSerial is RFC 5280's bound of a serial number in bytes.
	maxSerial = 20
)

// Certificate is a parsed certificate. Its byte fields are parts of Raw and must not be changed.
type Certificate struct {
	Raw []byte
	// Serial is the serial number, big-endian without leading zeros.
	Serial []byte
	// Issuer and Subject are names in DER, compared as bytes.
	Issuer, Subject []byte
	// NotBefore and NotAfter bound the validity, both inclusive, in unix seconds.
	NotBefore, NotAfter int64
	Key                 PublicKey
	// SPKI is the SubjectPublicKeyInfo in DER, KeyHash its SHA-256.
	SPKI    []byte
	KeyHash KeyHash
	// Authority is the basic constraints' cA, PathLength their pathLenConstraint, −1 where there is none.
	Authority  bool
	PathLength int
	// Usage has the bits of the key usage extension; HasUsage tells whether there is one.
	Usage    uint32
	HasUsage bool
	// Purposes are the extended key usages as OID contents.
	Purposes []string
	// Extensions are all extensions in order.
	Extensions []Extension

	subjectKey, authorityKey []byte
	algorithm                Algorithm
	signed, signature        []byte
}

// Extension is one extension: OID and value, both as contents.
type Extension struct {
	OID      string
	Critical bool
	Value    []byte
}

// Extension returns the value of an extension, nil where there is none.
func (c *Certificate) Extension(oid string) []byte {
	for i := range c.Extensions {
		if c.Extensions[i].OID == oid {
			return c.Extensions[i].Value
		}
	}
	return nil
}

// Parse reads one certificate strictly. It checks shape, key and extensions, no signature. understood lists the OIDs of
// critical extensions that the caller handles besides those known here. Errors: ErrSize, ErrMalformed, ErrKey,
// ErrAlgorithm, ErrCritical.
func Parse(raw []byte, understood ...string) (*Certificate, error) {
	if len(raw) > MaxCertificateSize {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrSize, len(raw), MaxCertificateSize)
	}
	c := &Certificate{Raw: raw, PathLength: -1}
	r, err := der.Single(raw, der.TagSequence)
	if err != nil {
		return nil, malformed("certificate", err)
	}
	tbs, signed, err := r.Element(der.TagSequence)
	if err != nil {
		return nil, malformed("tbsCertificate", err)
	}
	_, algorithm, err := r.Element(der.TagSequence)
	if err != nil {
		return nil, malformed("signatureAlgorithm", err)
	}
	if c.signature, err = r.Bytes(); err == nil {
		err = r.Close()
	}
	if err != nil {
		return nil, malformed("signature", err)
	}
	c.signed = signed
	inner, err := c.parseSigned(der.NewReader(tbs), understood)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(inner, algorithm) {
		return nil, fmt.Errorf("%w: signature algorithm differs inside and outside", ErrMalformed)
	}
	return c, nil
}

// malformed wraps an error of the encoding; errors that already say what is wrong with a key or an algorithm stay.
func malformed(field string, err error) error {
	return fmt.Errorf("%w: %s: %w", ErrMalformed, field, err)
}

// parseSigned reads tbsCertificate and returns the algorithm identifier in it. Unique identifiers, which nobody uses,
// are refused as trailing elements.
func (c *Certificate) parseSigned(r der.Reader, understood []string) (algorithm []byte, err error) {
	if err := readVersion(&r); err != nil {
		return nil, malformed("version", err)
	}
	if c.Serial, err = r.Unsigned(maxSerial); err != nil {
		return nil, malformed("serialNumber", err)
	}
	if _, algorithm, err = r.Element(der.TagSequence); err != nil {
		return nil, malformed("signature", err)
	}
	if c.algorithm, err = parseAlgorithm(algorithm); err != nil {
		return nil, classify("signature", err, ErrAlgorithm)
	}
	if _, c.Issuer, err = r.Element(der.TagSequence); err != nil {
		return nil, malformed("issuer", err)
	}
	if err := c.parseValidity(&r); err != nil {
		return nil, malformed("validity", err)
	}
	if _, c.Subject, err = r.Element(der.TagSequence); err != nil {
		return nil, malformed("subject", err)
	}
	if _, c.SPKI, err = r.Element(der.TagSequence); err != nil {
		return nil, malformed("subjectPublicKeyInfo", err)
	}
	if c.Key, err = parseKey(c.SPKI); err != nil {
		return nil, classify("subjectPublicKeyInfo", err, ErrKey)
	}
	c.KeyHash = sha256.Sum256(c.SPKI)
	if err := c.parseExtensions(&r, understood); err != nil {
		return nil, classify("extensions", err, ErrCritical)
	}
	if err := r.Close(); err != nil {
		return nil, malformed("tbsCertificate", err)
	}
	return algorithm, nil
}

func readVersion(r *der.Reader) error {
	version, err := r.Inside(der.Context(0, true))
	if err != nil {
		return err
	}
	n, err := version.Small()
	if err != nil {
		return err
	}
	if n != 2 {
		return fmt.Errorf("%w: version %d, want 2 (v3)", der.ErrValue, n)
	}
	return version.Close()
}

func (c *Certificate) parseValidity(r *der.Reader) error {
	validity, err := r.Inside(der.TagSequence)
	if err != nil {
		return err
	}
	if c.NotBefore, err = validity.Time(); err != nil {
		return err
	}
	if c.NotAfter, err = validity.Time(); err != nil {
		return err
	}
	return validity.Close()
}
