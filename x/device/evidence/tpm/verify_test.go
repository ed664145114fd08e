package tpm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

func TestVerifyCertification(t *testing.T) {
	s := newSoft(t)
	for _, high := range []bool{false, true} {
		attest := s.attest().raw()
		got, err := VerifyCertification(s.key(t), s.nonce, s.public, attest, s.sign(t, attest, high))
		require.NoError(t, err, "high s: %t", high)
		require.Equal(t, elliptic.MarshalCompressed(elliptic.P256(), s.device.X, s.device.Y), got.DeviceKey[:])
		require.Equal(t, nameOf(s.public), got.Name)
	}
}

// TestCertificationRefuses breaks one thing at a time and signs it.
func TestCertificationRefuses(t *testing.T) {
	attest := func(change func(*attestFields)) func(*soft) []byte {
		return func(s *soft) []byte { f := s.attest(); change(&f); return f.raw() }
	}
	public := func(change func(*soft)) func(*soft) []byte {
		return func(s *soft) []byte { change(s); return s.attest().raw() }
	}
	attributes := func(a uint32) func(*soft) []byte {
		return public(func(s *soft) { s.public = eccPublic(a, s.device) })
	}
	template := func(template []byte, unique ...[]byte) func(*soft) []byte {
		return public(func(s *soft) {
			s.public = template
			for _, u := range unique {
				s.public = appendSized(s.public, u)
			}
		})
	}
	head := func(curve, scheme, hash int) []byte {
		full := eccTemplate(residentAttributes, curve, scheme, hash)
		return full[:len(full)-4]
	}
	x, y := make([]byte, 32), make([]byte, 32)
	for name, c := range map[string]struct {
		attest func(*soft) []byte
		want   error
	}{
		"not made by a TPM":        {attest(func(f *attestFields) { f.magic = 0 }), ErrAttest},
		"a quote":                  {attest(func(f *attestFields) { f.tag = 0x8018 }), ErrAttest},
		"another nonce":            {attest(func(f *attestFields) { f.extra = make([]byte, NonceSize) }), ErrNonce},
		"no nonce":                 {attest(func(f *attestFields) { f.extra = nil }), ErrNonce},
		"nonce with a tail":        {attest(func(f *attestFields) { f.extra = append(bytes.Clone(f.extra), 0) }), ErrNonce},
		"another key":              {attest(func(f *attestFields) { f.name = nameOf([]byte("other")) }), ErrName},
		"no key":                   {attest(func(f *attestFields) { f.name = nil }), ErrName},
		"clock flag":               {attest(func(f *attestFields) { f.clock[16] = 2 }), ErrAttest},
		"bytes after it":           {attest(func(f *attestFields) { f.tail = []byte{0} }), ErrTrailing},
		"too large":                {attest(func(f *attestFields) { f.qualified = make([]byte, MaxAttestSize) }), ErrSize},
		"cut":                      {func(s *soft) []byte { return s.attest().raw()[:60] }, ErrTruncated},
		"could be exported":        {attributes(residentAttributes &^ AttributeFixedTPM), ErrAttributes},
		"could move":               {attributes(residentAttributes &^ AttributeFixedParent), ErrAttributes},
		"was imported":             {attributes(residentAttributes &^ AttributeSensitiveDataOrigin), ErrAttributes},
		"does not sign":            {attributes(residentAttributes &^ AttributeSign), ErrAttributes},
		"decrypts as well":         {attributes(residentAttributes | AttributeDecrypt), ErrAttributes},
		"key on P-384":             {public(func(s *soft) { s.public = p384Public(t) }), ErrPublic},
		"key that signs SHA-384":   {public(func(s *soft) { s.public = join(head(curveP256, algECDSA, algSHA384), s.public[len(s.public)-68:]) }), ErrPublic},
		"scheme ECDAA":             {template(head(curveP256, 0x001a, algSHA256), x, y), ErrPublic},
		"scheme of RSA":            {public(func(s *soft) { s.public = join(head(curveP256, algRSASSA, algSHA256), s.public[len(s.public)-68:]) }), ErrPublic},
		"hash SHA-1":               {template(head(curveP256, algECDSA, 4), x, y), ErrPublic},
		"unknown curve":            {template(head(5, algECDSA, algSHA256), x, y), ErrPublic},
		"point off the curve":      {template(head(curveP256, algECDSA, algSHA256), x, y), x509chain.ErrKey},
		"long coordinate":          {template(head(curveP256, algECDSA, algSHA256), make([]byte, 33), y), ErrPublic},
		"one coordinate":           {template(head(curveP256, algECDSA, algSHA256), x), ErrTruncated},
		"three coordinates":        {public(func(s *soft) { s.public = append(s.public, 0, 0) }), ErrTrailing},
		"public area is too large": {template(make([]byte, MaxPublicSize+1)), ErrSize},
		"nothing":                  {template(nil), ErrTruncated},
		"a keyed hash":             {public(func(s *soft) { s.public[1] = 8 }), ErrPublic},
		"name by SHA-1":            {public(func(s *soft) { s.public[3] = 4 }), ErrPublic},
		"a storage key":            {public(func(s *soft) { s.public[11] = 6 }), ErrPublic},
		"a policy that is too long": {public(func(s *soft) {
			s.public = join(s.public[:8], appendSized(nil, make([]byte, 65)), s.public[10:])
		}), ErrPublic},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSoft(t)
			raw := c.attest(s)
			_, err := VerifyCertification(s.key(t), s.nonce, s.public, raw, s.sign(t, raw, false))
			require.ErrorIs(t, err, c.want)
		})
	}
}

func p384Public(tb testing.TB) []byte {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(tb, err)
	template := eccTemplate(residentAttributes, curveP384, algECDSA, algSHA256)
	return join(template[:len(template)-4], appendSized(nil, key.X.FillBytes(make([]byte, 48))), appendSized(nil, key.Y.FillBytes(make([]byte, 48))))
}

func TestShortCoordinates(t *testing.T) {
	for range 100 {
		s := newSoft(t)
		if s.device.X.BitLen() > 248 && s.device.Y.BitLen() > 248 {
			continue
		}
		template := eccTemplate(residentAttributes, curveP256, algECDSA, algSHA256)
		p, err := ParsePublic(join(template[:len(template)-4], appendSized(nil, s.device.X.Bytes()), appendSized(nil, s.device.Y.Bytes())))
		require.NoError(t, err)
		q, err := ParsePublic(s.public)
		require.NoError(t, err)
		require.Equal(t, q.Key.Bytes(), p.Key.Bytes())
		require.NotEqual(t, q.Name, p.Name, "the name covers the bytes")
	}
}

func TestSignatureForms(t *testing.T) {
	s := newSoft(t)
	attest := s.attest().raw()
	good := s.sign(t, attest, false)
	one := appendSized(nil, []byte{1})
	for name, c := range map[string]struct {
		signature []byte
		want      error
	}{
		"nothing": {nil, ErrTruncated}, "tail": {append(bytes.Clone(good), 0), ErrTrailing}, "too large": {make([]byte, MaxSignatureSize+1), ErrSize},
		"RSA-PSS": {join(u16(0x16), u16(algSHA256), one), ErrSignature}, "SHA-1": {join(u16(algECDSA), u16(4), one, one), ErrSignature},
		"RSA under an EC key": {join(u16(algRSASSA), u16(algSHA256), one), ErrSignature}, "r = 0": {join(good[:4], u16(0), one), ErrSignature},
		"s = 0": {join(good[:4], one, u16(0)), ErrSignature}, "r too long": {join(good[:4], appendSized(nil, make([]byte, 33)), one), ErrSignature},
		"another hash": {join(u16(algECDSA), u16(algSHA384), good[4:]), ErrSignature},
	} {
		_, err := VerifyCertification(s.key(t), s.nonce, s.public, attest, c.signature)
		require.ErrorIs(t, err, c.want, name)
	}
	_, err := VerifyCertification(newSoft(t).key(t), s.nonce, s.public, attest, good)
	require.ErrorIs(t, err, ErrSignature, "another attestation key")
	_, err = VerifyCertification(x509chain.PublicKey{}, s.nonce, s.public, attest, good)
	require.ErrorIs(t, err, ErrSignature, "no attestation key")
}

func TestAttestationKeyAttributes(t *testing.T) {
	s := newSoft(t)
	_, err := ParseAttestationKey(eccPublic(akAttributes, s.ak))
	require.NoError(t, err)
	for _, bit := range []uint32{AttributeFixedTPM, AttributeFixedParent, AttributeSensitiveDataOrigin, AttributeRestricted, AttributeSign} {
		_, err := ParseAttestationKey(eccPublic(akAttributes&^bit, s.ak))
		require.ErrorIs(t, err, ErrAttributes, "without 0x%x", bit)
	}
	_, err = ParseAttestationKey(eccPublic(akAttributes|AttributeDecrypt, s.ak))
	require.ErrorIs(t, err, ErrAttributes)
	_, err = ParseAttestationKey(nil)
	require.ErrorIs(t, err, ErrTruncated)
}

func TestChains(t *testing.T) {
	v, issuer := loadVectors(t), newAuthority(t)
	public := v.Keys[0].Public
	for name, c := range map[string]struct {
		change func(*x509.Certificate)
		want   error
	}{
		"as it is":          {nil, nil},
		"for decryption":    {func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement }, x509chain.ErrPurpose},
		"without a purpose": {func(c *x509.Certificate) { c.UnknownExtKeyUsage = nil }, x509chain.ErrPurpose},
		"another purpose":   {func(c *x509.Certificate) { c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{2, 23, 133, 8, 1}} }, x509chain.ErrPurpose},
		"expired":           {func(c *x509.Certificate) { c.NotAfter = time.Unix(testTime-1, 0) }, x509chain.ErrExpired},
		"not yet valid":     {func(c *x509.Certificate) { c.NotBefore = time.Unix(testTime+1, 0) }, x509chain.ErrNotYetValid},
	} {
		chain := issuer.certify(t, public, c.change)
		_, err := VerifyAttestationChain(anchors(t, chain, x509chain.OIDAttestationKey), chain, testTime)
		require.ErrorIs(t, err, c.want, name)
	}
	chain := v.Keys[0].Chain
	a := anchors(t, chain, x509chain.OIDAttestationKey)
	_, err := VerifyEndorsementChain(a, chain, testTime)
	require.ErrorIs(t, err, x509chain.ErrPurpose, "a signing key is no endorsement key")
	holder, err := VerifyAttestationChain(a, chain, testTime)
	require.NoError(t, err)
	a.Leaves = []x509chain.KeyKind{x509chain.KeyRSA2048}
	_, err = VerifyAttestationChain(a, chain, testTime)
	require.ErrorIs(t, err, x509chain.ErrKey)
	a.Leaves, a.Revoked = nil, holder.KeyHashes[:1]
	_, err = VerifyAttestationChain(a, chain, testTime)
	require.ErrorIs(t, err, x509chain.ErrRevoked)
	_, err = VerifyAttestationChain(anchors(t, v.EKs[0].Chain, ""), chain, testTime)
	require.ErrorIs(t, err, x509chain.ErrRoot)
	_, err = VerifyAttestationChain(a, nil, testTime)
	require.ErrorIs(t, err, x509chain.ErrCount)
	ids := map[[32]byte]bool{holder.ID: true}
	for _, ek := range v.EKs {
		holder, err := VerifyEndorsementChain(anchors(t, ek.Chain, ""), ek.Chain, testTime)
		require.NoError(t, err)
		ids[holder.ID] = true
	}
	require.Len(t, ids, 4, "every key its own id")
}
