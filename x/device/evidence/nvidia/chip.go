package nvidia

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/joulechain/joule/x/device/evidence/der"
	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// Object identifiers as contents.
const (
	oidChipName      = "\x2b\x06\x01\x04\x01\x83\x1c\x82\x12\x01" // 1.3.6.1.4.1.412.274.1, DMTF device info in SPDM certificates
	oidCompositeID   = "\x67\x81\x05\x05\x04\x01"                 // 2.23.133.5.4.1, Hopper: firmware id with the parent's key
	oidTCBInfo       = "\x67\x81\x05\x05\x04\x01\x01"             // 2.23.133.5.4.1.1, Blackwell: DiceTcbInfo
	oidSHA384        = "\x60\x86\x48\x01\x65\x03\x04\x02\x02"
	namePrefix       = "NVIDIA:"
	maxChipName      = 64
	maxFirmwareIDs   = 8
	flagNotSecure    = 1 << 1 // DiceTcbInfo flags
	flagDebug        = 1 << 3
	fieldFirmwareIDs = 6
	fieldFlags       = 7
)

// chipName reads the subject alternative name, whose one entry is otherName NVIDIA:<family>:<16 hex digits>.
func chipName(leaf *x509chain.Certificate) (family, name string, err error) {
	value := leaf.Extension(x509chain.OIDSubjectAltName)
	if value == nil {
		return "", "", fmt.Errorf("%w: the leaf has no subject alternative name", ErrChip)
	}
	text, err := readChipName(value)
	if err != nil {
		return "", "", fmt.Errorf("%w: subject alternative name: %w", ErrChip, err)
	}
	family, serial, ok := strings.Cut(strings.TrimPrefix(text, namePrefix), ":")
	if !strings.HasPrefix(text, namePrefix) || !ok || family == "" || len(serial) != 16 || strings.Trim(serial, "0123456789ABCDEF") != "" {
		return "", "", fmt.Errorf("%w: name %q, want NVIDIA:<family>:<16 upper-case hex digits>", ErrChip, text)
	}
	return family, text, nil
}

// readChipName reads SEQUENCE { [0] { OID, [0] { UTF8String } } }.
func readChipName(value []byte) (string, error) {
	names, err := der.Single(value, der.TagSequence)
	if err != nil {
		return "", err
	}
	other, err := names.Inside(der.Context(0, true))
	if err != nil {
		return "", err
	}
	if oid, err := other.OID(); err != nil {
		return "", err
	} else if oid != oidChipName {
		return "", fmt.Errorf("%w: name of type %x", der.ErrValue, oid)
	}
	explicit, err := other.Inside(der.Context(0, true))
	if err != nil {
		return "", err
	}
	text, err := explicit.Read(der.TagUTF8String)
	if err != nil {
		return "", err
	}
	if len(text) > maxChipName {
		return "", fmt.Errorf("%w: name of %d bytes, at most %d", der.ErrValue, len(text), maxChipName)
	}
	for _, r := range []*der.Reader{&explicit, &other, &names} {
		if err := r.Close(); err != nil {
			return "", err
		}
	}
	return string(text), nil
}

// firmwareID reads the firmware id that the chip's ROM certified. parent is the ROM key's certificate, whose key Hopper
// repeats in the extension.
func firmwareID(leaf, parent *x509chain.Certificate) (id [DigestSize]byte, err error) {
	composite, info := leaf.Extension(oidCompositeID), leaf.Extension(oidTCBInfo)
	switch {
	case composite != nil && info != nil:
		err = fmt.Errorf("%w: two forms of it", der.ErrValue)
	case composite != nil:
		id, err = readComposite(composite, parent.SPKI)
	case info != nil:
		id, err = readTCBInfo(info)
	default:
		err = fmt.Errorf("%w: the leaf has none", der.ErrValue)
	}
	if err != nil {
		return id, fmt.Errorf("%w: firmware id extension: %w", ErrChip, err)
	}
	return id, nil
}

// readComposite reads SEQUENCE { 1, SubjectPublicKeyInfo of the parent, SEQUENCE { sha384, digest } }.
func readComposite(value, parentKey []byte) (id [DigestSize]byte, err error) {
	r, err := der.Single(value, der.TagSequence)
	if err != nil {
		return id, err
	}
	if version, err := r.Small(); err != nil {
		return id, err
	} else if version != 1 {
		return id, fmt.Errorf("%w: version %d, want 1", der.ErrValue, version)
	}
	_, key, err := r.Element(der.TagSequence)
	if err != nil {
		return id, err
	}
	if !bytes.Equal(key, parentKey) {
		return id, fmt.Errorf("%w: it names another key than the issuer's", der.ErrValue)
	}
	if id, err = readDigest(&r); err != nil {
		return id, err
	}
	return id, r.Close()
}

// readTCBInfo reads DiceTcbInfo: fields [0]…[9] in ascending order, of which [6] lists digests (the first is the
// report's) and [7] has flags.
func readTCBInfo(value []byte) (id [DigestSize]byte, err error) {
	r, err := der.Single(value, der.TagSequence)
	if err != nil {
		return id, err
	}
	found, last := false, -1
	for !r.Empty() {
		tag, content, _, err := r.Any()
		if err != nil {
			return id, err
		}
		number := int(tag & 0x1f)
		if tag&0xc0 != 0x80 || number <= last {
			return id, fmt.Errorf("%w: tag 0x%02x after field %d", der.ErrTag, tag, last)
		}
		last = number
		switch number {
		case fieldFirmwareIDs:
			id, err = readDigests(content)
			found = true
		case fieldFlags:
			err = checkFlags(content)
		}
		if err != nil {
			return id, err
		}
	}
	if !found {
		return id, fmt.Errorf("%w: no firmware ids", der.ErrValue)
	}
	return id, nil
}

// readDigests reads a list of digests and returns the first.
func readDigests(content []byte) (first [DigestSize]byte, err error) {
	r := der.NewReader(content)
	for count := 0; count == 0 || !r.Empty(); count++ {
		if count == maxFirmwareIDs {
			return first, fmt.Errorf("%w: more than %d firmware ids", der.ErrValue, maxFirmwareIDs)
		}
		digest, err := readDigest(&r)
		if err != nil {
			return first, err
		}
		if count == 0 {
			first = digest
		}
	}
	return first, nil
}

// readDigest reads SEQUENCE { sha384, OCTET STRING of 48 bytes }.
func readDigest(outer *der.Reader) (digest [DigestSize]byte, err error) {
	r, err := outer.Inside(der.TagSequence)
	if err != nil {
		return digest, err
	}
	oid, err := r.OID()
	if err != nil {
		return digest, err
	}
	value, err := r.Read(der.TagOctetString)
	if err != nil {
		return digest, err
	}
	if oid != oidSHA384 || len(value) != DigestSize {
		return digest, fmt.Errorf("%w: digest of %d bytes by %x, want SHA-384", der.ErrValue, len(value), oid)
	}
	return [DigestSize]byte(value), r.Close()
}

func checkFlags(content []byte) error {
	flags, err := der.Flags(content)
	if err != nil {
		return err
	}
	if flags&(flagNotSecure|flagDebug) != 0 {
		return fmt.Errorf("%w: flags %b: the chip can be debugged or is not secure", der.ErrValue, flags)
	}
	return nil
}
