package types_test

import (
	"bytes"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

var keyTypes = []types.KeyType{types.KEY_TYPE_ED25519, types.KEY_TYPE_SECP256R1, types.KEY_TYPE_SECP256K1}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	require.NoError(t, err)
	return b
}

func ed25519Key(key []byte) types.PublicKey {
	return types.PublicKey{Type: types.KEY_TYPE_ED25519, Key: key}
}

func TestGoodKeys(t *testing.T) {
	for _, kt := range keyTypes {
		for n := range byte(20) {
			require.NoError(t, testutil.NewKey(kt, []byte{n}).Public.Validate())
		}
	}
	// RFC 8032 section 7.1, test 1; SEC 2's base points.
	require.NoError(t, ed25519Key(unhex(t, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")).Validate())
	require.NoError(t, types.PublicKey{Type: types.KEY_TYPE_SECP256R1, Key: unhex(t, "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")}.Validate())
	require.NoError(t, types.PublicKey{Type: types.KEY_TYPE_SECP256K1, Key: unhex(t, "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")}.Validate())
}

// smallOrder are the canonical encodings of the eight points whose order divides 8.
var smallOrder = []string{
	"0100000000000000000000000000000000000000000000000000000000000000",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
}

func TestSmallOrderKeysAreRefused(t *testing.T) {
	for _, text := range smallOrder {
		err := ed25519Key(unhex(t, text)).Validate()
		require.ErrorIs(t, err, types.ErrInvalidPublicKey, text)
		require.ErrorContains(t, err, "small-order", text)
	}
}

// Every y in p..2^255−1, with either sign, and the two points with x = 0 and the sign set.
func TestNonCanonicalEd25519KeysAreRefused(t *testing.T) {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	encodings := []string{
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	}
	for i := range int64(19) {
		y := new(big.Int).Add(p, big.NewInt(i)).FillBytes(make([]byte, 32))
		for l, r := 0, 31; l < r; l, r = l+1, r-1 {
			y[l], y[r] = y[r], y[l]
		}
		encodings = append(encodings, hex.EncodeToString(y))
		y[31] |= 0x80
		encodings = append(encodings, hex.EncodeToString(y))
	}
	require.Len(t, encodings, 40)
	for _, text := range encodings {
		err := ed25519Key(unhex(t, text)).Validate()
		require.ErrorIs(t, err, types.ErrInvalidPublicKey, text)
		require.ErrorContains(t, err, "canonical", text)
	}
}

func TestBadKeysAreRefused(t *testing.T) {
	r1, k1 := testutil.NewKey(types.KEY_TYPE_SECP256R1, nil).Public.Key, testutil.NewKey(types.KEY_TYPE_SECP256K1, nil).Public.Key
	first := func(b byte, key []byte) []byte { return append([]byte{b}, key[1:]...) }
	tests := map[string]struct {
		pk   types.PublicKey
		says string
	}{
		"type unspecified":       {types.PublicKey{Key: make([]byte, 32)}, "key type 0"},
		"type unknown":           {types.PublicKey{Type: 4, Key: make([]byte, 32)}, "key type 4"},
		"type negative":          {types.PublicKey{Type: -1, Key: make([]byte, 32)}, "key type -1"},
		"ed25519 empty":          {ed25519Key(nil), "want 32"},
		"ed25519 short":          {ed25519Key(make([]byte, 31)), "want 32"},
		"ed25519 long":           {ed25519Key(make([]byte, 33)), "want 32"},
		"ed25519 not a point":    {ed25519Key(append([]byte{2}, make([]byte, 31)...)), "not a point"},
		"secp256r1 short":        {types.PublicKey{Type: types.KEY_TYPE_SECP256R1, Key: r1[:32]}, "want 33"},
		"secp256r1 uncompressed": {types.PublicKey{Type: types.KEY_TYPE_SECP256R1, Key: append([]byte{4}, make([]byte, 64)...)}, "want 33"},
		"secp256r1 prefix 4":     {types.PublicKey{Type: types.KEY_TYPE_SECP256R1, Key: first(4, r1)}, "0x04"},
		"secp256r1 infinity":     {types.PublicKey{Type: types.KEY_TYPE_SECP256R1, Key: make([]byte, 33)}, "0x00"},
		"secp256r1 x = p":        {types.PublicKey{Type: types.KEY_TYPE_SECP256R1, Key: unhex(t, "02ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")}, "not a point"},
		"secp256r1 off curve":    {types.PublicKey{Type: types.KEY_TYPE_SECP256R1, Key: offCurve(t, types.KEY_TYPE_SECP256R1)}, "not a point"},
		"secp256k1 short":        {types.PublicKey{Type: types.KEY_TYPE_SECP256K1, Key: k1[1:]}, "want 33"},
		"secp256k1 hybrid":       {types.PublicKey{Type: types.KEY_TYPE_SECP256K1, Key: first(6, k1)}, "0x06"},
		"secp256k1 x = p":        {types.PublicKey{Type: types.KEY_TYPE_SECP256K1, Key: unhex(t, "02fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f")}, "not a point"},
		"secp256k1 off curve":    {types.PublicKey{Type: types.KEY_TYPE_SECP256K1, Key: offCurve(t, types.KEY_TYPE_SECP256K1)}, "not a point"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			err := tc.pk.Validate()
			require.ErrorIs(t, err, types.ErrInvalidPublicKey)
			require.ErrorContains(t, err, tc.says)
			require.ErrorIs(t, types.VerifySignature(tc.pk, nil, make([]byte, 64)), types.ErrInvalidPublicKey)
		})
	}
}

// offCurve is the first small x that no point has.
func offCurve(t *testing.T, kt types.KeyType) []byte {
	t.Helper()
	for x := byte(1); x < 100; x++ {
		key := append([]byte{2}, make([]byte, 32)...)
		key[32] = x
		if (types.PublicKey{Type: kt, Key: key}).Validate() != nil {
			return key
		}
	}
	t.Fatal("every x is on the curve: the check does not work")
	return nil
}

func TestDeviceID(t *testing.T) {
	// echo -n "joule/device/id/v1" and the bytes 01 d75a98… | sha256sum, first 20 bytes.
	pk := ed25519Key(unhex(t, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
	id := types.DeviceID(pk)
	require.Equal(t, "ed3442711702b42941b3336e992a83487125406a", hex.EncodeToString(id))
	text := types.FormatDeviceID(id)
	require.Equal(t, "jouledev1a56yyughq26zjsdnxdhfj25rfpcj2sr2dghsmr", text)
	parsed, err := types.ParseDeviceID(text)
	require.NoError(t, err)
	require.Equal(t, id, parsed)

	other := pk
	other.Type = types.KEY_TYPE_SECP256K1
	require.NotEqual(t, id, types.DeviceID(other), "the key type is part of the id")
	require.Empty(t, types.FormatDeviceID(id[:19]))
	require.Empty(t, types.FormatDeviceID(nil))
}

func TestParseDeviceIDRefuses(t *testing.T) {
	good := testutil.NumberedKey(1).Text()
	for name, text := range map[string]string{
		"empty": "", "account": "joule1fl48vsnmsdzcv85q5d2q4z5ajdha8yu3h2rf3d", "upper case": strings.ToUpper(good), "mixed case": "J" + good[1:],
		"checksum": good[:46] + string(good[46]^1), "short": good[:46], "long": good + "q", "huge": strings.Repeat("q", 1<<16),
		"other prefix": "jouledew" + good[8:], "space": " " + good[:46], "not ASCII": strings.Repeat("é", 23) + "q",
	} {
		_, err := types.ParseDeviceID(text)
		require.ErrorIs(t, err, types.ErrInvalidDeviceID, name)
	}
}

func TestKeysAreDeterministic(t *testing.T) {
	for _, kt := range keyTypes {
		require.True(t, bytes.Equal(testutil.NewKey(kt, []byte("a")).Public.Key, testutil.NewKey(kt, []byte("a")).Public.Key))
		require.False(t, bytes.Equal(testutil.NewKey(kt, []byte("a")).Public.Key, testutil.NewKey(kt, []byte("b")).Public.Key))
	}
	require.Panics(t, func() { testutil.NewKey(0, nil) })
}
