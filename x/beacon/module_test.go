package beacon_test

import (
	"encoding/json"
	"testing"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/cosmos/cosmos-sdk/codec"
	codectestutil "github.com/cosmos/cosmos-sdk/codec/testutil"
	"github.com/cosmos/cosmos-sdk/types/msgservice"

	"github.com/joulechain/joule/x/beacon"
	"github.com/joulechain/joule/x/beacon/types"
)

// Each rpc has a command, each command an rpc, and each argument a field of its request.
func TestAutoCLICoversEveryRPC(t *testing.T) {
	files, err := proto.MergedRegistry()
	require.NoError(t, err)
	require.NoError(t, msgservice.ValidateProtoAnnotations(files))
	options := beacon.AppModule{}.AutoCLIOptions()
	for _, service := range []*autocliv1.ServiceCommandDescriptor{options.Query, options.Tx} {
		d, err := files.FindDescriptorByName(protoreflect.FullName(service.Service))
		require.NoError(t, err)
		methods := d.(protoreflect.ServiceDescriptor).Methods()
		require.Len(t, service.RpcCommandOptions, methods.Len(), service.Service)
		seen := map[string]bool{}
		for _, o := range service.RpcCommandOptions {
			m := methods.ByName(protoreflect.Name(o.RpcMethod))
			require.NotNil(t, m, o.RpcMethod)
			require.False(t, seen[o.RpcMethod], o.RpcMethod)
			seen[o.RpcMethod] = true
			require.NotEmpty(t, o.Short)
			for _, arg := range o.PositionalArgs {
				require.NotNil(t, m.Input().Fields().ByName(protoreflect.Name(arg.ProtoField)), "%s: %s", o.RpcMethod, arg.ProtoField)
			}
		}
	}
}

// A router that knew MsgReveal would run it for authz and gov.
func TestRevealBelongsToNoService(t *testing.T) {
	files, err := proto.MergedRegistry()
	require.NoError(t, err)
	files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				require.NotEqual(t, protoreflect.FullName("joule.beacon.v1.MsgReveal"), methods.Get(j).Input().FullName(), methods.Get(j).FullName())
			}
		}
		return true
	})
}

func TestModuleGenesis(t *testing.T) {
	cdc := codectestutil.CodecOptions{AccAddressPrefix: "joule", ValAddressPrefix: "joulevaloper"}.NewCodec()
	am := beacon.AppModule{}
	require.Equal(t, types.ModuleName, am.Name())
	require.NoError(t, am.ValidateGenesis(cdc, nil, am.DefaultGenesis(cdc)))
	require.ErrorContains(t, am.ValidateGenesis(cdc, nil, json.RawMessage(`{"params":{}}`)), "epoch_blocks is 0; want 4")
	require.ErrorContains(t, am.ValidateGenesis(cdc, nil, json.RawMessage(`{"unknown":1}`)), "beacon genesis")
	am.RegisterInterfaces(cdc.InterfaceRegistry())
	require.NoError(t, cdc.InterfaceRegistry().SigningContext().Validate())
	require.NotPanics(t, func() { am.RegisterLegacyAminoCodec(codec.NewLegacyAmino()) })
}
