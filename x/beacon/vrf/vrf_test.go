package vrf_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519/extra/ecvrf"
	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/beacon/testutil"
	"github.com/joulechain/joule/x/beacon/vrf"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	bz, err := hex.DecodeString(text)
	require.NoError(t, err)
	return bz
}

// The three examples of RFC 9381, Appendix B.4 (ECVRF-EDWARDS25519-SHA512-ELL2).
var rfc9381 = []struct{ sk, pk, alpha, pi, beta string }{
	{
		"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
		"",
		"7d9c633ffeee27349264cf5c667579fc583b4bda63ab71d001f89c10003ab46f14adf9a3cd8b8412d9038531e865c341cafa73589b023d14311c331a9ad15ff2fb37831e00f0acaa6d73bc9997b06501",
		"9d574bf9b8302ec0fc1e21c3ec5368269527b87b462ce36dab2d14ccf80c53cccf6758f058c5b1c856b116388152bbe509ee3b9ecfe63d93c3b4346c1fbc6c54",
	},
	{
		"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
		"72",
		"47b327393ff2dd81336f8a2ef10339112401253b3c714eeda879f12c509072ef055b48372bb82efbdce8e10c8cb9a2f9d60e93908f93df1623ad78a86a028d6bc064dbfc75a6a57379ef855dc6733801",
		"38561d6b77b71d30eb97a062168ae12b667ce5c28caccdf76bc88e093e4635987cd96814ce55b4689b3dd2947f80e59aac7b7675f8083865b46c89b2ce9cc735",
	},
	{
		"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
		"af82",
		"926e895d308f5e328e7aa159c06eddbe56d06846abf5d98c2512235eaa57fdce35b46edfc655bc828d44ad09d1150f31374e7ef73027e14760d42e77341fe05467bb286cc2c9d7fde29120a0b2320d04",
		"121b7f9b9aaaa29099fc04a94ba52784d44eac976dd1a3cca458733be5cd090a7b5fbd148444f17f8daf1fb55cb04b1ae85a626e30a54b4b0f8abf4a43314a58",
	},
}

func TestRFC9381Vectors(t *testing.T) {
	for i, v := range rfc9381 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			key, err := vrf.NewSecretKey(unhex(t, v.sk))
			require.NoError(t, err)
			require.Equal(t, unhex(t, v.pk), key.PublicKey())
			proof, err := key.Prove(key.PublicKey(), unhex(t, v.alpha))
			require.NoError(t, err)
			require.Equal(t, unhex(t, v.pi), proof)
			output, err := vrf.Verify(key.PublicKey(), proof, unhex(t, v.alpha))
			require.NoError(t, err)
			require.Equal(t, unhex(t, v.beta), output)
		})
	}
}

func TestVerifyRefusesEveryChangedBit(t *testing.T) {
	key := testutil.Key(0)
	input := []byte("input")
	proof, err := key.Prove(key.PublicKey(), input)
	require.NoError(t, err)
	want, err := vrf.Verify(key.PublicKey(), proof, input)
	require.NoError(t, err)
	for bit := range vrf.ProofSize * 8 {
		bad := bytes.Clone(proof)
		bad[bit/8] ^= 1 << (bit % 8)
		_, err := vrf.Verify(key.PublicKey(), bad, input)
		require.ErrorIs(t, err, vrf.ErrInvalidProof, "bit %d", bit)
	}
	for name, f := range map[string]func() ([]byte, error){
		"other input": func() ([]byte, error) { return vrf.Verify(key.PublicKey(), proof, []byte("other")) },
		"other key":   func() ([]byte, error) { return vrf.Verify(testutil.Key(1).PublicKey(), proof, input) },
		"short":       func() ([]byte, error) { return vrf.Verify(key.PublicKey(), proof[:79], input) },
		"long":        func() ([]byte, error) { return vrf.Verify(key.PublicKey(), append(bytes.Clone(proof), 0), input) },
		"empty":       func() ([]byte, error) { return vrf.Verify(key.PublicKey(), nil, input) },
	} {
		_, err := f()
		require.ErrorIs(t, err, vrf.ErrInvalidProof, name)
	}
	// Added randomness gives other proofs of the same input; the output, which alone enters the mix, is one.
	again, err := ecvrf.ProveWithAddedRandomness(bytes.NewReader(make([]byte, 32)), append(key.Seed(), key.PublicKey()...), input)
	require.NoError(t, err)
	require.NotEqual(t, proof, again)
	got, err := vrf.Verify(key.PublicKey(), again, input)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestNonCanonicalProofs(t *testing.T) {
	key := testutil.Key(0)
	proof, err := key.Prove(key.PublicKey(), nil)
	require.NoError(t, err)
	// s + L encodes the same scalar.
	order := unhex(t, "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
	bad, carry := bytes.Clone(proof), 0
	for i := range order {
		sum := int(bad[48+i]) + int(order[i]) + carry
		bad[48+i], carry = byte(sum), sum>>8
	}
	require.Zero(t, carry)
	require.ErrorContains(t, vrf.CheckProofEncoding(bad), "s is not reduced")
	_, others := testutil.LowOrderPoints()
	for _, gamma := range others {
		bad := append(bytes.Clone(gamma), proof[32:]...)
		require.ErrorContains(t, vrf.CheckProofEncoding(bad), "gamma", "%x", gamma)
	}
}

func TestLowOrderKeysHaveOneOutputAndAreRefused(t *testing.T) {
	canonical, others := testutil.LowOrderPoints()
	// With a secret that is a multiple of the key's order, or by forging, gamma is a point of low order. The cofactor
	// takes it to the identity, so that the output is the same for every key and input: everyone knows it.
	constant, err := ecvrf.ProofToHash(append(bytes.Clone(canonical[0]), make([]byte, 48)...))
	require.NoError(t, err)
	for _, point := range canonical {
		output, err := ecvrf.ProofToHash(append(append(bytes.Clone(point), bytes.Repeat([]byte{7}, 16)...), make([]byte, 32)...))
		require.NoError(t, err)
		require.Equal(t, constant, output, "%x", point)
		err = vrf.ValidateKey(point)
		require.ErrorIs(t, err, vrf.ErrInvalidKey)
		require.ErrorContains(t, err, "low order")
		_, err = vrf.Verify(point, append(bytes.Clone(canonical[0]), make([]byte, 48)...), []byte("any"))
		require.ErrorIs(t, err, vrf.ErrInvalidKey)
	}
	for _, point := range others {
		require.ErrorContains(t, vrf.ValidateKey(point), "canonical", "%x", point)
	}
}

func TestValidateKey(t *testing.T) {
	require.NoError(t, vrf.ValidateKey(testutil.Key(0).PublicKey()))
	require.ErrorContains(t, vrf.ValidateKey(nil), "0 bytes; want 32")
	require.ErrorContains(t, vrf.ValidateKey(make([]byte, 33)), "33 bytes; want 32")
	require.ErrorContains(t, vrf.ValidateKey(append([]byte{2}, make([]byte, 31)...)), "not a point")
	var base curve.CompressedEdwardsY
	base.SetEdwardsPoint(curve.ED25519_BASEPOINT_POINT)
	require.NoError(t, vrf.ValidateKey(base[:]))
}

func TestSecretsDoNotPrint(t *testing.T) {
	key := testutil.Key(3)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		text := fmt.Sprintf(verb, key) + fmt.Sprintf(verb, vrf.KeyRing{key}) + fmt.Sprintf(verb, &key)
		require.NotContains(t, text, hex.EncodeToString(key.Seed())[:16], verb)
		require.Contains(t, text, fmt.Sprintf("%X", key.PublicKey()), verb)
	}
	_, err := key.Prove(testutil.Key(4).PublicKey(), nil)
	require.ErrorIs(t, err, vrf.ErrUnknownKey)
	_, err = vrf.KeyRing{}.Prove(key.PublicKey(), nil)
	require.ErrorIs(t, err, vrf.ErrUnknownKey)
	_, err = vrf.SecretKey{}.Prove(nil, nil)
	require.ErrorIs(t, err, vrf.ErrUnknownKey)
}

func FuzzVerify(f *testing.F) {
	key := testutil.Key(0)
	proof, err := key.Prove(key.PublicKey(), []byte("input"))
	require.NoError(f, err)
	want, err := vrf.Verify(key.PublicKey(), proof, []byte("input"))
	require.NoError(f, err)
	f.Add(key.PublicKey(), proof, []byte("input"))
	f.Add(make([]byte, 32), make([]byte, 80), []byte{})
	f.Add([]byte{}, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, publicKey, proof, input []byte) {
		output, err := vrf.Verify(publicKey, proof, input)
		if err != nil {
			require.Nil(t, output)
			return
		}
		require.Len(t, output, vrf.OutputSize)
		if bytes.Equal(publicKey, key.PublicKey()) && bytes.Equal(input, []byte("input")) {
			require.Equal(t, want, output, "one key and input have one output")
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	key := testutil.Key(0)
	proof, _ := key.Prove(key.PublicKey(), nil)
	for b.Loop() {
		if _, err := vrf.Verify(key.PublicKey(), proof, nil); err != nil {
			b.Fatal(err)
		}
	}
}
