package tpm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// soft is a TPM made of Go, which signs what a real one would refuse to.
type soft struct {
	ak, device *ecdsa.PrivateKey
	public     []byte // of the device key
	nonce      [NonceSize]byte
}

func newSoft(tb testing.TB) *soft {
	tb.Helper()
	s := &soft{nonce: [NonceSize]byte{1, 2, 3}}
	for _, key := range []**ecdsa.PrivateKey{&s.ak, &s.device} {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		require.NoError(tb, err)
		*key = k
	}
	s.public = eccPublic(residentAttributes, s.device)
	return s
}

// eccPublic is the public area of a P-256 key with ECDSA and SHA-256.
func eccPublic(attributes uint32, key *ecdsa.PrivateKey) []byte {
	template := eccTemplate(attributes, curveP256, algECDSA, algSHA256)
	return join(template[:len(template)-4], appendSized(nil, key.X.FillBytes(make([]byte, 32))), appendSized(nil, key.Y.FillBytes(make([]byte, 32))))
}

func (s *soft) key(tb testing.TB) x509chain.PublicKey {
	tb.Helper()
	key, err := x509chain.NewECKey(x509chain.KeyP256, join([]byte{4}, s.ak.X.FillBytes(make([]byte, 32)), s.ak.Y.FillBytes(make([]byte, 32))))
	require.NoError(tb, err)
	return key
}

func nameOf(public []byte) []byte {
	sum := sha256.Sum256(public)
	return join(u16(algSHA256), sum[:])
}

// attestFields are the parts of TPMS_ATTEST.
type attestFields struct {
	magic                          uint32
	tag                            int
	signer, extra, clock, firmware []byte
	name, qualified, tail          []byte
}

func (s *soft) attest() attestFields {
	return attestFields{
		magic: generated, tag: tagCert, signer: nameOf(nil), extra: s.nonce[:], clock: append(make([]byte, 16), 1), firmware: make([]byte, 8),
		name: nameOf(s.public), qualified: nameOf(nil),
	}
}

func (f attestFields) raw() []byte {
	return join(u32(f.magic), u16(f.tag), appendSized(nil, f.signer), appendSized(nil, f.extra), f.clock, f.firmware,
		appendSized(nil, f.name), appendSized(nil, f.qualified), f.tail)
}

// sign makes TPMT_SIGNATURE; high asks for s in the upper half.
func (s *soft) sign(tb testing.TB, message []byte, high bool) []byte {
	tb.Helper()
	digest := sha256.Sum256(message)
	r, v, err := ecdsa.Sign(rand.Reader, s.ak, digest[:])
	require.NoError(tb, err)
	order := s.ak.Params().N
	if isHigh := v.Cmp(new(big.Int).Rsh(order, 1)) > 0; isHigh != high {
		v.Sub(order, v)
	}
	return join(u16(algECDSA), u16(algSHA256), appendSized(nil, r.Bytes()), appendSized(nil, v.Bytes()))
}
