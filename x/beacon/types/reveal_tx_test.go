package types_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/testutil"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/std"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
	"github.com/cosmos/cosmos-sdk/x/authz"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"

	beacontest "github.com/joulechain/joule/x/beacon/testutil"
	"github.com/joulechain/joule/x/beacon/types"
	"github.com/joulechain/joule/x/beacon/vrf"
)

const chainID = "joule-test-1"

func reveal(t testing.TB) (*types.MsgReveal, []byte) {
	t.Helper()
	bz := beacontest.RevealTx(t, chainID, 0, beacontest.Key(0), 7, vrf.GenesisMix(chainID))
	msg, found, err := types.ParseRevealTx(bz)
	require.NoError(t, err)
	require.True(t, found)
	return msg, bz
}

func txConfig() (codec.Codec, client.TxConfig) {
	cdc := testutil.CodecOptions{AccAddressPrefix: "joule", ValAddressPrefix: "joulevaloper"}.NewCodec()
	std.RegisterInterfaces(cdc.InterfaceRegistry())
	types.RegisterInterfaces(cdc.InterfaceRegistry())
	banktypes.RegisterInterfaces(cdc.InterfaceRegistry())
	return cdc, authtx.NewTxConfig(cdc, authtx.DefaultSignModes)
}

// Explorers decode transaction 0 as any other: GetBlockWithTxs, GetTx and txs?query= go through these calls.
func TestRevealIsADecodableTransaction(t *testing.T) {
	cdc, cfg := txConfig()
	msg, bz := reveal(t)
	require.Less(t, len(bz), types.MaxRevealTxBytes)
	require.Equal(t, sdk.MsgTypeURL(msg), types.RevealTypeURL)
	decoded, err := cfg.TxDecoder()(bz)
	require.NoError(t, err)
	require.Equal(t, []sdk.Msg{msg}, decoded.GetMsgs())

	fee, ok := decoded.(sdk.FeeTx)
	require.True(t, ok)
	require.Empty(t, fee.GetFee())
	require.EqualValues(t, types.RevealGasLimit, fee.GetGas())
	require.Equal(t, []byte(beacontest.Operator(0)), fee.FeePayer())
	require.Nil(t, fee.FeeGranter())
	signers, _, err := cdc.GetMsgV1Signers(msg)
	require.NoError(t, err)
	require.Equal(t, [][]byte{beacontest.Operator(0)}, signers)
	v2, err := decoded.GetMsgsV2()
	require.NoError(t, err)
	require.Len(t, v2, 1)

	provider, ok := decoded.(interface{ GetProtoTx() *tx.Tx })
	require.True(t, ok)
	_, err = cdc.MarshalJSON(&tx.GetBlockWithTxsResponse{Txs: []*tx.Tx{provider.GetProtoTx()}})
	require.NoError(t, err)
	anyTx, ok := decoded.(interface{ AsAny() *codectypes.Any })
	require.True(t, ok)
	_, err = cdc.MarshalJSON(&tx.GetTxsEventResponse{Txs: []*tx.Tx{provider.GetProtoTx()}, TxResponses: []*sdk.TxResponse{{Tx: anyTx.AsAny()}}})
	require.NoError(t, err)

	server := authtx.NewTxServer(client.Context{TxConfig: cfg}, nil, cdc.InterfaceRegistry())
	res, err := server.TxDecode(t.Context(), &tx.TxDecodeRequest{TxBytes: bz})
	require.NoError(t, err)
	encoded, err := server.TxEncode(t.Context(), &tx.TxEncodeRequest{Tx: res.Tx})
	require.NoError(t, err)
	require.Equal(t, bz, encoded.TxBytes)
	js, err := cfg.TxJSONEncoder()(decoded)
	require.NoError(t, err)
	require.True(t, json.Valid(js))

	again, err := cfg.TxEncoder()(decoded)
	require.NoError(t, err)
	require.Equal(t, bz, again)
}

// revealWith rebuilds the transaction with changed parts; nil parts stay canonical.
func revealWith(t testing.TB, change func(raw *tx.TxRaw, body *tx.TxBody, auth *tx.AuthInfo)) []byte {
	t.Helper()
	_, bz := reveal(t)
	var (
		raw  tx.TxRaw
		body tx.TxBody
		auth tx.AuthInfo
	)
	require.NoError(t, proto.Unmarshal(bz, &raw))
	require.NoError(t, proto.Unmarshal(raw.BodyBytes, &body))
	require.NoError(t, proto.Unmarshal(raw.AuthInfoBytes, &auth))
	var err error
	before := tx.TxRaw{}
	change(&before, &body, &auth)
	raw.BodyBytes, err = proto.Marshal(&body)
	require.NoError(t, err)
	raw.AuthInfoBytes, err = proto.Marshal(&auth)
	require.NoError(t, err)
	raw.Signatures = before.Signatures
	out, err := proto.Marshal(&raw)
	require.NoError(t, err)
	return out
}

func malformedReveals(t testing.TB) map[string][]byte {
	msg, bz := reveal(t)
	encode := func(change func(*types.MsgReveal)) []byte {
		m := *msg
		change(&m)
		value, err := proto.Marshal(&m)
		require.NoError(t, err)
		return revealWith(t, func(_ *tx.TxRaw, body *tx.TxBody, _ *tx.AuthInfo) { body.Messages[0].Value = value })
	}
	value, err := proto.Marshal(msg)
	require.NoError(t, err)
	withValue := func(v []byte) []byte {
		return revealWith(t, func(_ *tx.TxRaw, body *tx.TxBody, _ *tx.AuthInfo) { body.Messages[0].Value = v })
	}
	other := testutilAny(t)
	return map[string][]byte{
		"appended field": append(bytes.Clone(bz), 0x1A, 0x00),
		"signature":      revealWith(t, func(raw *tx.TxRaw, _ *tx.TxBody, _ *tx.AuthInfo) { raw.Signatures = [][]byte{{1}} }),
		"memo":           revealWith(t, func(_ *tx.TxRaw, body *tx.TxBody, _ *tx.AuthInfo) { body.Memo = "x" }),
		"timeout":        revealWith(t, func(_ *tx.TxRaw, body *tx.TxBody, _ *tx.AuthInfo) { body.TimeoutHeight = 9 }),
		"second reveal": revealWith(t, func(_ *tx.TxRaw, body *tx.TxBody, _ *tx.AuthInfo) {
			body.Messages = append(body.Messages, body.Messages[0])
		}),
		"second message": revealWith(t, func(_ *tx.TxRaw, body *tx.TxBody, _ *tx.AuthInfo) { body.Messages = append(body.Messages, other) }),
		"behind a message": revealWith(t, func(_ *tx.TxRaw, body *tx.TxBody, _ *tx.AuthInfo) {
			body.Messages = append([]*codectypes.Any{other}, body.Messages...)
		}),
		"gas limit": revealWith(t, func(_ *tx.TxRaw, _ *tx.TxBody, auth *tx.AuthInfo) { auth.Fee.GasLimit = 2 }),
		"fee": revealWith(t, func(_ *tx.TxRaw, _ *tx.TxBody, auth *tx.AuthInfo) {
			auth.Fee.Amount = sdk.NewCoins(sdk.NewInt64Coin("ujoule", 1))
		}),
		"no fee":          revealWith(t, func(_ *tx.TxRaw, _ *tx.TxBody, auth *tx.AuthInfo) { auth.Fee = nil }),
		"payer":           revealWith(t, func(_ *tx.TxRaw, _ *tx.TxBody, auth *tx.AuthInfo) { auth.Fee.Payer = "joule1" }),
		"signer info":     revealWith(t, func(_ *tx.TxRaw, _ *tx.TxBody, auth *tx.AuthInfo) { auth.SignerInfos = []*tx.SignerInfo{{}} }),
		"no operator":     encode(func(m *types.MsgReveal) { m.OperatorAddress = "" }),
		"long operator":   encode(func(m *types.MsgReveal) { m.OperatorAddress = string(bytes.Repeat([]byte("a"), 129)) }),
		"height 0":        encode(func(m *types.MsgReveal) { m.Height = 0 }),
		"negative height": encode(func(m *types.MsgReveal) { m.Height = -1 }),
		"no proof":        encode(func(m *types.MsgReveal) { m.Proof = nil }),
		"short proof":     encode(func(m *types.MsgReveal) { m.Proof = m.Proof[:79] }),
		"long proof":      encode(func(m *types.MsgReveal) { m.Proof = append(bytes.Clone(m.Proof), 0) }),
		"gamma encoding": encode(func(m *types.MsgReveal) {
			_, p := beacontest.LowOrderPoints()
			m.Proof = append(bytes.Clone(p[0]), m.Proof[32:]...)
		}),
		"s encoding": encode(func(m *types.MsgReveal) {
			m.Proof = append(bytes.Clone(m.Proof[:48]), bytes.Repeat([]byte{0xFF}, 32)...)
		}),
		"huge":              encode(func(m *types.MsgReveal) { m.Proof = make([]byte, 1<<16) }),
		"unknown field":     withValue(append(bytes.Clone(value), 0x20, 0x01)),
		"repeated field":    withValue(append(bytes.Clone(value), 0x10, 0x07)),
		"undecodable value": withValue([]byte{0xFF}),
		"empty value":       withValue(nil),
	}
}

func testutilAny(t testing.TB) *codectypes.Any {
	t.Helper()
	msg, err := codectypes.NewAnyWithValue(&banktypes.MsgSend{})
	require.NoError(t, err)
	return msg
}

func TestParseRevealTxRefusesEveryOtherEncoding(t *testing.T) {
	for name, bz := range malformedReveals(t) {
		msg, found, err := types.ParseRevealTx(bz)
		require.ErrorIs(t, err, types.ErrRevealMalformed, name)
		require.True(t, found, name)
		require.Nil(t, msg, name)
		require.False(t, types.IsRevealTx(bz), name)
	}
	_, bz := reveal(t)
	require.True(t, types.IsRevealTx(bz))
	for i := range bz { // no truncation and no changed byte parses as the same reveal
		require.False(t, types.IsRevealTx(bz[:i]), "cut at %d", i)
		bad := bytes.Clone(bz)
		bad[i] ^= 0x80
		if msg, _, err := types.ParseRevealTx(bad); err == nil && msg != nil {
			again, err := types.BuildRevealTx(msg)
			require.NoError(t, err)
			require.Equal(t, bad, again)
		}
	}
}

func TestParseRevealTxLeavesOthersAlone(t *testing.T) {
	_, cfg := txConfig()
	b := cfg.NewTxBuilder()
	require.NoError(t, b.SetMsgs(&banktypes.MsgSend{}))
	b.SetMemo(types.RevealTypeURL) // the text alone is harmless
	bz, err := cfg.TxEncoder()(b.GetTx())
	require.NoError(t, err)
	for _, bz := range [][]byte{bz, nil, {}, {0xFF}, []byte(types.RevealTypeURL)} {
		msg, found, err := types.ParseRevealTx(bz)
		require.NoError(t, err)
		require.False(t, found)
		require.Nil(t, msg)
	}
}

func TestContainsReveal(t *testing.T) {
	msg, _ := reveal(t)
	exec := func(inner ...sdk.Msg) sdk.Msg {
		m := authz.NewMsgExec(sdk.AccAddress(make([]byte, 20)), inner)
		return &m
	}
	proposal, err := govv1.NewMsgSubmitProposal([]sdk.Msg{msg}, nil, "", "", "", "", false)
	require.NoError(t, err)
	deep := sdk.Msg(&banktypes.MsgSend{})
	for range 9 {
		deep = exec(deep)
	}
	for name, c := range map[string]struct {
		msgs []sdk.Msg
		want bool
	}{
		"none":              {nil, false},
		"others":            {[]sdk.Msg{&banktypes.MsgSend{}, exec(&banktypes.MsgSend{})}, false},
		"plain":             {[]sdk.Msg{&banktypes.MsgSend{}, msg}, true},
		"authz":             {[]sdk.Msg{exec(msg)}, true},
		"authz in authz":    {[]sdk.Msg{exec(&banktypes.MsgSend{}, exec(msg))}, true},
		"proposal":          {[]sdk.Msg{proposal}, true},
		"proposal in authz": {[]sdk.Msg{exec(proposal)}, true},
		"too deep to tell":  {[]sdk.Msg{deep}, true},
	} {
		require.Equal(t, c.want, types.ContainsReveal(c.msgs), name)
	}
}

func FuzzParseRevealTx(f *testing.F) {
	_, bz := reveal(f)
	f.Add(bz)
	for _, bad := range malformedReveals(f) {
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, bz []byte) {
		msg, found, err := types.ParseRevealTx(bz)
		require.Equal(t, found, msg != nil || err != nil)
		if msg == nil {
			return
		}
		require.NoError(t, err)
		again, err := types.BuildRevealTx(msg)
		require.NoError(t, err)
		require.Equal(t, bz, again)
		_, cfg := txConfig()
		_, err = cfg.TxDecoder()(bz)
		if err != nil { // text that is not UTF-8 is refused later, as the operator's address
			require.NotEqual(t, beacontest.Address(t, 0), msg.OperatorAddress)
		}
	})
}

// TestWriteSeeds refreshes testdata/fuzz from the table above: BEACON_WRITE_SEEDS=1 go test ./x/beacon/types -run
// WriteSeeds.
func TestWriteSeeds(t *testing.T) {
	if os.Getenv("BEACON_WRITE_SEEDS") == "" {
		t.Skip("set BEACON_WRITE_SEEDS=1 to write the seeds")
	}
	_, bz := reveal(t)
	seeds := malformedReveals(t)
	seeds["canonical"] = bz
	delete(seeds, "huge")
	dir := filepath.Join("testdata", "fuzz", "FuzzParseRevealTx")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for name, bz := range seeds {
		text := "go test fuzz v1\n[]byte(" + strconv.Quote(string(bz)) + ")\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, string(bytes.ReplaceAll([]byte(name), []byte(" "), []byte("_")))), []byte(text), 0o600))
	}
}
