package x509chain

import (
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/der"
)

func TestVerify(t *testing.T) {
	c := newThree(t)
	chain, err := Verify(c.chain(t), c.policy(), now)
	require.NoError(t, err)
	require.Equal(t, c.forms[0].spki, chain.Leaf().SPKI)
	require.Equal(t, []byte{9}, chain.Leaf().Serial)
	require.Equal(t, int64(253402300799), chain.NotAfter())
	require.Len(t, chain.KeyHashes(), 3)
	require.Equal(t, KeyHash(sha256.Sum256(c.forms[2].spki)), chain.KeyHashes()[2])
}

// TestVerifyRefuses breaks one thing at a time and signs what comes out.
func TestVerifyRefuses(t *testing.T) {
	add := func(i int, e ...[]byte) func(*three) {
		return func(c *three) { c.forms[i].extensions = append(c.forms[i].extensions, e...) }
	}
	valid := func(i int, from, to string) func(*three) {
		return func(c *three) {
			c.forms[i].validity = seq(tlv(der.TagUTCTime, []byte(from)), tlv(der.TagUTCTime, []byte(to)))
		}
	}
	for name, c := range map[string]struct {
		change func(*three)
		want   error
	}{
		"version 1":                    {func(c *three) { c.forms[0].version = nil }, ErrMalformed},
		"version 2":                    {func(c *three) { c.forms[0].version = tlv(0xa0, []byte{2, 1, 1}) }, ErrMalformed},
		"version with bytes after it":  {func(c *three) { c.forms[0].version = tlv(0xa0, []byte{2, 1, 2, 5, 0}) }, ErrMalformed},
		"negative serial":              {func(c *three) { c.forms[0].serial = []byte{2, 1, 0x80} }, ErrMalformed},
		"serial of 21 bytes":           {func(c *three) { c.forms[0].serial = tlv(2, []byte{1}, make([]byte, 20)) }, ErrMalformed},
		"serial with a leading zero":   {func(c *three) { c.forms[0].serial = []byte{2, 2, 0, 1} }, ErrMalformed},
		"a unique identifier":          {func(c *three) { c.forms[0].tail = tlv(0x81, []byte{0, 1}) }, ErrMalformed},
		"name that is no sequence":     {func(c *three) { c.forms[0].issuer = tlv(der.TagUTF8String, []byte("root")) }, ErrMalformed},
		"time without seconds":         {valid(0, "2001010000Z", "300101000000Z"), ErrMalformed},
		"algorithms differ":            {func(c *three) { c.forms[0].outer = seq(oidTLV(oidECDSASHA384)) }, ErrMalformed},
		"algorithm with NULL":          {func(c *three) { c.forms[0].algorithm = seq(oidTLV(oidECDSASHA256), tlv(5)) }, ErrMalformed},
		"SHA-1":                        {func(c *three) { c.forms[0].algorithm = seq(oidTLV("\x2a\x86\x48\xce\x3d\x04\x01")) }, ErrAlgorithm},
		"RSA algorithm, EC key":        {func(c *three) { c.forms[0].algorithm = seq(oidTLV(oidRSASHA256), tlv(5)) }, ErrAlgorithm},
		"hash that was not used":       {func(c *three) { c.forms[0].algorithm = seq(oidTLV(oidECDSASHA384)) }, ErrSignature},
		"unknown critical extension":   {add(0, extension("\x2a\x03", true, []byte{5, 0})), ErrCritical},
		"unknown critical, authority":  {add(1, extension("\x2a\x03", true, []byte{5, 0})), ErrCritical},
		"name constraints, critical":   {add(1, extension("\x55\x1d\x1e", true, seq())), ErrCritical},
		"extension twice":              {add(0, signatureUsage), ErrMalformed},
		"empty extension":              {add(0, extension("\x2a\x03", false, nil)), ErrMalformed},
		"BER true":                     {add(0, seq(oidTLV("\x2a\x03"), []byte{1, 1, 1}, tlv(4, []byte{5, 0}))), ErrMalformed},
		"extension with a tail":        {add(0, seq(oidTLV("\x2a\x03"), tlv(4, []byte{5, 0}), tlv(5))), ErrMalformed},
		"25 extensions":                {func(c *three) { manyExtensions(c.forms[0], MaxExtensions) }, ErrMalformed},
		"no extensions":                {func(c *three) { c.forms[0].extensions = nil }, ErrPurpose},
		"path length without cA":       {add(0, extension(oidBasic, true, seq([]byte{2, 1, 0}))), ErrMalformed},
		"basic constraints with tail":  {add(0, extension(oidBasic, true, seq([]byte{5, 0}))), ErrMalformed},
		"two purposes lists":           {add(0, extension(oidExtKeyUsage, false, concat(seq(oidTLV("\x2a\x03")), seq()))), ErrMalformed},
		"empty purposes":               {add(0, extension(oidExtKeyUsage, false, seq())), ErrMalformed},
		"key identifier of 65 bytes":   {add(0, extension(oidSubjectKeyID, false, tlv(4, make([]byte, 65)))), ErrMalformed},
		"leaf is an authority":         {add(0, authorityExtension), ErrPurpose},
		"leaf without the usage":       {func(c *three) { c.forms[0].extensions = [][]byte{extension(oidKeyUsage, true, []byte{3, 2, 3, 8})} }, ErrPurpose},
		"authority without usage":      {func(c *three) { c.forms[1].extensions = [][]byte{authorityExtension} }, ErrAuthority},
		"authority without constraint": {func(c *three) { c.forms[1].extensions = [][]byte{certSignUsage} }, ErrAuthority},
		"explicit no authority": {func(c *three) {
			c.forms[1].extensions = [][]byte{extension(oidBasic, true, seq([]byte{1, 1, 0})), certSignUsage}
		}, ErrAuthority},
		"root with path length 0": {func(c *three) {
			c.forms[2].extensions = [][]byte{extension(oidBasic, true, seq([]byte{1, 1, 0xff}, []byte{2, 1, 0})), certSignUsage}
		}, ErrAuthority},
		"key identifiers differ": {func(c *three) {
			add(0, extension(oidAuthorityKey, false, seq(tlv(0x80, []byte{1}))))(c)
			add(1, extension(oidSubjectKeyID, false, tlv(4, []byte{2})))(c)
		}, ErrOrder},
		"issuer's name differs": {func(c *three) { c.forms[0].issuer = c.forms[0].subject }, ErrOrder},
		"expired":               {valid(0, "200101000000Z", "260101000000Z"), ErrExpired},
		"expired authority":     {valid(1, "200101000000Z", "260101000000Z"), ErrExpired},
		"not yet valid":         {valid(2, "300101000000Z", "400101000000Z"), ErrNotYetValid},
		"another signer":        {func(c *three) { c.forms[0].key = c.forms[2].key }, ErrSignature},
		"root by another":       {func(c *three) { c.forms[2].key = c.forms[0].key }, ErrSignature},
		"compressed point":      {func(c *three) { c.forms[0].spki = compressedKey(t) }, ErrKey},
		"point off the curve":   {func(c *three) { c.forms[0].spki[len(c.forms[0].spki)-1] ^= 1 }, ErrKey},
		"curve by parameters":   {func(c *three) { c.forms[0].spki = seq(seq(oidTLV(oidECPublicKey), seq()), tlv(3, make([]byte, 66))) }, ErrKey},
		"an Ed25519 key":        {func(c *three) { c.forms[0].spki = seq(seq(oidTLV("\x2b\x65\x70")), tlv(3, make([]byte, 33))) }, ErrKey},
		"a curve not supported": {func(c *three) {
			c.forms[0].spki = newForm(t, "", "", ecKey(t, elliptic.P521()).Public(), c.forms[0].key).spki
		}, ErrKey},
		"key with unused bits": {func(c *three) {
			c.forms[0].spki = seq(seq(oidTLV(oidECPublicKey), oidTLV(oidP256)), tlv(3, []byte{1}, make([]byte, 65)))
		}, ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			chain := newThree(t)
			c.change(chain)
			_, err := Verify(chain.chain(t), chain.policy(), now)
			require.ErrorIs(t, err, c.want)
		})
	}
}

// TestEdges: both ends of the validity are inside it, and a path length counts the authorities below.
func TestEdges(t *testing.T) {
	c := newThree(t)
	c.forms[1].validity = seq(tlv(der.TagUTCTime, []byte("270115080000Z")), tlv(der.TagUTCTime, []byte("270115080001Z")))
	c.forms[2].extensions[0] = extension(oidBasic, true, seq([]byte{1, 1, 0xff}, []byte{2, 1, 1}))
	chain := c.chain(t)
	for _, when := range []struct {
		now  int64
		want error
	}{{now - 1, ErrNotYetValid}, {now, nil}, {now + 1, nil}, {now + 2, ErrExpired}} {
		_, err := Verify(chain, c.policy(), when.now)
		require.ErrorIs(t, err, when.want)
	}
}

// TestKeyTwice: a root cannot stand in its own chain twice, so that a chain has one form.
func TestKeyTwice(t *testing.T) {
	c := newThree(t)
	c.forms[0].issuer, c.forms[0].key = c.forms[2].subject, c.forms[2].key
	leaf, root := c.forms[0].raw(t), c.forms[2].raw(t)
	_, err := Verify([][]byte{leaf, root, root}, c.policy(), now)
	require.ErrorIs(t, err, ErrOrder)
	policy := c.policy()
	policy.MinLength = 2
	_, err = Verify([][]byte{leaf, root}, policy, now)
	require.NoError(t, err)
}

func manyExtensions(f *form, n int) {
	for i := range n {
		f.extensions = append(f.extensions, extension("\x2a\x03"+string(rune(i+1)), false, []byte{5, 0}))
	}
}

func compressedKey(tb testing.TB) []byte {
	tb.Helper()
	key := ecKey(tb, elliptic.P256())
	return seq(seq(oidTLV(oidECPublicKey), oidTLV(oidP256)), tlv(3, []byte{0}, elliptic.MarshalCompressed(elliptic.P256(), key.X, key.Y)))
}

// TestPurpose: a purpose binds the leaf and every authority that names purposes.
func TestPurpose(t *testing.T) {
	purposes := func(oids ...string) []byte {
		var list [][]byte
		for _, oid := range oids {
			list = append(list, oidTLV(oid))
		}
		return extension(oidExtKeyUsage, false, seq(list...))
	}
	for name, c := range map[string]struct {
		leaf, middle []byte
		want         error
	}{
		"both name it":            {purposes("\x2a\x03", OIDAttestationKey), purposes(OIDAttestationKey), nil},
		"authority names none":    {purposes(OIDAttestationKey), nil, nil},
		"authority allows any":    {purposes(OIDAttestationKey), purposes(oidAnyPurpose), nil},
		"authority names another": {purposes(OIDAttestationKey), purposes(OIDEndorsementKey), ErrAuthority},
		"leaf names another":      {purposes(OIDEndorsementKey), nil, ErrPurpose},
		"leaf allows any":         {purposes(oidAnyPurpose), nil, ErrPurpose},
		"leaf names none":         {nil, nil, ErrPurpose},
	} {
		chain := newThree(t)
		for i, e := range [][]byte{c.leaf, c.middle} {
			if e != nil {
				chain.forms[i].extensions = append(chain.forms[i].extensions, e)
			}
		}
		policy := chain.policy()
		policy.Purpose = OIDAttestationKey
		_, err := Verify(chain.chain(t), policy, now)
		require.ErrorIs(t, err, c.want, name)
	}
}

// TestRSA verifies chains with RSA keys and each hash, and refuses keys outside what is supported.
func TestRSA(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	for hash, oid := range map[crypto.Hash]string{crypto.SHA256: oidRSASHA256, crypto.SHA384: oidRSASHA384, crypto.SHA512: oidRSASHA512} {
		c := newThree(t)
		c.forms[1].spki, c.forms[0].key, c.forms[0].hash = newForm(t, "", "", key.Public(), key).spki, key, hash
		c.forms[0].algorithm = seq(oidTLV(oid), tlv(5))
		_, err = Verify(c.chain(t), c.policy(), now)
		require.NoError(t, err)
		c.forms[0].algorithm = seq(oidTLV(oid))
		_, err = Verify(c.chain(t), c.policy(), now)
		require.ErrorIs(t, err, ErrMalformed, "RSA without NULL")
	}
	modulus, e := key.N.Bytes(), []byte{2, 3, 1, 0, 1}
	spki := func(modulus, exponent []byte) []byte {
		return seq(seq(oidTLV(oidRSAEncryption), tlv(5)), tlv(3, []byte{0}, seq(tlv(2, []byte{0}, modulus), exponent)))
	}
	require.Equal(t, x509.MarshalPKCS1PublicKey(&key.PublicKey), spki(modulus, e)[24:])
	even := append([]byte{}, modulus...)
	even[255] &^= 1
	for name, c := range map[string]struct {
		spki []byte
		want error
	}{
		"as it is":        {spki(modulus, e), nil},
		"exponent 3":      {spki(modulus, []byte{2, 1, 3}), ErrKey},
		"1024 bits":       {spki(modulus[:128], e), ErrKey},
		"2047 bits":       {seq(seq(oidTLV(oidRSAEncryption), tlv(5)), tlv(3, []byte{0}, seq(tlv(2, []byte{0x7f}, modulus[1:]), e))), ErrKey},
		"even":            {spki(even, e), ErrKey},
		"without NULL":    {seq(seq(oidTLV(oidRSAEncryption)), tlv(3, []byte{0}, seq(tlv(2, []byte{0}, modulus), e))), der.ErrTruncated},
		"with a tail":     {spki(modulus, append([]byte{2, 3, 1, 0, 1}, 5, 0)), der.ErrTrailing},
		"negative number": {seq(seq(oidTLV(oidRSAEncryption), tlv(5)), tlv(3, []byte{0}, seq(tlv(2, modulus), e))), der.ErrValue},
	} {
		got, err := parseKey(c.spki)
		require.ErrorIs(t, err, c.want, name)
		if c.want == nil {
			require.Equal(t, KeyRSA2048, got.Kind)
			require.Equal(t, modulus, got.Bytes())
		}
	}
}

// TestSignatureEncoding: r and s are strict DER, whatever crypto/ecdsa would take.
func TestSignatureEncoding(t *testing.T) {
	one, long := []byte{2, 1, 1}, tlv(2, []byte{1}, make([]byte, 32))
	for name, signature := range map[string][]byte{
		"nothing": nil, "no numbers": seq(), "one number": seq(one), "three": seq(one, one, one), "tail": append(seq(one, one), 0),
		"negative": seq(one, []byte{2, 1, 0x81}), "leading zero": seq(one, []byte{2, 2, 0, 1}), "too long": seq(one, long),
		"BER length": {0x30, 0x81, 6, 2, 1, 1, 2, 1, 1},
	} {
		_, _, err := splitSignature(signature, 32)
		require.Error(t, err, name)
	}
	r, s, err := splitSignature(seq(one, []byte{2, 2, 0, 0x80}), 32)
	require.NoError(t, err)
	require.Equal(t, []byte{1}, r)
	require.Equal(t, []byte{0x80}, s)
}
