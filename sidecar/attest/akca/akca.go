// Package akca is an authority that certifies TPMs' attestation keys, as a maker or an enrolment service does it: it
// checks the endorsement key's certificate, makes sure by a credential that the TPM with that key has the attestation
// key, and only then signs. Devnets pin a throw-away one; tests use it.
package akca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/joulechain/joule/x/device/evidence/tpm"
	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// ErrNotActivated means that the TPM did not open the credential: the attestation key is not in the TPM with that
// endorsement key.
var ErrNotActivated = errors.New("the TPM did not open the credential")

// purposeAttestation is the TCG's extended key usage of attestation keys, 2.23.133.8.3.
var purposeAttestation = asn1.ObjectIdentifier{2, 23, 133, 8, 3}

// Authority certifies attestation keys.
type Authority struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
	makers      tpm.Anchors
	validity    time.Duration
}

// New makes an authority that trusts the TPM makers whose roots it is given, in DER; its certificate and those it signs
// are valid from a day ago for validity.
func New(name string, makers [][]byte, validity time.Duration) (*Authority, error) {
	a := &Authority{validity: validity, makers: tpm.Anchors{Purpose: x509chain.OIDEndorsementKey}}
	for _, raw := range makers {
		c, err := x509.ParseCertificate(raw)
		if err != nil {
			return nil, fmt.Errorf("maker's root: %w", err)
		}
		a.makers.Roots = append(a.makers.Roots, sha256.Sum256(c.RawSubjectPublicKeyInfo))
	}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	template := a.template(name)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	raw, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	a.certificate, err = x509.ParseCertificate(raw)
	return a, err
}

// Root is the hash that a chain pins: SHA-256 of the authority's public key in DER.
func (a *Authority) Root() [sha256.Size]byte {
	return sha256.Sum256(a.certificate.RawSubjectPublicKeyInfo)
}

// Challenge makes a credential for the TPM that shows the endorsement certificates (leaf first, root last) and an
// attestation key (TPMT_PUBLIC). Certify wants the value that the TPM finds in it.
func (a *Authority) Challenge(endorsement [][]byte, public []byte) (*Challenge, error) {
	holder, err := tpm.VerifyEndorsementChain(a.makers, endorsement, time.Now().Unix())
	if err != nil {
		return nil, fmt.Errorf("endorsement key: %w", err)
	}
	ak, err := tpm.ParseAttestationKey(public)
	if err != nil {
		return nil, err
	}
	var secret [tpm.SecretSize]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return nil, err
	}
	c, err := tpm.NewCredential(holder.Key, ak.Name, secret)
	if err != nil {
		return nil, err
	}
	return &Challenge{Blob: c.Blob, value: c.Value, key: ak.Key}, nil
}

// Challenge is a credential that waits for its answer.
type Challenge struct {
	// Blob goes to the TPM.
	Blob  []byte
	value [tpm.SecretSize]byte
	key   x509chain.PublicKey
}

// Certify signs the attestation key's certificate if the TPM opened the credential, and returns the chain in DER, leaf
// first.
func (a *Authority) Certify(c *Challenge, value []byte) ([][]byte, error) {
	if string(value) != string(c.value[:]) {
		return nil, ErrNotActivated
	}
	key, err := standardKey(c.key)
	if err != nil {
		return nil, err
	}
	template := a.template("TPM attestation key")
	template.KeyUsage, template.UnknownExtKeyUsage = x509.KeyUsageDigitalSignature, []asn1.ObjectIdentifier{purposeAttestation}
	raw, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key, a.key)
	if err != nil {
		return nil, err
	}
	return [][]byte{raw, a.certificate.Raw}, nil
}

func (a *Authority) template(name string) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil || serial.Sign() == 0 {
		serial = big.NewInt(1)
	}
	from := time.Now().Add(-24 * time.Hour).Truncate(time.Second)
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: from.Add(a.validity),
	}
}

// standardKey gives crypto/x509 a key of ours.
func standardKey(k x509chain.PublicKey) (any, error) {
	switch k.Kind {
	case x509chain.KeyP256:
		return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.Bytes())
	case x509chain.KeyP384:
		return ecdsa.ParseUncompressedPublicKey(elliptic.P384(), k.Bytes())
	default:
		return &rsa.PublicKey{N: new(big.Int).SetBytes(k.Bytes()), E: 65537}, nil
	}
}
