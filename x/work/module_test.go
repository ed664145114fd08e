package work_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

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

	"github.com/joulechain/joule/x/work"
	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

func TestMain(m *testing.M) {
	sdk.GetConfig().SetBech32PrefixForAccount("joule", "joulepub")
	os.Exit(m.Run())
}

var relayer = sdk.AccAddress("work cli relayer 001")

func encoding() moduletestutil.TestEncodingConfig {
	return moduletestutil.MakeTestEncodingConfig(auth.AppModuleBasic{}, gov.AppModuleBasic{}, work.AppModule{})
}

// cli runs a command line of the module's AutoCLI commands and returns what it prints.
func cli(t *testing.T, args ...string) ([]byte, error) {
	t.Helper()
	return cliWith(t, args)
}

// cliWith puts rest behind all flags.
func cliWith(t *testing.T, args []string, rest ...string) ([]byte, error) {
	t.Helper()
	enc := encoding()
	clientCtx := client.Context{}.WithCodec(enc.Codec).WithInterfaceRegistry(enc.InterfaceRegistry).WithTxConfig(enc.TxConfig).
		WithLegacyAmino(enc.Amino).WithKeyring(keyring.NewInMemory(enc.Codec)).WithHomeDir(t.TempDir()).WithViper("").
		WithAccountRetriever(client.MockAccountRetriever{})
	root := &cobra.Command{Use: "jouled"}
	root.AddCommand(&cobra.Command{Use: "tx", RunE: client.ValidateCmd}, &cobra.Command{Use: "query", RunE: client.ValidateCmd})
	options := autocli.AppOptions{
		Modules:      map[string]appmodule.AppModule{types.ModuleName: work.NewAppModule(enc.Codec, nil)},
		AddressCodec: address.NewBech32Codec("joule"), ValidatorAddressCodec: address.NewBech32Codec("joulevaloper"),
		ConsensusAddressCodec: address.NewBech32Codec("joulevalcons"), ClientCtx: clientCtx,
	}
	require.NoError(t, options.EnhanceRootCommand(root))
	out := &bytes.Buffer{}
	root.SetOut(out)
	root.SetErr(out)
	root.SilenceUsage, root.SilenceErrors = true, true
	if args[0] == "tx" && args[len(args)-1] != "--help" {
		args = append(args, "--from", relayer.String(), "--generate-only", "--offline", "--account-number", "1", "--sequence", "1", "--gas", "200000")
	}
	root.SetArgs(append(args, rest...))
	cmdCtx := clientCtx.WithOutput(out)
	err := root.ExecuteContext(context.WithValue(context.Background(), client.ClientContextKey, &cmdCtx))
	return out.Bytes(), err
}

func message(t *testing.T, args ...string) sdk.Msg {
	t.Helper()
	out, err := cli(t, append([]string{"tx", "work"}, args...)...)
	require.NoError(t, err, string(out))
	tx, err := encoding().TxConfig.TxJSONDecoder()(out)
	require.NoError(t, err, string(out))
	require.Len(t, tx.GetMsgs(), 1)
	return tx.GetMsgs()[0]
}

func evidence(n uint64) types.Evidence {
	return testutil.NewDevice("joule-test-1", n).Statement(7, types.PHASE_COMMIT, append([]byte{3}, make([]byte, 39)...))
}

func TestTxCommands(t *testing.T) {
	enc := encoding()
	var args []string
	var items []types.Evidence
	for n := range uint64(2) {
		e := evidence(n + 1)
		bz, err := enc.Codec.MarshalJSON(&e)
		require.NoError(t, err)
		items, args = append(items, e), append(args, string(bz))
	}
	require.Equal(t, &types.MsgSubmitWork{Relayer: relayer.String(), Evidence: items}, message(t, append([]string{"submit"}, args...)...))
	for _, bad := range [][]string{{"submit"}, {"submit", "{"}, {"submit", `{"devise_id": "AA=="}`}} {
		out, err := cli(t, append([]string{"tx", "work"}, bad...)...)
		if err == nil { // a batch without items is well formed on the command line; the chain refuses it
			require.Equal(t, []string{"submit"}, bad, string(out))
		}
	}
	id := testutil.NewDiskDevice("c", 1).Text()
	require.Equal(t, &types.MsgSetDiskClaim{Owner: relayer.String(), DeviceId: id, Plots: 1_000, K: 28, Strength: 4}, message(t, "set-disk-claim", id, "1000", "28", "4"))
	require.Equal(t, &types.MsgSetDiskClaim{Owner: relayer.String(), DeviceId: id}, message(t, "set-disk-claim", id, "0", "0", "0"))
	for _, bad := range [][]string{{id}, {id, "-1", "28", "4"}, {id, "1000", "28", "4294967296"}} {
		_, err := cli(t, append([]string{"tx", "work", "set-disk-claim"}, bad...)...)
		require.Error(t, err, bad)
	}
	params := types.DefaultParams()
	bz, err := enc.Codec.MarshalJSON(&params)
	require.NoError(t, err)
	proposal, ok := message(t, "update-params", string(bz), "--title", "t", "--summary", "s", "--deposit", "1ujoule").(*govv1.MsgSubmitProposal)
	require.True(t, ok)
	inner, err := proposal.GetMsgs()
	require.NoError(t, err)
	require.Equal(t, []sdk.Msg{&types.MsgUpdateParams{Authority: authtypes.NewModuleAddress("gov").String(), Params: params}}, inner)
}

// assertRadio puts the flags before --, which a negative number wants.
func assertRadio(t *testing.T, id, longitude string, anchor []byte) sdk.Msg {
	out, err := cliWith(t, []string{"tx", "work", "assert-radio"}, "--", id, "525200000", longitude, "20", "1", "7", base64.StdEncoding.EncodeToString(anchor))
	require.NoError(t, err, string(out))
	tx, err := encoding().TxConfig.TxJSONDecoder()(out)
	require.NoError(t, err, string(out))
	return tx.GetMsgs()[0]
}

func TestRadioCommands(t *testing.T) {
	id := testutil.NewRadioDevice("c", 1).Text()
	anchor := make([]byte, 32)
	require.Equal(t, &types.MsgAssertRadio{
		Owner: relayer.String(), DeviceId: id, LatitudeE7: 525_200_000, LongitudeE7: -1_000_000, Gain: 20, Region: 1, AnchorEpoch: 7, Anchor: anchor,
	}, assertRadio(t, id, "-1000000", anchor))
	require.Equal(t, &types.MsgReleaseRadio{Sender: relayer.String(), DeviceId: id}, message(t, "release-radio", id))

	propose := []string{"update-radio-denylist", "--title", "t", "--summary", "s", "--deposit", "1ujoule"}
	proposal, ok := message(t, append(propose, "--deny", "17,23", "--allow", "5", "--deny-edges", "9:4", "--allow-edges", "1:2,3:4")...).(*govv1.MsgSubmitProposal)
	require.True(t, ok)
	inner, err := proposal.GetMsgs()
	require.NoError(t, err)
	require.Equal(t, []sdk.Msg{&types.MsgUpdateRadioDenylist{
		Authority: authtypes.NewModuleAddress("gov").String(), Deny: []uint32{17, 23}, Allow: []uint32{5},
		DenyEdges: []types.RadioEdge{{A: 4, B: 9}}, AllowEdges: []types.RadioEdge{{A: 1, B: 2}, {A: 3, B: 4}},
	}}, inner)
	for says, bad := range map[string][]string{
		"want 1 to 4294967295": {"--deny", "4294967296"}, "is no radio's number": {"--allow", "0"}, "is no pair": {"--deny-edges", "4"}, "": {},
	} {
		_, err := cli(t, append(append([]string{"tx", "work"}, propose...), bad...)...)
		require.ErrorContains(t, err, says, bad)
	}
}

func TestEveryMethodHasACommand(t *testing.T) {
	options := work.AppModule{}.AutoCLIOptions()
	files, err := proto.MergedRegistry()
	require.NoError(t, err)
	for service, commands := range map[string]int{"joule.work.v1.Query": len(options.Query.RpcCommandOptions), "joule.work.v1.Msg": len(options.Tx.RpcCommandOptions)} {
		desc, err := files.FindDescriptorByName(protoreflect.FullName(service))
		require.NoError(t, err)
		require.Equal(t, desc.(protoreflect.ServiceDescriptor).Methods().Len(), commands, service)
	}
	for _, command := range append(options.Tx.RpcCommandOptions, options.Query.RpcCommandOptions...) {
		if command.Skip { // written by hand
			out, err := cli(t, "tx", "work", command.Use, "--help")
			require.NoError(t, err)
			require.Contains(t, string(out), "jouled tx work "+command.Use+" ", command.RpcMethod)
		}
		require.NotEmpty(t, command.Short, command.RpcMethod)
		require.NotEmpty(t, command.Example, command.RpcMethod)
	}
	for _, all := range [][]string{{"tx", "work"}, {"query", "work"}, {"tx", "work", "submit"}, {"query", "work", "tally"}, {"query", "work", "disk-schedule"}, {"tx", "work", "set-disk-claim"}} {
		out, err := cli(t, append(all, "--help")...)
		require.NoError(t, err)
		require.NotEmpty(t, out)
	}
	require.NoError(t, msgservice.ValidateProtoAnnotations(files))
}

func TestGenesisJSON(t *testing.T) {
	enc, m := encoding(), work.AppModule{}
	raw := m.DefaultGenesis(enc.Codec)
	require.NoError(t, m.ValidateGenesis(enc.Codec, nil, raw))
	var g types.GenesisState
	require.NoError(t, enc.Codec.UnmarshalJSON(raw, &g))
	require.Equal(t, types.DefaultParams(), g.Params)
	require.Error(t, m.ValidateGenesis(enc.Codec, nil, json.RawMessage(`{"params": 1}`)))
	require.ErrorIs(t, m.ValidateGenesis(enc.Codec, nil, json.RawMessage(`{}`)), types.ErrInvalidParams)
	require.Equal(t, types.ModuleName, m.Name())
	require.EqualValues(t, 1, m.ConsensusVersion())
}
