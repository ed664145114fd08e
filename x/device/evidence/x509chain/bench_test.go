package x509chain

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkSignature measures one signature check of each kind, the key's parsing included.
func BenchmarkSignature(b *testing.B) {
	message := make([]byte, 700)
	digest := sha256.Sum256(message)
	for _, kind := range []KeyKind{KeyP256, KeyP384} {
		curve := elliptic.P256()
		if kind == KeyP384 {
			curve = elliptic.P384()
		}
		key := ecKey(b, curve)
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		require.NoError(b, err)
		spki := newForm(b, "", "", key.Public(), key).spki
		b.Run(kind.String(), func(b *testing.B) {
			for b.Loop() {
				public, err := parseKey(spki)
				if err != nil || !public.VerifyRaw(SHA256, message, r.Bytes(), s.Bytes()) {
					b.Fatal("refused")
				}
			}
			b.ReportMetric(float64(SignatureCost(kind)), "cost-units")
		})
	}
	for i, kind := range []KeyKind{KeyRSA2048, KeyRSA3072, KeyRSA4096} {
		// A signature that does not hold costs the same exponentiation, and no key has to be made.
		modulus := bytes.Repeat([]byte{0xfb}, 256+128*i)
		signature := bytes.Repeat([]byte{0x5a}, len(modulus))
		b.Run(kind.String(), func(b *testing.B) {
			for b.Loop() {
				public, err := NewRSAKey(modulus)
				if err != nil || public.VerifyRSA(SHA256, message, signature) {
					b.Fatal("accepted")
				}
			}
			b.ReportMetric(float64(SignatureCost(kind)), "cost-units")
		})
	}
}

// BenchmarkParse is one certificate's parsing, its key's point included.
func BenchmarkParse(b *testing.B) {
	raw := newThree(b).chain(b)[0]
	for b.Loop() {
		if _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// TestCost: the bound covers every kind, and counts no more certificates than a chain may have.
func TestCost(t *testing.T) {
	for kind := KeyP256; kind <= KeyRSA4096+1; kind++ {
		require.Positive(t, SignatureCost(kind))
		require.LessOrEqual(t, SignatureCost(kind), SignatureCost(KeyP384))
		require.NotEmpty(t, kind.String())
	}
	require.Zero(t, CostBound(-1))
	require.Equal(t, CostBound(MaxChain), CostBound(MaxChain+1))
	require.Equal(t, 5*CostBound(1), CostBound(5))
}

func TestPolicyBounds(t *testing.T) {
	for name, change := range map[string]func(*Policy){
		"no root": func(p *Policy) { p.Roots = nil }, "too many roots": func(p *Policy) { p.Roots = make([]KeyHash, MaxRoots+1) },
		"too many revoked": func(p *Policy) { p.Revoked = make([]KeyHash, MaxRevoked+1) }, "length 1": func(p *Policy) { p.MinLength = 1 },
		"length range": func(p *Policy) { p.MaxLength = 2 }, "length 7": func(p *Policy) { p.MaxLength = MaxChain + 1 }, "no kinds": func(p *Policy) { p.Kinds = nil },
	} {
		chain := newThree(t)
		policy := chain.policy()
		change(&policy)
		_, err := Verify(chain.chain(t), policy, now)
		require.ErrorIs(t, err, ErrPolicy, name)
	}
	chain := newThree(t)
	policy := chain.policy()
	policy.Kinds = []KeyKind{KeyP384}
	_, err := Verify(chain.chain(t), policy, now)
	require.ErrorIs(t, err, ErrKey)
	policy = chain.policy()
	policy.Roots = []KeyHash{{}}
	_, err = Verify(chain.chain(t), policy, now)
	require.ErrorIs(t, err, ErrRoot)
	_, err = Verify(chain.chain(t)[1:], chain.policy(), now)
	require.ErrorIs(t, err, ErrCount)
}
