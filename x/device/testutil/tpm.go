package testutil

import (
	"crypto"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"

	"github.com/joulechain/joule/x/device/types"
)

// TPM is one made of Go, whose attestation key an authority that only tests pin has certified. Equal names give equal
// TPMs.
type TPM struct {
	// Certificates are the attestation key's and its authority's.
	Certificates [][]byte
	ak           repeatable
}

// NewTPM is a TPM; change edits the attestation key's template before it is signed.
func NewTPM(name string, change ...func(*x509.Certificate)) TPM {
	t := TPM{ak: chipKey(elliptic.P256(), "tpm ak "+name)}
	leaf, root := chipTemplate(0, "AK "+name), chipTemplate(1, "Test attestation authority")
	leaf.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{2, 23, 133, 8, 3}}
	for _, f := range change {
		f(leaf)
	}
	t.Certificates = certify([]*x509.Certificate{leaf, root}, []repeatable{t.ak, chipKey(elliptic.P256(), "tpm authority")})
	return t
}

// Root is the hash of the authority's key, for tpm_roots.
func (t TPM) Root() []byte { return KeyHashOf(t.Certificates[len(t.Certificates)-1]) }

// Evidence certifies a device's secp256r1 key with a nonce, with the certificates or as a renewal. It panics for other
// keys.
func (t TPM) Evidence(device types.PublicKey, nonce [32]byte, renewal bool) types.HardwareEvidence {
	public := devicePublic(device)
	sum := sha256.Sum256(public)
	name := append(u16(0x000b), sum[:]...)
	attest := append([]byte{0xff, 0x54, 0x43, 0x47, 0x80, 0x17}, sized(nil)...)
	attest = append(attest, sized(nonce[:])...)
	attest = append(attest, make([]byte, 16)...)           // clock, resets, restarts
	attest = append(append(attest, 1), make([]byte, 8)...) // safe, firmware version
	attest = append(append(attest, sized(name)...), sized(nil)...)
	digest := sha256.Sum256(attest)
	r, s := signRaw(t.ak, digest[:], crypto.SHA256)
	signature := append(append(u16(0x0018), u16(0x000b)...), append(sized(r.FillBytes(make([]byte, 32))), sized(s.FillBytes(make([]byte, 32)))...)...)
	e := &types.TpmEvidence{Certificates: t.Certificates, Public: public, Attest: attest, Signature: signature}
	if renewal {
		e.Certificates = nil
	}
	return types.HardwareEvidence{Kind: &types.HardwareEvidence_Tpm{Tpm: e}}
}

// devicePublic is the key's TPMT_PUBLIC: fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, sign.
func devicePublic(key types.PublicKey) []byte {
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), key.Key)
	if x == nil {
		panic("device testutil: not a compressed secp256r1 key")
	}
	out := append(u16(0x0023), u16(0x000b)...)
	out = binary.BigEndian.AppendUint32(out, 1<<1|1<<4|1<<5|1<<6|1<<18)
	for _, part := range [][]byte{sized(nil), u16(0x0010), u16(0x0018), u16(0x000b), u16(0x0003), u16(0x0010)} {
		out = append(out, part...)
	}
	return append(append(out, sized(x.FillBytes(make([]byte, 32)))...), sized(y.FillBytes(make([]byte, 32)))...)
}

func u16(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }

func sized(b []byte) []byte { return append(u16(uint16(len(b))), b...) }
