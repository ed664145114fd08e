package x509chain

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/der"
)

// now lies inside every certificate's validity.
const now = 1_800_000_000

// tlv is one DER element.
func tlv(tag byte, parts ...[]byte) []byte {
	content := concat(parts...)
	head := []byte{tag, byte(len(content))}
	if len(content) > 255 {
		head = []byte{tag, 0x82, byte(len(content) >> 8), byte(len(content))}
	} else if len(content) > 127 {
		head = []byte{tag, 0x81, byte(len(content))}
	}
	return append(head, content...)
}

func concat(parts ...[]byte) (all []byte) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func seq(parts ...[]byte) []byte { return tlv(der.TagSequence, parts...) }
func oidTLV(oid string) []byte   { return tlv(der.TagOID, []byte(oid)) }
func name(text string) []byte {
	return seq(tlv(der.TagSet, seq(oidTLV("\x55\x04\x03"), tlv(der.TagUTF8String, []byte(text)))))
}

// form is a certificate as its elements, so that tests can break any of them and sign what comes out.
type form struct {
	version, serial, algorithm, issuer, validity, subject, spki, tail []byte
	extensions                                                        [][]byte
	outer                                                             []byte
	key                                                               crypto.Signer // signs it
	hash                                                              crypto.Hash
}

func extension(oid string, critical bool, value []byte) []byte {
	if critical {
		return seq(oidTLV(oid), []byte{1, 1, 0xff}, tlv(4, value))
	}
	return seq(oidTLV(oid), tlv(4, value))
}

var (
	authorityExtension = extension(oidBasic, true, seq([]byte{1, 1, 0xff}))
	certSignUsage      = extension(oidKeyUsage, true, []byte{3, 2, 2, 4})
	signatureUsage     = extension(oidKeyUsage, true, []byte{3, 2, 7, 0x80})
)

func newForm(tb testing.TB, subject, issuer string, subjectKey any, signer crypto.Signer) *form {
	tb.Helper()
	spki, err := x509.MarshalPKIXPublicKey(subjectKey)
	require.NoError(tb, err)
	f := &form{
		version: tlv(0xa0, []byte{2, 1, 2}), serial: []byte{2, 1, 9}, issuer: name(issuer), subject: name(subject), spki: spki, key: signer,
		validity: seq(tlv(der.TagUTCTime, []byte("200101000000Z")), tlv(der.TagGeneralizedTime, []byte("99991231235959Z"))), hash: crypto.SHA256,
	}
	f.algorithm = seq(oidTLV(oidECDSASHA256))
	if _, ok := signer.(*rsa.PrivateKey); ok {
		f.algorithm = seq(oidTLV(oidRSASHA256), tlv(der.TagNull))
	}
	return f
}

func (f *form) raw(tb testing.TB) []byte {
	tb.Helper()
	tbs := seq(f.version, f.serial, f.algorithm, f.issuer, f.validity, f.subject, f.spki, tlv(0xa3, seq(f.extensions...)), f.tail)
	var digest []byte
	switch f.hash {
	case crypto.SHA384:
		sum := sha512.Sum384(tbs)
		digest = sum[:]
	case crypto.SHA512:
		sum := sha512.Sum512(tbs)
		digest = sum[:]
	default:
		sum := sha256.Sum256(tbs)
		digest = sum[:]
	}
	signature, err := f.key.Sign(rand.Reader, digest, f.hash)
	require.NoError(tb, err)
	outer := f.outer
	if outer == nil {
		outer = f.algorithm
	}
	return seq(tbs, outer, tlv(der.TagBitString, []byte{0}, signature))
}

func ecKey(tb testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(tb, err)
	return key
}

// three is a chain of leaf, authority and root with keys on P-256, as forms.
type three struct{ forms [3]*form }

func newThree(tb testing.TB) *three {
	tb.Helper()
	leaf, middle, root := ecKey(tb, elliptic.P256()), ecKey(tb, elliptic.P256()), ecKey(tb, elliptic.P256())
	t := &three{[3]*form{
		newForm(tb, "leaf", "middle", leaf.Public(), middle), newForm(tb, "middle", "root", middle.Public(), root),
		newForm(tb, "root", "root", root.Public(), root),
	}}
	t.forms[0].extensions = [][]byte{signatureUsage}
	t.forms[1].extensions = [][]byte{authorityExtension, certSignUsage}
	t.forms[2].extensions = [][]byte{authorityExtension, certSignUsage}
	return t
}

func (t *three) chain(tb testing.TB) (chain [][]byte) {
	tb.Helper()
	for _, f := range t.forms {
		chain = append(chain, f.raw(tb))
	}
	return chain
}

func (t *three) policy() Policy {
	return Policy{
		Roots: []KeyHash{sha256.Sum256(t.forms[2].spki)}, MinLength: 3, MaxLength: 3, Usage: UsageDigitalSignature,
		Kinds: []KeyKind{KeyP256, KeyP384, KeyRSA2048, KeyRSA3072, KeyRSA4096},
	}
}
