package x509chain

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// realCertificates are those of the committed test data of nvidia and tpm, and of $JOULE_VECTORS where it is there.
func realCertificates(tb testing.TB) (all [][]byte) {
	tb.Helper()
	root := os.Getenv("JOULE_VECTORS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "..", "shared", "vectors")
	}
	lists, _ := filepath.Glob(filepath.Join(root, "gpu", "nvidia", "*.json"))
	for _, name := range append(lists, "../nvidia/testdata/own.json") {
		text, err := os.ReadFile(name)
		require.NoError(tb, err)
		var list []struct{ Certificate string }
		require.NoError(tb, json.Unmarshal(text, &list))
		for _, entry := range list {
			chain, err := base64.StdEncoding.DecodeString(entry.Certificate)
			require.NoError(tb, err)
			for block, rest := pem.Decode(chain); block != nil; block, rest = pem.Decode(rest) {
				all = append(all, block.Bytes)
			}
		}
	}
	text, err := os.ReadFile("../tpm/testdata/swtpm.json")
	require.NoError(tb, err)
	var tpm struct {
		AKs []struct{ Chain [][]byte } `json:"attestation_keys"`
		EKs []struct{ Chain [][]byte } `json:"endorsement_keys"`
	}
	require.NoError(tb, json.Unmarshal(text, &tpm))
	for _, key := range append(tpm.AKs, tpm.EKs...) {
		all = append(all, key.Chain...)
	}
	return all
}

// TestAgreesWithCryptoX509 compares what is read from certificates of chips with what Go's own package reads.
func TestAgreesWithCryptoX509(t *testing.T) {
	all := realCertificates(t)
	for _, raw := range all {
		ours, err := Parse(raw, nvidiaExtensions...)
		require.NoError(t, err)
		theirs, err := x509.ParseCertificate(raw)
		require.NoError(t, err)
		requireAgree(t, ours, theirs)
	}
	t.Logf("%d certificates", len(all))
}

var nvidiaExtensions = []string{"\x67\x81\x05\x05\x04\x01", "\x67\x81\x05\x05\x04\x01\x01"}

func requireAgree(t *testing.T, ours *Certificate, theirs *x509.Certificate) {
	t.Helper()
	require.Equal(t, theirs.RawSubjectPublicKeyInfo, ours.SPKI)
	require.Equal(t, theirs.RawIssuer, ours.Issuer)
	require.Equal(t, theirs.RawSubject, ours.Subject)
	require.Equal(t, theirs.RawTBSCertificate, ours.signed)
	require.Equal(t, theirs.Signature, ours.signature)
	require.Equal(t, theirs.NotBefore.Unix(), ours.NotBefore)
	require.Equal(t, theirs.NotAfter.Unix(), ours.NotAfter)
	require.Zero(t, theirs.SerialNumber.Cmp(new(big.Int).SetBytes(ours.Serial)))
	require.Equal(t, theirs.IsCA, ours.Authority)
	if theirs.BasicConstraintsValid && theirs.IsCA {
		require.Equal(t, theirs.MaxPathLen, ours.PathLength)
	}
	require.Equal(t, uint32(theirs.KeyUsage), ours.Usage&0x1ff)
	require.Equal(t, len(theirs.ExtKeyUsage)+len(theirs.UnknownExtKeyUsage), len(ours.Purposes))
	require.Equal(t, len(theirs.Extensions), len(ours.Extensions))
	require.Equal(t, theirs.SubjectKeyId, ours.subjectKey)
	require.Equal(t, theirs.AuthorityKeyId, ours.authorityKey)
	for i, e := range theirs.Extensions {
		require.Equal(t, e.Value, ours.Extensions[i].Value)
		require.Equal(t, e.Critical, ours.Extensions[i].Critical)
	}
}

// FuzzParse mutates certificates: no panic, and where crypto/x509 accepts as well, both read the same.
func FuzzParse(f *testing.F) {
	for i, raw := range realCertificates(f) {
		if i%3 == 0 {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		ours, err := Parse(raw, nvidiaExtensions...)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(ours.Extensions), MaxExtensions)
		if theirs, err := x509.ParseCertificate(raw); err == nil {
			requireAgree(t, ours, theirs)
		}
	})
}

// FuzzVerify holds that any bytes for leaf and authority under a pinned root are refused without a panic, unless they
// are the genuine ones.
func FuzzVerify(f *testing.F) {
	chain := realChain(f)
	f.Add(chain[0], chain[1])
	f.Add(chain[1], chain[0])
	f.Add([]byte{}, chain[1][:100])
	root, err := Parse(chain[2])
	require.NoError(f, err)
	policy := Policy{
		Roots: []KeyHash{root.KeyHash}, MinLength: 3, MaxLength: 3, Kinds: []KeyKind{KeyP256, KeyP384, KeyRSA2048, KeyRSA3072, KeyRSA4096},
	}
	f.Fuzz(func(t *testing.T, leaf, middle []byte) {
		_, err := Verify([][]byte{leaf, middle, chain[2]}, policy, now)
		genuine := string(leaf) == string(chain[0]) && string(middle) == string(chain[1])
		require.Equal(t, genuine, err == nil, "%v", err)
	})
}

// realChain is the endorsement chain of the committed vectors.
func realChain(tb testing.TB) [][]byte {
	tb.Helper()
	text, err := os.ReadFile("../tpm/testdata/swtpm.json")
	require.NoError(tb, err)
	var tpm struct {
		EKs []struct{ Chain [][]byte } `json:"endorsement_keys"`
	}
	require.NoError(tb, json.Unmarshal(text, &tpm))
	require.Len(tb, tpm.EKs[0].Chain, 3)
	return tpm.EKs[0].Chain
}
