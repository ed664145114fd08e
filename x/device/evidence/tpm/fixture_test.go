package tpm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"math/big"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// testTime lies inside the validity of all certificates of the vectors.
const testTime = 1_800_000_000

// vectors are what a TPM said once; testdata/swtpm.json holds what Debian's swtpm 0.7.1 said.
type vectors struct {
	Nonce  []byte `json:"nonce"`
	Device []byte `json:"device_public"`
	// Loose is a key that the TPM would export, and its certification.
	Loose          []byte     `json:"loose_public"`
	LooseAttest    []byte     `json:"loose_attest"`
	LooseSignature []byte     `json:"loose_signature"`
	Keys           []akVector `json:"attestation_keys"`
	EKs            []ekVector `json:"endorsement_keys"`
}

// akVector is one attestation key, its certification of the device key, and a certificate chain for it.
type akVector struct {
	Name      string   `json:"name"`
	Public    []byte   `json:"public"`
	Attest    []byte   `json:"attest"`
	Signature []byte   `json:"signature"`
	Chain     [][]byte `json:"chain"`
}

// ekVector is one endorsement key's chain and what the TPM made of a credential for the first attestation key.
type ekVector struct {
	Name   string   `json:"name"`
	Chain  [][]byte `json:"chain"`
	Secret []byte   `json:"secret"`
	Blob   []byte   `json:"blob"`
	Value  []byte   `json:"value"`
}

func loadVectors(tb testing.TB) (v vectors) {
	tb.Helper()
	text, err := os.ReadFile("testdata/swtpm.json")
	require.NoError(tb, err)
	require.NoError(tb, json.Unmarshal(text, &v))
	return v
}

// root pins a chain's last certificate.
func root(tb testing.TB, chain [][]byte) x509chain.KeyHash {
	tb.Helper()
	certificate, err := x509.ParseCertificate(chain[len(chain)-1])
	require.NoError(tb, err)
	return sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
}

func anchors(tb testing.TB, chain [][]byte, purpose string) Anchors {
	tb.Helper()
	return Anchors{Roots: []x509chain.KeyHash{root(tb, chain)}, Purpose: purpose}
}

// authority certifies attestation keys, as a maker or an enrolment service does.
type authority struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
}

func newAuthority(tb testing.TB) authority {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(tb, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test attestation authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Unix(1_700_000_000, 0), NotAfter: time.Unix(4_000_000_000, 0),
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(tb, err)
	certificate, err := x509.ParseCertificate(raw)
	require.NoError(tb, err)
	return authority{key, certificate}
}

// certify issues a certificate for the key of a public area.
func (a authority) certify(tb testing.TB, public []byte, change func(*x509.Certificate)) [][]byte {
	tb.Helper()
	p, err := ParsePublic(public)
	require.NoError(tb, err)
	return a.certifyKey(tb, p.Key, change)
}

func (a authority) certifyKey(tb testing.TB, key x509chain.PublicKey, change func(*x509.Certificate)) [][]byte {
	tb.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "AK"}, KeyUsage: x509.KeyUsageDigitalSignature,
		UnknownExtKeyUsage: []asn1.ObjectIdentifier{{2, 23, 133, 8, 3}}, NotBefore: time.Unix(1_700_000_000, 0), NotAfter: time.Unix(3_900_000_000, 0),
	}
	if change != nil {
		change(template)
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, a.certificate, standardKey(tb, key), a.key)
	require.NoError(tb, err)
	return [][]byte{raw, a.certificate.Raw}
}

// standardKey gives crypto/x509 a key of ours, through the one encoding that both know.
func standardKey(tb testing.TB, k x509chain.PublicKey) any {
	tb.Helper()
	switch k.Kind {
	case x509chain.KeyP256, x509chain.KeyP384:
		curve := elliptic.P256()
		if k.Kind == x509chain.KeyP384 {
			curve = elliptic.P384()
		}
		key, err := ecdsa.ParseUncompressedPublicKey(curve, k.Bytes())
		require.NoError(tb, err)
		return key
	default:
		return rsaKey(k.Bytes())
	}
}
