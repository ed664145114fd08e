// Package testutil holds fixed beacon keys and addresses for tests.
package testutil

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/codec/address"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/beacon/vrf"
)

// OperatorCodec turns operator addresses into joulevaloper text and back.
var OperatorCodec = address.NewBech32Codec("joulevaloper")

func digest(label string, i int) []byte {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("beacon/testutil/"+label), uint64(i)))
	return sum[:]
}

// Key returns the i-th key, the same in every run.
func Key(i int) vrf.SecretKey {
	key, err := vrf.NewSecretKey(digest("key", i))
	if err != nil {
		panic(err) // the digest has a seed's length
	}
	return key
}

// Operator returns the i-th operator address.
func Operator(i int) sdk.ValAddress { return digest("operator", i)[:20] }

// Address returns the i-th operator address in text.
func Address(tb testing.TB, i int) string {
	tb.Helper()
	text, err := OperatorCodec.BytesToString(Operator(i))
	require.NoError(tb, err)
	return text
}

// RegisterMsg is operator i's registration of a key on a chain.
func RegisterMsg(tb testing.TB, chainID string, i int, key vrf.SecretKey) *types.MsgRegisterKey {
	tb.Helper()
	msg, err := types.NewMsgRegisterKey(chainID, Address(tb, i), Operator(i), key.PublicKey(), key)
	require.NoError(tb, err)
	return msg
}

// RevealTx is operator i's transaction 0 for a height.
func RevealTx(tb testing.TB, chainID string, i int, key vrf.SecretKey, height int64, previousMix []byte) []byte {
	tb.Helper()
	proof, err := key.Prove(key.PublicKey(), vrf.RevealInput(chainID, height, previousMix))
	require.NoError(tb, err)
	tx, err := types.BuildRevealTx(&types.MsgReveal{OperatorAddress: Address(tb, i), Height: height, Proof: proof})
	require.NoError(tb, err)
	return tx
}

// LowOrderPoints are the eight points of low order in their canonical encodings, then other encodings of the same
// points.
func LowOrderPoints() (canonical, others [][]byte) {
	decode := func(texts ...string) [][]byte {
		out := make([][]byte, len(texts))
		for i, text := range texts {
			bz, err := hex.DecodeString(text)
			if err != nil {
				panic(err)
			}
			out[i] = bz
		}
		return out
	}
	return decode(
			"0100000000000000000000000000000000000000000000000000000000000000",
			"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
			"0000000000000000000000000000000000000000000000000000000000000000",
			"0000000000000000000000000000000000000000000000000000000000000080",
			"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
			"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
			"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
			"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		), decode(
			"0100000000000000000000000000000000000000000000000000000000000080",
			"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
			"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
			"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
			"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
			"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		)
}
