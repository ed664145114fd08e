package types_test

import (
	stded25519 "crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha512"
	"math/big"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

func TestSignatures(t *testing.T) {
	for _, kt := range keyTypes {
		for _, msg := range [][]byte{nil, []byte("m"), make([]byte, 10_000)} {
			key := testutil.NewKey(kt, []byte("signer"))
			sig := key.Sign(msg)
			require.Len(t, sig, types.SignatureSize)
			require.NoError(t, types.VerifySignature(key.Public, msg, sig))
			require.ErrorIs(t, types.VerifySignature(key.Public, append([]byte{1}, msg...), sig), types.ErrInvalidSignature)
			require.ErrorIs(t, types.VerifySignature(testutil.NewKey(kt, []byte("other")).Public, msg, sig), types.ErrInvalidSignature)
			for _, size := range []int{0, 1, 63} {
				require.ErrorIs(t, types.VerifySignature(key.Public, msg, sig[:size]), types.ErrInvalidSignature)
			}
			require.ErrorIs(t, types.VerifySignature(key.Public, msg, append(sig, 0)), types.ErrInvalidSignature)
			for i := range sig {
				flipped := append([]byte{}, sig...)
				flipped[i] ^= 1 << (i % 8)
				require.ErrorIs(t, types.VerifySignature(key.Public, msg, flipped), types.ErrInvalidSignature, "%s byte %d", kt, i)
			}
		}
	}
}

// RFC 8032 section 7.1, test 2.
func TestEd25519Vector(t *testing.T) {
	pk := ed25519Key(unhex(t, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"))
	sig := unhex(t, "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
	require.NoError(t, types.VerifySignature(pk, []byte{0x72}, sig))
}

// A second s for one (r, message) would let a relayer change a transaction's bytes: only the low one is good.
func TestHighSIsRefused(t *testing.T) {
	orders := map[types.KeyType]*big.Int{types.KEY_TYPE_SECP256R1: elliptic.P256().Params().N, types.KEY_TYPE_SECP256K1: secp256k1.Params().N}
	for kt, n := range orders {
		key, msg := testutil.NewKey(kt, nil), []byte("low s")
		sig := key.Sign(msg)
		s := new(big.Int).SetBytes(sig[32:])
		high := append(append([]byte{}, sig[:32]...), new(big.Int).Sub(n, s).FillBytes(make([]byte, 32))...)
		require.NoError(t, types.VerifySignature(key.Public, msg, sig))
		err := types.VerifySignature(key.Public, msg, high)
		require.ErrorIs(t, err, types.ErrInvalidSignature)
		require.ErrorContains(t, err, "high s")
		for name, part := range map[string]*big.Int{"zero": new(big.Int), "order": n, "largest": new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))} {
			b := part.FillBytes(make([]byte, 32))
			require.ErrorIs(t, types.VerifySignature(key.Public, msg, append(append([]byte{}, b...), sig[32:]...)), types.ErrInvalidSignature, "r %s", name)
			require.ErrorIs(t, types.VerifySignature(key.Public, msg, append(append([]byte{}, sig[:32]...), b...)), types.ErrInvalidSignature, "s %s", name)
		}
	}
}

// signer is an ed25519 secret with which the tests make signatures that an honest signer never makes.
type signer struct {
	secret scalar.Scalar
	public []byte
}

func newSigner(t *testing.T) signer {
	t.Helper()
	var s signer
	wide := sha512.Sum512([]byte("edge"))
	_, err := s.secret.SetBytesModOrderWide(wide[:])
	require.NoError(t, err)
	s.public = compress(new(curve.EdwardsPoint).MulBasepoint(curve.ED25519_BASEPOINT_TABLE, &s.secret))
	return s
}

func compress(p *curve.EdwardsPoint) []byte {
	var c curve.CompressedEdwardsY
	c.SetEdwardsPoint(p)
	return c[:]
}

// sign answers the challenge for an R given in bytes, of which R = nonce·B plus a small-order part: S = nonce +
// H(R‖A‖M)·a.
func (s signer) sign(t *testing.T, nonce *scalar.Scalar, r, msg []byte) []byte {
	t.Helper()
	wide := sha512.Sum512(append(append(append([]byte{}, r...), s.public...), msg...))
	k, err := scalar.New().SetBytesModOrderWide(wide[:])
	require.NoError(t, err)
	out := make([]byte, 32)
	require.NoError(t, scalar.New().Add(nonce, scalar.New().Mul(k, &s.secret)).ToBytes(out))
	return append(append([]byte{}, r...), out...)
}

// ZIP-215 accepts what the cofactored equation accepts, and any encoding of R. Go's crypto/ed25519 does not: a node
// that used it would fork off here.
func TestEd25519FollowsZIP215(t *testing.T) {
	s, msg := newSigner(t), []byte("zip 215")
	pk := ed25519Key(s.public)
	require.NoError(t, pk.Validate())
	nonce, err := scalar.New().SetBytesModOrderWide(append([]byte{7}, make([]byte, 63)...))
	require.NoError(t, err)
	base := new(curve.EdwardsPoint).MulBasepoint(curve.ED25519_BASEPOINT_TABLE, nonce)
	require.True(t, stded25519.Verify(s.public, msg, s.sign(t, nonce, compress(base), msg)))

	for _, text := range smallOrder[1:] {
		var torsion curve.EdwardsPoint
		_, err := torsion.SetCompressedY((*curve.CompressedEdwardsY)(unhex(t, text)))
		require.NoError(t, err)
		mixed := s.sign(t, nonce, compress(new(curve.EdwardsPoint).Add(base, &torsion)), msg)
		require.NoError(t, types.VerifySignature(pk, msg, mixed), text)
		require.False(t, stded25519.Verify(s.public, msg, mixed), text)
	}
	zero := scalar.New()
	for _, r := range append([]string{
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // y = p + 1, the identity
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", // the same with the sign set
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // y = p, order 4
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", // y = −1 with the sign set, order 2
	}, smallOrder...) {
		require.NoError(t, types.VerifySignature(pk, msg, s.sign(t, zero, unhex(t, r), msg)), r)
	}
	notAPoint := append([]byte{2}, make([]byte, 31)...)
	require.ErrorIs(t, types.VerifySignature(pk, msg, s.sign(t, zero, notAPoint, msg)), types.ErrInvalidSignature)
}

// s + n would be a second signature for one message.
func TestEd25519LargeScalarIsRefused(t *testing.T) {
	key, msg := testutil.NumberedKey(1), []byte("s below the order")
	sig := key.Sign(msg)
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	little := func(b []byte) []byte {
		out := make([]byte, len(b))
		for i := range b {
			out[len(b)-1-i] = b[i]
		}
		return out
	}
	s := new(big.Int).Add(new(big.Int).SetBytes(little(sig[32:])), order)
	require.ErrorIs(t, types.VerifySignature(key.Public, msg, append(sig[:32:32], little(s.FillBytes(make([]byte, 32)))...)), types.ErrInvalidSignature)
}

func TestSignatureGas(t *testing.T) {
	for kt, want := range map[types.KeyType]uint64{
		types.KEY_TYPE_ED25519: types.SignatureGasEd25519, types.KEY_TYPE_SECP256R1: types.SignatureGasSecp256r1,
		types.KEY_TYPE_SECP256K1: types.SignatureGasSecp256k1, 99: types.SignatureGasEd25519,
	} {
		require.Equal(t, want, types.SignatureGas(kt))
	}
}

func BenchmarkVerifySignature(b *testing.B) {
	for _, kt := range keyTypes {
		b.Run(kt.String(), func(b *testing.B) {
			key, msg := testutil.NewKey(kt, nil), make([]byte, 320)
			sig := key.Sign(msg)
			for b.Loop() {
				if err := types.VerifySignature(key.Public, msg, sig); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
