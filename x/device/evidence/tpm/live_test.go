package tpm

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/big"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

var update = flag.Bool("update", false, "write what the emulator says to testdata/swtpm.json")

func rsaKey(modulus []byte) *rsa.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: 65537}
}

// Templates of keys (TPMT_PUBLIC with an empty unique field).
func eccTemplate(attributes uint32, curve, scheme, hash int) []byte {
	return join(u16(algECC), u16(algSHA256), u32(attributes), u16(0), u16(algNull), u16(scheme), u16(hash), u16(curve), u16(algNull), u16(0), u16(0))
}

func rsaTemplate(attributes uint32) []byte {
	return join(u16(algRSA), u16(algSHA256), u32(attributes), u16(0), u16(algNull), u16(algRSASSA), u16(algSHA256), u16(2048), u32(0), u16(0))
}

const akAttributes = residentAttributes | AttributeRestricted | AttributeUserWithAuth

// record lets an emulated TPM make every statement that the verifiers read.
func record(t *testing.T, e *emulator) (v vectors) {
	t.Helper()
	v.Nonce = make([]byte, NonceSize)
	_, err := rand.Read(v.Nonce)
	require.NoError(t, err)
	device, public := e.createPrimary(handleOwner, eccTemplate(residentAttributes|AttributeUserWithAuth, curveP256, algECDSA, algSHA256))
	v.Device = public
	loose, public := e.createPrimary(handleOwner, eccTemplate(AttributeSensitiveDataOrigin|AttributeSign|AttributeUserWithAuth, curveP256, algECDSA, algSHA256))
	v.Loose = public
	issuer := newAuthority(t)
	var first uint32
	for _, kind := range []struct {
		name     string
		template []byte
	}{
		{"P-256", eccTemplate(akAttributes, curveP256, algECDSA, algSHA256)},
		{"RSA-2048", rsaTemplate(akAttributes)},
		{"P-384", eccTemplate(akAttributes, curveP384, algECDSA, algSHA384)},
	} {
		// A TPM has room for three objects.
		ak, public := e.createPrimary(handleEndorsement, kind.template)
		a := akVector{Name: kind.name, Public: public, Chain: issuer.certify(t, public, nil)}
		a.Attest, a.Signature = e.certify(device, ak, v.Nonce)
		if first == 0 {
			first = ak
			v.LooseAttest, v.LooseSignature = e.certify(loose, ak, v.Nonce)
			e.command(0x165, nil, nil, u32(loose), false)
		} else {
			e.command(0x165, nil, nil, u32(ak), false)
		}
		v.Keys = append(v.Keys, a)
	}
	name, err := ParseAttestationKey(v.Keys[0].Public)
	require.NoError(t, err)
	e.command(0x165, nil, nil, u32(device), false)
	for _, kind := range []struct {
		name          string
		index, handle uint32
		policy        bool
	}{{"RSA-2048", indexRSAEKCert, handleRSAEK, true}, {"P-384", indexP384EKCert, handleP384EK, false}} {
		ek := ekVector{Name: kind.name, Chain: append([][]byte{e.readIndex(kind.index)}, e.authorities()...), Secret: make([]byte, SecretSize)}
		_, err := rand.Read(ek.Secret)
		require.NoError(t, err)
		holder, err := VerifyEndorsementChain(anchors(t, ek.Chain, x509chain.OIDEndorsementKey), ek.Chain, testTime)
		require.NoError(t, err)
		credential, err := NewCredential(holder.Key, name.Name, [SecretSize]byte(ek.Secret))
		require.NoError(t, err)
		ek.Blob, ek.Value = credential.Blob, e.activate(first, kind.handle, kind.policy, credential.Blob)
		require.Equal(t, credential.Value[:], ek.Value, "%s: the TPM opens our credential", kind.name)
		v.EKs = append(v.EKs, ek)
	}
	recordP256(t, e, &v, issuer, first, name.Name)
	return v
}

// recordP256 does the same for an EK of the TCG's template for P-256, which swtpm has no certificate of.
func recordP256(t *testing.T, e *emulator, v *vectors, issuer authority, ak uint32, akName []byte) {
	policy, err := hex.DecodeString("837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa")
	require.NoError(t, err)
	const attributes = AttributeFixedTPM | AttributeFixedParent | AttributeSensitiveDataOrigin | 1<<7 | AttributeRestricted | AttributeDecrypt
	template := join(u16(algECC), u16(algSHA256), u32(attributes), appendSized(nil, policy), u16(0x0006), u16(128), u16(0x0043),
		u16(algNull), u16(curveP256), u16(algNull), appendSized(nil, make([]byte, 32)), appendSized(nil, make([]byte, 32)))
	handle, public := e.createPrimary(handleEndorsement, template)
	point := public[len(public)-68:] // two sized coordinates
	key, err := x509chain.NewECKey(x509chain.KeyP256, join([]byte{4}, point[2:34], point[36:]))
	require.NoError(t, err)
	ek := ekVector{Name: "P-256", Secret: make([]byte, SecretSize), Chain: issuer.certifyKey(t, key, func(c *x509.Certificate) {
		c.KeyUsage, c.UnknownExtKeyUsage = x509.KeyUsageKeyAgreement, []asn1.ObjectIdentifier{{2, 23, 133, 8, 1}}
	})}
	_, err = rand.Read(ek.Secret)
	require.NoError(t, err)
	credential, err := NewCredential(key, akName, [SecretSize]byte(ek.Secret))
	require.NoError(t, err)
	ek.Blob, ek.Value = credential.Blob, e.activate(ak, handle, true, credential.Blob)
	require.Equal(t, credential.Value[:], ek.Value)
	v.EKs = append(v.EKs, ek)
}

// TestLiveTPM runs every statement against a running software TPM, and with -update keeps them as the committed
// vectors.
func TestLiveTPM(t *testing.T) {
	v := record(t, startEmulator(t))
	checkVectors(t, v)
	if *update {
		text, err := json.MarshalIndent(v, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile("testdata/swtpm.json", append(text, '\n'), 0o600))
	}
}
