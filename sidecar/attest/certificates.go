package attest

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/joulechain/joule/sidecar/keys/tpmkey"
	"github.com/joulechain/joule/x/device/evidence/tpm"
	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// ErrCertificates means that a file or an NV index holds no certificates that can be read.
var ErrCertificates = errors.New("certificates")

const (
	indexPrefix = "nv:"
	// maxFile bounds a file of certificates or a report in bytes.
	maxFile = 64 << 10
)

// ParseCertificates reads certificates in the order in which they stand: PEM blocks, or DER one after the other.
func ParseCertificates(raw []byte) (list [][]byte, err error) {
	raw = bytes.TrimRight(raw, "\x00") // drivers and NV indices fill up with zeros
	if bytes.Contains(raw, []byte("-----BEGIN")) {
		for {
			block, rest := pem.Decode(raw)
			if block == nil {
				break
			}
			if block.Type != "CERTIFICATE" {
				return nil, fmt.Errorf("%w: a PEM block is a %q", ErrCertificates, block.Type)
			}
			list, raw = append(list, block.Bytes), rest
		}
	}
	for len(list) == 0 && len(raw) > 0 {
		n, ok := derLength(raw)
		if !ok {
			return nil, fmt.Errorf("%w: neither PEM nor DER", ErrCertificates)
		}
		list, raw = append(list, raw[:n]), raw[n:]
		for len(raw) > 0 {
			if n, ok = derLength(raw); !ok {
				return nil, fmt.Errorf("%w: %d bytes after certificate %d are no DER", ErrCertificates, len(raw), len(list)-1)
			}
			list, raw = append(list, raw[:n]), raw[n:]
		}
	}
	if len(list) == 0 || len(list) > x509chain.MaxChain {
		return nil, fmt.Errorf("%w: %d, want 1..%d", ErrCertificates, len(list), x509chain.MaxChain)
	}
	return list, nil
}

// derLength is the length of the SEQUENCE with a two-byte length that raw begins with, as every certificate is one.
func derLength(raw []byte) (int, bool) {
	if len(raw) < 4 || raw[0] != 0x30 || raw[1] != 0x82 {
		return 0, false
	}
	n := 4 + int(raw[2])<<8 + int(raw[3])
	return n, n <= len(raw)
}

// LoadCertificates reads a chain from files, or from a TPM's NV indices named nv:0x01c00002. resolve makes paths
// absolute; device may be nil where no index is named.
func LoadCertificates(from []string, resolve func(string) string, device *tpmkey.TPM) (chain [][]byte, err error) {
	for _, place := range from {
		raw, err := readPlace(place, resolve, device)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", place, err)
		}
		part, err := ParseCertificates(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", place, err)
		}
		chain = append(chain, part...)
	}
	if len(chain) < 2 {
		return nil, fmt.Errorf("%w: attest.certificates names %d, the key's own and at least a root are needed: `joule-sidecar attest enrol` says how to get them",
			ErrCertificates, len(chain))
	}
	return chain, nil
}

func readPlace(place string, resolve func(string) string, device *tpmkey.TPM) ([]byte, error) {
	text, isIndex := strings.CutPrefix(place, indexPrefix)
	if !isIndex {
		return ReadFile(resolve(place))
	}
	index, err := strconv.ParseUint(text, 0, 32)
	if err != nil || index>>24 != 1 {
		return nil, fmt.Errorf("%w: an NV index is 0x01000000 to 0x01ffffff", ErrCertificates)
	}
	return device.ReadIndex(uint32(index))
}

// ReadFile reads a file of certificates or a report, 64 KiB at most.
func ReadFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = fmt.Errorf("%s is longer than %d bytes", path, maxFile)
	}
	return raw, err
}

// Belongs is ErrCertificates where a chain's first certificate is not that of the attestation key (TPMT_PUBLIC).
func Belongs(chain [][]byte, public func() ([]byte, error)) error {
	certificate, err := x509chain.Parse(chain[0])
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCertificates, err)
	}
	raw, err := public()
	if err != nil {
		return err
	}
	key, err := tpm.ParseAttestationKey(raw)
	if err != nil {
		return err
	}
	if certificate.Key.Kind != key.Key.Kind || !bytes.Equal(certificate.Key.Bytes(), key.Key.Bytes()) {
		return fmt.Errorf("%w: the first one is for another key than this TPM's attestation key", ErrCertificates)
	}
	return nil
}

// ParseHandle reads attest.tpm_key; empty is the TPM's own key.
func ParseHandle(text string) (tpmkey.AttestationKey, error) {
	if text == "" {
		return tpmkey.AttestationKey{}, nil
	}
	n, err := strconv.ParseUint(text, 0, 32)
	if err != nil || n == 0 {
		return tpmkey.AttestationKey{}, fmt.Errorf("%w: attest.tpm_key %q must be a handle like 0x81000003", tpmkey.ErrAddress, text)
	}
	a := tpmkey.AttestationKey{Handle: uint32(n)}
	return a, a.Validate()
}
