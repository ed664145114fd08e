package radio

import (
	"crypto/elliptic"
	"encoding/hex"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func statement(t testing.TB, name string, keyType KeyType) Statement {
	s := newSigner(t, name, keyType)
	message := []byte("message of " + name)
	return Statement{s.key(), message, s.sign(t, message)}
}

// TestBatchAndSingleAgree mixes key types and breaks random subsets: the batch names exactly the broken ones.
func TestBatchAndSingleAgree(t *testing.T) {
	good := make([]Statement, MaxWitnesses+1)
	for i := range good {
		good[i] = statement(t, string(rune('a'+i)), KeyType(1+i%5/4))
	}
	r := rand.New(rand.NewChaCha8([32]byte{3}))
	for range 60 {
		n := 1 + r.IntN(len(good))
		batch := append([]Statement(nil), good[:n]...)
		want := make([]bool, n)
		for i := range batch {
			want[i] = r.IntN(4) != 0
			if !want[i] {
				switch r.IntN(4) {
				case 0:
					batch[i].Signature[r.IntN(64)] ^= 1
				case 1:
					batch[i].Message = []byte("another message")
				case 2:
					batch[i].Key.Bytes = batch[i].Key.Bytes[1:]
				case 3:
					batch[i].Key.Type = 0
				}
			}
			require.Equal(t, want[i], batch[i].Verify())
		}
		got, err := VerifyBatch(batch)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	got, err := VerifyBatch(nil)
	require.NoError(t, err)
	require.Empty(t, got)
	_, err = VerifyBatch(make([]Statement, MaxWitnesses+2))
	require.ErrorIs(t, err, ErrEvidence)
}

// smallOrder are encodings of points whose order divides eight, the last two not canonical.
var smallOrder = []string{
	"0100000000000000000000000000000000000000000000000000000000000000",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}

// TestZIP215 is the case that separates verification rules: with S = 0 and small-order A and R, ZIP-215 accepts what
// cofactorless or canonical rules refuse. Alone, in a batch with honest signatures and in a batch with a broken one the
// verdict must be the same on every node.
func TestZIP215(t *testing.T) {
	honest, broken := statement(t, "honest", KeyEd25519), statement(t, "broken", KeyEd25519)
	broken.Signature[5] ^= 1
	for _, a := range smallOrder {
		for _, r := range smallOrder {
			s := Statement{Key: PublicKey{Type: KeyEd25519}, Message: []byte("Zcash")}
			s.Key.Bytes, _ = hex.DecodeString(a)
			point, err := hex.DecodeString(r)
			require.NoError(t, err)
			copy(s.Signature[:], point)
			require.True(t, s.Verify(), "A=%s R=%s", a, r)
			got, err := VerifyBatch([]Statement{honest, s})
			require.NoError(t, err)
			require.Equal(t, []bool{true, true}, got)
			got, err = VerifyBatch([]Statement{broken, s, honest})
			require.NoError(t, err)
			require.Equal(t, []bool{false, true, true}, got)
			s.Signature[32] = 1 // S = 1: no longer holds, in any company
			got, err = VerifyBatch([]Statement{honest, s})
			require.NoError(t, err)
			require.Equal(t, []bool{true, s.Verify()}, got)
			require.False(t, got[1])
		}
	}
}

// TestScalarMustBeReduced: S + ℓ would be a second signature for the same message.
func TestScalarMustBeReduced(t *testing.T) {
	s := statement(t, "a", KeyEd25519)
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	little := make([]byte, 32)
	for i, b := range s.Signature[32:] {
		little[31-i] = b
	}
	more := new(big.Int).Add(new(big.Int).SetBytes(little), order).FillBytes(make([]byte, 32))
	for i, b := range more {
		s.Signature[63-i] = b
	}
	require.False(t, s.Verify())
	got, err := VerifyBatch([]Statement{statement(t, "b", KeyEd25519), s})
	require.NoError(t, err)
	require.Equal(t, []bool{true, false}, got)
}

func TestSecp256r1(t *testing.T) {
	s := statement(t, "element", KeySecp256r1)
	require.True(t, s.Verify())
	mirrored := s
	high := new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(s.Signature[32:]))
	high.FillBytes(mirrored.Signature[32:])
	require.False(t, mirrored.Verify(), "high s")
	for name, key := range map[string][]byte{
		"empty":        nil,
		"uncompressed": append([]byte{4}, s.Key.Bytes[1:]...),
		"short":        s.Key.Bytes[:32],
		"off curve":    append([]byte{2}, make([]byte, 31)...),
		"x too large":  append([]byte{2}, []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")...),
	} {
		bad := s
		bad.Key.Bytes = key
		require.False(t, bad.Verify(), name)
	}
	for _, half := range []int{0, 32} {
		zero := s
		copy(zero.Signature[half:half+32], make([]byte, 32))
		require.False(t, zero.Verify())
	}
}

func TestSecureElementsAsWitnesses(t *testing.T) {
	s := newScene(t, KeySecp256r1, KeyEd25519, KeySecp256r1, KeyEd25519)
	require.Equal(t, make([]Reason, 4), s.judge(t).reasons())
	s.evidence.Receipts[2].Signature[0] ^= 1
	require.Equal(t, []Reason{ReasonPaid, ReasonPaid, ReasonPayload, ReasonPaid}, s.judge(t).reasons())
}
