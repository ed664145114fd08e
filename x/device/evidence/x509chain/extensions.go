package x509chain

import (
	"errors"
	"fmt"
	"slices"

	"github.com/joulechain/joule/x/device/evidence/der"
)

// maxPurposes is the most extended key usages, maxKeyID the longest key identifier in bytes.
const (
	maxPurposes = 16
	maxKeyID    = 64
)

// classify keeps an error that wraps sentinel and calls any other malformed.
func classify(field string, err, sentinel error) error {
	if errors.Is(err, sentinel) {
		return fmt.Errorf("%s: %w", field, err)
	}
	return malformed(field, err)
}

func (c *Certificate) parseExtensions(r *der.Reader, understood []string) error {
	outer, err := r.Inside(der.Context(3, true))
	if err != nil {
		return err
	}
	list, err := outer.Inside(der.TagSequence)
	if err == nil {
		err = outer.Close()
	}
	if err != nil {
		return err
	}
	for !list.Empty() {
		if len(c.Extensions) == MaxExtensions {
			return fmt.Errorf("%w: more than %d extensions", der.ErrValue, MaxExtensions)
		}
		e, err := readExtension(&list)
		if err != nil {
			return err
		}
		if c.Extension(e.OID) != nil {
			return fmt.Errorf("%w: extension %x twice", der.ErrValue, e.OID)
		}
		c.Extensions = append(c.Extensions, e)
		known, err := c.interpret(e)
		if err != nil {
			return fmt.Errorf("extension %x: %w", e.OID, err)
		}
		if e.Critical && !known && !slices.Contains(understood, e.OID) {
			return fmt.Errorf("%w: %x", ErrCritical, e.OID)
		}
	}
	return nil
}

func readExtension(list *der.Reader) (e Extension, err error) {
	fields, err := list.Inside(der.TagSequence)
	if err != nil {
		return e, err
	}
	if e.OID, err = fields.OID(); err != nil {
		return e, err
	}
	if fields.Next(der.TagBoolean) {
		if e.Critical, err = fields.Bool(); err != nil {
			return e, err
		}
	}
	if e.Value, err = fields.Read(der.TagOctetString); err != nil {
		return e, err
	}
	if len(e.Value) == 0 {
		return e, fmt.Errorf("%w: empty extension", der.ErrValue)
	}
	return e, fields.Close()
}

// interpret reads the extensions that decide something here and tells whether this is one of those that may be
// critical.
func (c *Certificate) interpret(e Extension) (known bool, err error) {
	switch e.OID {
	case oidBasic:
		return true, c.parseBasic(e.Value)
	case oidKeyUsage:
		return true, c.parseUsage(e.Value)
	case oidExtKeyUsage:
		return true, c.parsePurposes(e.Value)
	case oidSubjectKeyID:
		c.subjectKey, err = readKeyID(der.NewReader(e.Value), der.TagOctetString)
		return true, err
	case oidAuthorityKey:
		return true, c.parseAuthorityKey(e.Value)
	case OIDSubjectAltName:
		return true, nil
	default:
		return false, nil
	}
}

func (c *Certificate) parseBasic(value []byte) error {
	r, err := der.Single(value, der.TagSequence)
	if err != nil {
		return err
	}
	if r.Next(der.TagBoolean) {
		if c.Authority, err = r.Bool(); err != nil {
			return err
		}
	}
	if r.Next(der.TagInteger) {
		if c.PathLength, err = r.Small(); err != nil {
			return err
		}
		if !c.Authority {
			return fmt.Errorf("%w: path length of a certificate that is no authority", der.ErrValue)
		}
	}
	return r.Close()
}

func (c *Certificate) parseUsage(value []byte) error {
	r := der.NewReader(value)
	content, err := r.Read(der.TagBitString)
	if err != nil {
		return err
	}
	if c.Usage, err = der.Flags(content); err != nil {
		return err
	}
	c.HasUsage = true
	return r.Close()
}

func (c *Certificate) parsePurposes(value []byte) error {
	r, err := der.Single(value, der.TagSequence)
	if err != nil {
		return err
	}
	for !r.Empty() {
		purpose, err := r.OID()
		if err != nil {
			return err
		}
		if len(c.Purposes) == maxPurposes {
			return fmt.Errorf("%w: more than %d purposes", der.ErrValue, maxPurposes)
		}
		c.Purposes = append(c.Purposes, purpose)
	}
	if len(c.Purposes) == 0 {
		return fmt.Errorf("%w: no purpose", der.ErrValue)
	}
	return nil
}

// parseAuthorityKey reads the key identifier; issuer and serial number, which say the same, are skipped.
func (c *Certificate) parseAuthorityKey(value []byte) error {
	r, err := der.Single(value, der.TagSequence)
	if err != nil || !r.Next(der.Context(0, false)) {
		return err
	}
	id, err := r.Read(der.Context(0, false))
	if err != nil {
		return err
	}
	return keepKeyID(&c.authorityKey, id)
}

func readKeyID(r der.Reader, tag byte) (id []byte, err error) {
	content, err := r.Read(tag)
	if err == nil {
		err = keepKeyID(&id, content)
	}
	if err == nil {
		err = r.Close()
	}
	return id, err
}

func keepKeyID(into *[]byte, id []byte) error {
	if len(id) == 0 || len(id) > maxKeyID {
		return fmt.Errorf("%w: key identifier of %d bytes, want 1…%d", der.ErrValue, len(id), maxKeyID)
	}
	*into = id
	return nil
}
