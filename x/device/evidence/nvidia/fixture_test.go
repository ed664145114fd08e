package nvidia

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// forgeTime lies inside the validity of forged certificates, which crypto/x509 makes: another encoder than the one
// under test.
var forgeTime = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// tlv is one DER element.
func tlv(tag byte, parts ...[]byte) []byte {
	var content []byte
	for _, p := range parts {
		content = append(content, p...)
	}
	head := []byte{tag, byte(len(content))}
	if len(content) > 255 {
		head = []byte{tag, 0x82, byte(len(content) >> 8), byte(len(content))}
	} else if len(content) > 127 {
		head = []byte{tag, 0x81, byte(len(content))}
	}
	return append(head, content...)
}

func sanName(oid, text string) []byte {
	return tlv(0x30, tlv(0xa0, tlv(6, []byte(oid)), tlv(0xa0, tlv(12, []byte(text)))))
}

func digestElement(oid string, digest []byte) []byte {
	return tlv(0x30, tlv(6, []byte(oid)), tlv(4, digest))
}

// plan is a GPU that does not exist, before its certificates are made. Tests change it.
type plan struct {
	keys      [ChainLength]*ecdsa.PrivateKey
	templates [ChainLength]*x509.Certificate
	// signers sign certificate i; by default the next one's key, the root's its own.
	signers  [ChainLength]*ecdsa.PrivateKey
	san      []byte
	firmware [DigestSize]byte
	// extension is the firmware id's: composite by default.
	extensionOID asn1.ObjectIdentifier
	extension    []byte
	opaque       []byte
	nonce        [NonceSize]byte
}

var (
	compositeOID = asn1.ObjectIdentifier{2, 23, 133, 5, 4, 1}
	tcbOID       = asn1.ObjectIdentifier{2, 23, 133, 5, 4, 1, 1}
	sanOID       = asn1.ObjectIdentifier{2, 5, 29, 17}
)

func newPlan(tb testing.TB) *plan {
	tb.Helper()
	p := &plan{nonce: [NonceSize]byte{7, 7}, extensionOID: compositeOID, san: sanName(oidChipName, "NVIDIA:GH100:48B02D0000000001")}
	_, _ = rand.Read(p.firmware[:])
	for i, name := range []string{"FMC", "BROM", "Provisioner", "Identity", "Root"} {
		p.keys[i] = newKey(tb, elliptic.P384())
		t := &x509.Certificate{
			SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: name},
			NotBefore: forgeTime.AddDate(-1, 0, 0), NotAfter: forgeTime.AddDate(1, 0, i), BasicConstraintsValid: i > 0, IsCA: i > 0,
			KeyUsage: x509.KeyUsageCertSign, SubjectKeyId: []byte{1, byte(i)},
		}
		if i == 0 {
			t.KeyUsage = x509.KeyUsageDigitalSignature
		}
		p.templates[i] = t
	}
	copy(p.signers[:], append(p.keys[1:], p.keys[ChainLength-1]))
	for _, field := range []struct {
		kind  uint16
		value []byte
	}{
		{fieldVBIOS, []byte{0, 0xa5, 0, 0x96, 1, 0, 0, 0}},
		{fieldBoard, []byte{1, 2, 0, 0}},
		{fieldChipSKU, []byte("885\x00\x00")},
		{fieldDriver, []byte("590.12\x00")},
		{fieldFirmware, p.firmware[:]},
		{fieldPCIe, []byte{0x55}},
		{99, []byte("later")},
		{fieldVersion, []byte{1, 0}},
		{fieldFeature, []byte{2, 0}},
	} {
		p.opaque = append(p.opaque, opaqueField(field.kind, field.value)...)
	}
	return p
}

func newKey(tb testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(tb, err)
	return key
}

func opaqueField(kind uint16, value []byte) []byte {
	head := binary.LittleEndian.AppendUint16(nil, kind)
	return append(binary.LittleEndian.AppendUint16(head, uint16(len(value))), value...)
}

func (p *plan) spki(tb testing.TB, i int) []byte {
	tb.Helper()
	spki, err := x509.MarshalPKIXPublicKey(p.keys[i].Public())
	require.NoError(tb, err)
	return spki
}

// chain makes the five certificates.
func (p *plan) chain(tb testing.TB) [][]byte {
	tb.Helper()
	if p.extension == nil {
		p.extension = tlv(0x30, tlv(2, []byte{1}), p.spki(tb, 1), digestElement(oidSHA384, p.firmware[:]))
	}
	leaf := *p.templates[0]
	leaf.ExtraExtensions = append(leaf.ExtraExtensions, pkix.Extension{Id: p.extensionOID, Value: p.extension})
	if p.san != nil {
		leaf.ExtraExtensions = append(leaf.ExtraExtensions, pkix.Extension{Id: sanOID, Value: p.san})
	}
	chain := make([][]byte, ChainLength)
	for i := range chain {
		template, parent := p.templates[i], p.templates[min(i+1, ChainLength-1)]
		if i == 0 {
			template = &leaf
		}
		// The parent's key is left out, so that tests can sign with a wrong one.
		issuer := *parent
		issuer.PublicKey = nil
		raw, err := x509.CreateCertificate(rand.Reader, template, &issuer, p.keys[i].Public(), p.signers[i])
		require.NoError(tb, err)
		chain[i] = raw
	}
	return chain
}

// body is a report without its signature.
func (p *plan) body() []byte {
	body := append([]byte{0x11, 0xe0, 0x01, 0xff}, p.nonce[:]...)
	body = append(body, 0, 0x11, 0x60, 0, 0, 64, 0xc0, 0x0d, 0)
	for i := range 64 {
		body = append(body, byte(i+1), 1, 51, 0, 1, 48, 0)
		digest := sha512.Sum384([]byte{byte(i)})
		body = append(body, digest[:]...)
	}
	body = append(body, make([]byte, NonceSize)...)
	body = binary.LittleEndian.AppendUint16(body, uint16(len(p.opaque)))
	return append(body, p.opaque...)
}

// sign appends the leaf key's signature; high asks for s in the upper half.
func (p *plan) sign(tb testing.TB, body []byte, high bool) []byte {
	tb.Helper()
	digest := sha512.Sum384(body)
	r, s, err := ecdsa.Sign(rand.Reader, p.keys[0], digest[:])
	require.NoError(tb, err)
	order := p.keys[0].Params().N
	if isHigh := s.Cmp(new(big.Int).Rsh(order, 1)) > 0; isHigh != high {
		s.Sub(order, s)
	}
	signature := make([]byte, SignatureSize)
	r.FillBytes(signature[:48])
	s.FillBytes(signature[48:])
	return append(body[:len(body):len(body)], signature...)
}

func (p *plan) report(tb testing.TB) []byte { return p.sign(tb, p.body(), false) }

// policy pins the plan's own root.
func (p *plan) policy(tb testing.TB) Policy {
	tb.Helper()
	return Policy{Roots: []x509chain.KeyHash{keyHash(p.spki(tb, ChainLength-1))}, Families: []string{"GH100"}}
}
