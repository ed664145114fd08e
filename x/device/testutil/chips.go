package testutil

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/joulechain/joule/x/device/evidence/nvidia"
	"github.com/joulechain/joule/x/device/types"
)

// Validity of the certificates of chips that do not exist.
var (
	ChipsValidFrom  = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	ChipsValidUntil = time.Date(2049, 12, 31, 0, 0, 0, 0, time.UTC)
)

// repeatable signs as RFC 6979 says, so that equal seeds give equal certificates and reports.
type repeatable struct{ *ecdsa.PrivateKey }

// Sign implements crypto.Signer.
func (r repeatable) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return r.PrivateKey.Sign(nil, digest, opts)
}

func chipKey(curve elliptic.Curve, seed string) repeatable {
	secret := sha512.Sum384([]byte("joule/device/test chip/v1/" + seed))
	order := curve.Params().N
	scalar := new(big.Int).Mod(new(big.Int).SetBytes(secret[:]), new(big.Int).Sub(order, big.NewInt(1)))
	key, err := ecdsa.ParseRawPrivateKey(curve, scalar.Add(scalar, big.NewInt(1)).FillBytes(make([]byte, (curve.Params().BitSize+7)/8)))
	if err != nil {
		panic(err)
	}
	return repeatable{key}
}

func spkiOf(key repeatable) []byte {
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		panic(err)
	}
	return spki
}

// KeyHashOf is the SHA-256 of a certificate's public key: what parameters pin and governance revokes.
func KeyHashOf(certificate []byte) []byte {
	c, err := x509.ParseCertificate(certificate)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return sum[:]
}

// chipTemplate is a certificate's: place 0 is the leaf.
func chipTemplate(place int, name string) *x509.Certificate {
	t := &x509.Certificate{
		SerialNumber: big.NewInt(int64(place + 1)), Subject: pkix.Name{CommonName: name}, NotBefore: ChipsValidFrom, NotAfter: ChipsValidUntil,
		BasicConstraintsValid: place > 0, IsCA: place > 0, KeyUsage: x509.KeyUsageCertSign,
	}
	if place == 0 {
		t.KeyUsage = x509.KeyUsageDigitalSignature
	}
	return t
}

func certify(templates []*x509.Certificate, keys []repeatable) [][]byte {
	chain := make([][]byte, len(keys))
	for i := range keys {
		parent := min(i+1, len(keys)-1)
		raw, err := x509.CreateCertificate(nil, templates[i], templates[parent], keys[i].Public(), keys[parent])
		if err != nil {
			panic(err)
		}
		chain[i] = raw
	}
	return chain
}

// GPU is an NVIDIA chip that does not exist, below a root that only tests pin. Equal names give equal chips.
type GPU struct {
	// Certificates are the five, leaf first.
	Certificates [][]byte
	// Firmware is the firmware id, 48 bytes.
	Firmware []byte
	leaf     repeatable
}

var (
	sanOID       = asn1.ObjectIdentifier{2, 5, 29, 17}
	compositeOID = asn1.ObjectIdentifier{2, 23, 133, 5, 4, 1}
	oidSHA384    = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidChipName  = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 412, 274, 1}
)

// NewGPU is a chip of a family; change edits the leaf's template before it is signed.
func NewGPU(name, family string, change ...func(*x509.Certificate)) GPU {
	firmware := sha512.Sum384([]byte(name))
	g := GPU{Firmware: firmware[:], leaf: chipKey(elliptic.P384(), "gpu leaf "+name)}
	rom := chipKey(elliptic.P384(), "gpu rom "+name)
	keys := []repeatable{
		g.leaf, rom, chipKey(elliptic.P384(), "gpu provisioner"), chipKey(elliptic.P384(), "gpu family"), chipKey(elliptic.P384(), "gpu root"),
	}
	templates := make([]*x509.Certificate, len(keys))
	for i, subject := range []string{"firmware " + name, "chip " + name, "Test provisioner", "Test family", "Test root"} {
		templates[i] = chipTemplate(i, subject)
	}
	serial := sha256.Sum256([]byte(name))
	templates[0].ExtraExtensions = []pkix.Extension{
		{Id: sanOID, Value: chipNameExtension(fmt.Sprintf("NVIDIA:%s:%016X", family, serial[:8]))},
		{Id: compositeOID, Value: element(0x30, []byte{2, 1, 1}, spkiOf(rom), element(0x30, marshal(oidSHA384), element(4, g.Firmware)))},
	}
	for _, f := range change {
		f(templates[0])
	}
	g.Certificates = certify(templates, keys)
	return g
}

func chipNameExtension(text string) []byte {
	return element(0x30, element(0xa0, marshal(oidChipName), element(0xa0, element(12, []byte(text)))))
}

func marshal(v any) []byte {
	raw, err := asn1.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

func element(tag byte, parts ...[]byte) []byte {
	var content []byte
	for _, p := range parts {
		content = append(content, p...)
	}
	return marshal(asn1.RawValue{Class: int(tag >> 6), Tag: int(tag & 0x1f), IsCompound: tag&0x20 != 0, Bytes: content})
}

// Root is the hash of the root's key, for nvidia_roots.
func (g GPU) Root() []byte { return GPURoot() }

// GPURoot is the root of all test chips.
func GPURoot() []byte {
	sum := sha256.Sum256(spkiOf(chipKey(elliptic.P384(), "gpu root")))
	return sum[:]
}

// GPUChipID is the chip id of the chip with this name.
func GPUChipID(name string) [32]byte {
	return nvidia.ChipID(spkiOf(chipKey(elliptic.P384(), "gpu rom "+name)))
}

// Report is the chip's answer to a nonce.
func (g GPU) Report(nonce [32]byte) []byte {
	const blocks = 64
	body := append([]byte{0x11, 0xe0, 0x01, 0xff}, nonce[:]...)
	body = append(body, 0, 0x11, 0x60, 0, 0, blocks)
	body = append(body, byte(blocks*55&0xff), byte(blocks*55>>8), 0)
	for i := range blocks {
		digest := sha512.Sum384([]byte{byte(i)})
		body = append(append(body, byte(i+1), 1, 51, 0, 1, 48, 0), digest[:]...)
	}
	body = append(body, make([]byte, 32)...)
	var opaque []byte
	for _, field := range []struct {
		kind  uint16
		value []byte
	}{{3, []byte("590.12\x00")}, {6, make([]byte, 8)}, {14, make([]byte, 4)}, {20, g.Firmware}} {
		opaque = binary.LittleEndian.AppendUint16(opaque, field.kind)
		opaque = append(binary.LittleEndian.AppendUint16(opaque, uint16(len(field.value))), field.value...)
	}
	body = append(binary.LittleEndian.AppendUint16(body, uint16(len(opaque))), opaque...)
	digest := sha512.Sum384(body)
	r, s := signRaw(g.leaf, digest[:], crypto.SHA384)
	return append(append(body, r.FillBytes(make([]byte, 48))...), s.FillBytes(make([]byte, 48))...)
}

func signRaw(key repeatable, digest []byte, hash crypto.Hash) (r, s *big.Int) {
	raw, err := key.Sign(nil, digest, hash)
	if err != nil {
		panic(err)
	}
	var sig struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(raw, &sig); err != nil {
		panic(err)
	}
	return sig.R, sig.S
}

// Evidence answers a nonce, with the certificates or as a renewal.
func (g GPU) Evidence(nonce [32]byte, renewal bool) types.HardwareEvidence {
	e := &types.NvidiaEvidence{Certificates: g.Certificates, Report: g.Report(nonce)}
	if renewal {
		e.Certificates = nil
	}
	return types.HardwareEvidence{Kind: &types.HardwareEvidence_Nvidia{Nvidia: e}}
}
