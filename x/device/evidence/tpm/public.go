package tpm

import (
	"encoding/binary"
	"fmt"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// Algorithm numbers of the TCG registry.
const (
	algRSA    = 0x0001
	algSHA256 = 0x000b
	algSHA384 = 0x000c
	algNull   = 0x0010
	algRSASSA = 0x0014
	algECDSA  = 0x0018
	algECC    = 0x0023
	curveP256 = 0x0003
	curveP384 = 0x0004
)

// Attributes of an object (TPMA_OBJECT).
const (
	AttributeFixedTPM            uint32 = 1 << 1 // never leaves its TPM
	AttributeFixedParent         uint32 = 1 << 4 // never moves below another key
	AttributeSensitiveDataOrigin uint32 = 1 << 5 // made by the TPM, not imported
	AttributeUserWithAuth        uint32 = 1 << 6
	AttributeRestricted          uint32 = 1 << 16 // signs only what the TPM itself made or hashed
	AttributeDecrypt             uint32 = 1 << 17
	AttributeSign                uint32 = 1 << 18

	residentAttributes = AttributeFixedTPM | AttributeFixedParent | AttributeSensitiveDataOrigin | AttributeSign
)

// MaxPublicSize is the largest TPMT_PUBLIC of a signing key that is read, in bytes: RSA-4096 with a policy.
const MaxPublicSize = 640

// Public is the public area of a signing key.
type Public struct {
	// Name is nameAlg u16 ‖ hash of the public area: what a TPM certifies, attributes included.
	Name       []byte
	Attributes uint32
	Key        x509chain.PublicKey
	// Scheme is the only signature scheme and hash of the key, 0 where it may use any.
	Scheme, Hash uint16
}

// ParsePublic reads TPMT_PUBLIC (TPM2B_PUBLIC without its size) of an RSA or ECC signing key: no symmetric algorithm,
// scheme RSASSA, ECDSA or none, hash SHA-256 or SHA-384, exponent 65537. Errors: ErrSize, ErrTruncated, ErrTrailing,
// ErrPublic, x509chain.ErrKey.
func ParsePublic(raw []byte) (*Public, error) {
	r := newReader(raw, MaxPublicSize, "public area")
	kind, nameAlg := r.u16(), r.u16()
	p := &Public{Attributes: r.u32()}
	if policy := r.sized(); len(policy) > 64 {
		r.fail(fmt.Errorf("%w: policy of %d bytes, at most 64", ErrPublic, len(policy)))
	}
	if symmetric := r.u16(); symmetric != algNull {
		r.fail(fmt.Errorf("%w: symmetric algorithm 0x%04x: not a signing key", ErrPublic, symmetric))
	}
	p.parseScheme(r)
	switch kind {
	case algRSA:
		p.parseRSA(r)
	case algECC:
		p.parseECC(r)
	default:
		r.fail(fmt.Errorf("%w: type 0x%04x, want RSA (1) or ECC (0x23)", ErrPublic, kind))
	}
	if err := r.close(); err != nil {
		return nil, err
	}
	if p.Scheme == algRSASSA && kind != algRSA || p.Scheme == algECDSA && kind != algECC {
		return nil, fmt.Errorf("%w: scheme 0x%04x for type 0x%04x", ErrPublic, p.Scheme, kind)
	}
	hash, ok := hashOf(nameAlg)
	if !ok {
		return nil, fmt.Errorf("%w: name algorithm 0x%04x, want SHA-256 or SHA-384", ErrPublic, nameAlg)
	}
	p.Name = append(binary.BigEndian.AppendUint16(nil, nameAlg), hash.Sum(raw)...)
	return p, nil
}

func hashOf(alg uint16) (x509chain.Hash, bool) {
	switch alg {
	case algSHA256:
		return x509chain.SHA256, true
	case algSHA384:
		return x509chain.SHA384, true
	default:
		return 0, false
	}
}

func (p *Public) parseScheme(r *reader) {
	switch scheme := r.u16(); scheme {
	case algNull:
	case algRSASSA, algECDSA:
		p.Scheme, p.Hash = scheme, r.u16()
		if _, ok := hashOf(p.Hash); !ok {
			r.fail(fmt.Errorf("%w: scheme hash 0x%04x, want SHA-256 or SHA-384", ErrPublic, p.Hash))
		}
	default:
		r.fail(fmt.Errorf("%w: scheme 0x%04x, want RSASSA, ECDSA or none", ErrPublic, scheme))
	}
}

func (p *Public) parseRSA(r *reader) {
	bits, exponent, modulus := r.u16(), r.u32(), r.sized()
	if exponent != 0 && exponent != 65537 {
		r.fail(fmt.Errorf("%w: RSA exponent %d, want 0 or 65537", ErrPublic, exponent))
	}
	if int(bits) != 8*len(modulus) {
		r.fail(fmt.Errorf("%w: %d bits, modulus of %d bytes", ErrPublic, bits, len(modulus)))
	}
	if r.err != nil {
		return
	}
	key, err := x509chain.NewRSAKey(modulus)
	p.Key = key
	if err != nil {
		r.fail(err)
	}
}

func (p *Public) parseECC(r *reader) {
	curve, kdf := r.u16(), r.u16()
	if kdf != algNull {
		r.fail(fmt.Errorf("%w: key derivation 0x%04x: not a signing key", ErrPublic, kdf))
	}
	kind, size := x509chain.KeyP256, 32
	if curve == curveP384 {
		kind, size = x509chain.KeyP384, 48
	} else if curve != curveP256 {
		r.fail(fmt.Errorf("%w: curve 0x%04x, want P-256 or P-384", ErrPublic, curve))
	}
	x, y := r.sized(), r.sized()
	if len(x) > size || len(y) > size {
		r.fail(fmt.Errorf("%w: coordinates of %d and %d bytes, at most %d", ErrPublic, len(x), len(y), size))
	}
	if r.err != nil {
		return
	}
	// Older TPMs cut leading zeros off; the name covers the bytes as they are.
	point := make([]byte, 1+2*size)
	point[0] = 4
	copy(point[1+size-len(x):], x)
	copy(point[1+2*size-len(y):], y)
	key, err := x509chain.NewECKey(kind, point)
	p.Key = key
	if err != nil {
		r.fail(err)
	}
}

// require is ErrAttributes where one of want is missing or one of never is there.
func (p *Public) require(want, never uint32, what string) error {
	if missing := want &^ p.Attributes; missing != 0 {
		return fmt.Errorf("%w: %s has attributes 0x%08x, 0x%08x are missing", ErrAttributes, what, p.Attributes, missing)
	}
	if excess := never & p.Attributes; excess != 0 {
		return fmt.Errorf("%w: %s has attributes 0x%08x, 0x%08x must be clear", ErrAttributes, what, p.Attributes, excess)
	}
	return nil
}

// ParseAttestationKey reads the public area of an AK: resident in its TPM, signing, restricted, not decrypting. Only
// after VerifyActivation of its Name is it known that such a key exists.
func ParseAttestationKey(raw []byte) (*Public, error) {
	p, err := ParsePublic(raw)
	if err != nil {
		return nil, err
	}
	return p, p.require(residentAttributes|AttributeRestricted, AttributeDecrypt, "attestation key")
}
