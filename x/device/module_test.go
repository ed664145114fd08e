package device_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/client/v2/autocli"
	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
	"github.com/cosmos/cosmos-sdk/x/auth"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/gov"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	"github.com/cosmos/cosmos-sdk/x/tx/signing/aminojson"

	"github.com/joulechain/joule/x/device"
	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

const chainID = "joule-test-1"

func TestMain(m *testing.M) {
	sdk.GetConfig().SetBech32PrefixForAccount("joule", "joulepub")
	os.Exit(m.Run())
}

var owner = sdk.AccAddress("device cli owner 001")

// cli runs a command line of the module's AutoCLI commands and returns what it prints.
func cli(t *testing.T, args ...string) ([]byte, error) {
	t.Helper()
	owner := owner.String()
	enc := moduletestutil.MakeTestEncodingConfig(auth.AppModuleBasic{}, gov.AppModuleBasic{}, device.AppModule{})
	kr := keyring.NewInMemory(enc.Codec)
	clientCtx := client.Context{}.WithCodec(enc.Codec).WithInterfaceRegistry(enc.InterfaceRegistry).WithTxConfig(enc.TxConfig).
		WithLegacyAmino(enc.Amino).WithKeyring(kr).WithHomeDir(t.TempDir()).WithViper("").
		WithAccountRetriever(client.MockAccountRetriever{})
	root := &cobra.Command{Use: "jouled"}
	root.AddCommand(&cobra.Command{Use: "tx", RunE: client.ValidateCmd}, &cobra.Command{Use: "query", RunE: client.ValidateCmd})
	options := autocli.AppOptions{
		Modules:      map[string]appmodule.AppModule{types.ModuleName: device.NewAppModule(nil)},
		AddressCodec: address.NewBech32Codec("joule"), ValidatorAddressCodec: address.NewBech32Codec("joulevaloper"),
		ConsensusAddressCodec: address.NewBech32Codec("joulevalcons"), ClientCtx: clientCtx,
	}
	require.NoError(t, options.EnhanceRootCommand(root))
	out := &bytes.Buffer{}
	root.SetOut(out)
	root.SetErr(out)
	root.SilenceUsage, root.SilenceErrors = true, true
	if args[0] == "tx" && args[len(args)-1] != "--help" {
		args = append(args, "--from", owner, "--generate-only", "--offline", "--account-number", "1", "--sequence", "1", "--gas", "200000")
	}
	root.SetArgs(args)
	cmdCtx := clientCtx.WithOutput(out)
	ctx := context.WithValue(context.Background(), client.ClientContextKey, &cmdCtx)
	err := root.ExecuteContext(ctx)
	return out.Bytes(), err
}

// message runs a tx command and returns its one message.
func message(t *testing.T, args ...string) sdk.Msg {
	t.Helper()
	out, err := cli(t, append([]string{"tx", "device"}, args...)...)
	require.NoError(t, err, string(out))
	enc := moduletestutil.MakeTestEncodingConfig(auth.AppModuleBasic{}, gov.AppModuleBasic{}, device.AppModule{})
	tx, err := enc.TxConfig.TxJSONDecoder()(out)
	require.NoError(t, err, string(out))
	require.Len(t, tx.GetMsgs(), 1)
	return tx.GetMsgs()[0]
}

func registrationFile(t *testing.T, key testutil.Key, opts ...testutil.Option) (types.Registration, string) {
	t.Helper()
	r := testutil.Registration(chainID, owner.String(), key, opts...)
	enc := moduletestutil.MakeTestEncodingConfig(device.AppModule{})
	bz, err := enc.Codec.MarshalJSON(&r)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "registration.json")
	require.NoError(t, os.WriteFile(path, bz, 0o600))
	return r, path
}

func nvidiaEvidence() types.HardwareEvidence {
	return types.HardwareEvidence{Kind: &types.HardwareEvidence_Nvidia{Nvidia: &types.NvidiaEvidence{Certificates: [][]byte{{1}, {2, 3}}, Report: []byte{4}}}}
}

func tpmEvidence() types.HardwareEvidence {
	return types.HardwareEvidence{Kind: &types.HardwareEvidence_Tpm{Tpm: &types.TpmEvidence{
		Certificates: [][]byte{{1}}, Public: []byte{2}, Attest: []byte{3}, Signature: []byte{4},
	}}}
}

func evidenceText(t *testing.T, e types.HardwareEvidence) string {
	t.Helper()
	bz, err := moduletestutil.MakeTestEncodingConfig(device.AppModule{}).Codec.MarshalJSON(&e)
	require.NoError(t, err)
	return string(bz)
}

func TestTxCommands(t *testing.T) {
	me, other := owner.String(), sdk.AccAddress("device cli other 001").String()
	id := testutil.NumberedKey(1).Text()
	r1, file1 := registrationFile(t, testutil.NumberedKey(1))
	r2, file2 := registrationFile(t, testutil.NewKey(types.KEY_TYPE_SECP256R1, nil))
	text, err := os.ReadFile(file1)
	require.NoError(t, err)
	tests := map[string]struct {
		args []string
		want sdk.Msg
	}{
		"register":             {[]string{"register", file1}, &types.MsgRegisterDevice{Owner: me, Registration: r1}},
		"register from text":   {[]string{"register", string(text)}, &types.MsgRegisterDevice{Owner: me, Registration: r1}},
		"register-batch":       {[]string{"register-batch", file1, file2}, &types.MsgRegisterDevices{Owner: me, Registrations: []types.Registration{r1, r2}}},
		"sponsor":              {[]string{"sponsor", file1, file2}, &types.MsgSponsorDevices{Sponsor: me, Registrations: []types.Registration{r1, r2}}},
		"add-bond":             {[]string{"add-bond", id, "5ujoule"}, &types.MsgAddBond{BondPayer: me, DeviceId: id, Amount: sdk.NewInt64Coin("ujoule", 5)}},
		"set-beneficiary":      {[]string{"set-beneficiary", id, other}, &types.MsgSetBeneficiary{Owner: me, DeviceId: id, Beneficiary: other}},
		"suspend":              {[]string{"suspend", id}, &types.MsgSuspendDevice{Owner: me, DeviceId: id}},
		"resume":               {[]string{"resume", id}, &types.MsgResumeDevice{Owner: me, DeviceId: id}},
		"offer":                {[]string{"offer", id, other}, &types.MsgOfferDevice{Owner: me, DeviceId: id, NewOwner: other}},
		"offer taken back":     {[]string{"offer", id}, &types.MsgOfferDevice{Owner: me, DeviceId: id}},
		"accept":               {[]string{"accept", id}, &types.MsgAcceptDevice{NewOwner: me, DeviceId: id}},
		"accept and take bond": {[]string{"accept", id, "--replace-bond", "--beneficiary", other}, &types.MsgAcceptDevice{NewOwner: me, DeviceId: id, Beneficiary: other, ReplaceBond: true}},
		"retire":               {[]string{"retire", id}, &types.MsgRetireDevice{Owner: me, DeviceId: id}},
		"withdraw-bond":        {[]string{"withdraw-bond", id}, &types.MsgWithdrawBond{Sender: me, DeviceId: id}},
		"reclaim-bond":         {[]string{"reclaim-bond", id}, &types.MsgReclaimBond{BondPayer: me, DeviceId: id}},
		"keep":                 {[]string{"keep", id}, &types.MsgKeepDevice{Owner: me, DeviceId: id}},
		"attest a TPM": {
			[]string{"attest", id, "12", evidenceText(t, tpmEvidence())},
			&types.MsgAttest{Sender: me, DeviceId: id, NonceHeight: 12, Evidence: tpmEvidence()},
		},
		"attest a GPU": {
			[]string{"attest", id, "12", evidenceText(t, nvidiaEvidence())},
			&types.MsgAttest{Sender: me, DeviceId: id, NonceHeight: 12, Evidence: nvidiaEvidence()},
		},
		"release-chip": {[]string{"release-chip", id}, &types.MsgReleaseChip{Owner: me, DeviceId: id}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := message(t, tc.args...)
			require.Equal(t, tc.want, got)
		})
	}
	params := types.DefaultParams()
	bz, err := moduletestutil.MakeTestEncodingConfig(device.AppModule{}).Codec.MarshalJSON(&params)
	require.NoError(t, err)
	proposal, ok := message(t, "update-params", string(bz), "--title", "t", "--summary", "s", "--deposit", "1ujoule").(*govv1.MsgSubmitProposal)
	require.True(t, ok)
	inner, err := proposal.GetMsgs()
	require.NoError(t, err)
	require.Equal(t, []sdk.Msg{&types.MsgUpdateParams{Authority: authtypes.NewModuleAddress("gov").String(), Params: params}}, inner)

	proposal, ok = message(t, "update-revocations", "--add", "0102", "--add", "03", "--remove", "04", "--title", "t", "--summary", "s", "--deposit", "1ujoule").(*govv1.MsgSubmitProposal)
	require.True(t, ok)
	inner, err = proposal.GetMsgs()
	require.NoError(t, err)
	require.Equal(t, []sdk.Msg{&types.MsgUpdateRevocations{Authority: authtypes.NewModuleAddress("gov").String(), Add: [][]byte{{1, 2}, {3}}, Remove: [][]byte{{4}}}}, inner)

	for _, args := range [][]string{{"register", "missing.json"}, {"register", "{}}"}, {"register", `{"ownr": "x"}`}, {"suspend"}} {
		_, err := cli(t, append([]string{"tx", "device"}, args...)...)
		require.Error(t, err, args)
	}
}

func TestEveryMethodHasACommand(t *testing.T) {
	options := device.AppModule{}.AutoCLIOptions()
	for service, commands := range map[string]int{"joule.device.v1.Query": len(options.Query.RpcCommandOptions), "joule.device.v1.Msg": len(options.Tx.RpcCommandOptions)} {
		files, err := proto.MergedRegistry()
		require.NoError(t, err)
		desc, err := files.FindDescriptorByName(protoName(service))
		require.NoError(t, err)
		require.Equal(t, methods(desc), commands, service)
	}
	for _, all := range [][]string{{"tx", "device"}, {"query", "device"}} {
		out, err := cli(t, append(all, "--help")...)
		require.NoError(t, err)
		require.NotEmpty(t, out)
	}
	for _, command := range options.Tx.RpcCommandOptions {
		require.NotEmpty(t, command.Short, command.RpcMethod)
		require.NotEmpty(t, command.Example, command.RpcMethod)
	}
}

func TestProtoAnnotations(t *testing.T) {
	files, err := proto.MergedRegistry()
	require.NoError(t, err)
	require.NoError(t, msgservice.ValidateProtoAnnotations(files))
}

// Ledger devices sign amino JSON: every message must have it, the capability's member included.
func TestAminoJSON(t *testing.T) {
	enc := moduletestutil.MakeTestEncodingConfig(auth.AppModuleBasic{}, gov.AppModuleBasic{}, device.AppModule{})
	r := testutil.Registration(chainID, owner.String(), testutil.NumberedKey(1))
	encoder := aminojson.NewEncoder(aminojson.EncoderOptions{FileResolver: enc.InterfaceRegistry})
	id := testutil.NumberedKey(1).Text()
	for _, msg := range []proto.Message{
		&types.MsgRegisterDevice{Owner: owner.String(), Registration: r},
		&types.MsgRegisterDevices{Owner: owner.String(), Registrations: []types.Registration{r, testutil.Registration(chainID, owner.String(), testutil.NumberedKey(2), testutil.ForDisk())}},
		&types.MsgSponsorDevices{Sponsor: owner.String(), Registrations: []types.Registration{r}},
		&types.MsgAddBond{BondPayer: owner.String(), DeviceId: id, Amount: sdk.NewInt64Coin("ujoule", 5)},
		&types.MsgSetBeneficiary{}, &types.MsgSuspendDevice{}, &types.MsgResumeDevice{}, &types.MsgOfferDevice{},
		&types.MsgAcceptDevice{ReplaceBond: true}, &types.MsgRetireDevice{}, &types.MsgWithdrawBond{}, &types.MsgReclaimBond{}, &types.MsgKeepDevice{}, &types.MsgUpdateParams{Params: types.DefaultParams()},
		&types.MsgAttest{Sender: owner.String(), DeviceId: id, NonceHeight: 7, Evidence: nvidiaEvidence()}, &types.MsgAttest{Evidence: tpmEvidence()},
		&types.MsgReleaseChip{Owner: owner.String(), DeviceId: id}, &types.MsgUpdateRevocations{Add: [][]byte{{1}}, Remove: [][]byte{{2}}},
	} {
		dynamic, err := dynamicOf(enc.InterfaceRegistry, msg)
		require.NoError(t, err)
		got, err := encoder.Marshal(dynamic)
		require.NoError(t, err, proto.MessageName(msg))
		legacy, err := enc.Amino.MarshalJSON(msg)
		require.NoError(t, err)
		require.JSONEq(t, string(legacy), string(got), proto.MessageName(msg))
	}
}

func TestGenesisJSON(t *testing.T) {
	enc := moduletestutil.MakeTestEncodingConfig(device.AppModule{})
	m := device.AppModule{}
	raw := m.DefaultGenesis(enc.Codec)
	require.NoError(t, m.ValidateGenesis(enc.Codec, nil, raw))
	var g types.GenesisState
	require.NoError(t, enc.Codec.UnmarshalJSON(raw, &g))
	require.True(t, g.Params.Equal(types.DefaultParams()), g.Params)
	require.Error(t, m.ValidateGenesis(enc.Codec, nil, json.RawMessage(`{"params": 1}`)))
	require.ErrorIs(t, m.ValidateGenesis(enc.Codec, nil, json.RawMessage(`{}`)), types.ErrInvalidParams)
	require.Equal(t, types.ModuleName, m.Name())
	require.Equal(t, "joule1", authtypes.NewModuleAddress(types.ModuleName).String()[:6])
}
