package work_test

import (
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	protov2 "google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/cosmos/cosmos-sdk/x/tx/signing/aminojson"

	"github.com/joulechain/joule/x/work/testutil"
	"github.com/joulechain/joule/x/work/types"
)

// Ledger devices sign amino JSON: every message must have it, alike in the old encoding and in the sign modes'.
func TestAminoJSON(t *testing.T) {
	enc := encoding()
	encoder := aminojson.NewEncoder(aminojson.EncoderOptions{FileResolver: enc.InterfaceRegistry})
	for _, msg := range []proto.Message{
		&types.MsgSubmitWork{Relayer: relayer.String(), Evidence: []types.Evidence{evidence(1), evidence(2)}},
		&types.MsgSetDiskClaim{Owner: relayer.String(), DeviceId: testutil.NewDiskDevice("c", 1).Text(), Plots: 1_000, K: 28, Strength: 4},
		&types.MsgSetDiskClaim{Owner: relayer.String()},
		&types.MsgUpdateParams{Authority: relayer.String(), Params: types.DefaultParams()},
	} {
		desc, err := enc.InterfaceRegistry.FindDescriptorByName(protoreflect.FullName(proto.MessageName(msg)))
		require.NoError(t, err)
		bz, err := proto.Marshal(msg)
		require.NoError(t, err)
		dynamic := dynamicpb.NewMessage(desc.(protoreflect.MessageDescriptor))
		require.NoError(t, protov2.Unmarshal(bz, dynamic))
		got, err := encoder.Marshal(dynamic)
		require.NoError(t, err, proto.MessageName(msg))
		legacy, err := enc.Amino.MarshalJSON(msg)
		require.NoError(t, err)
		require.JSONEq(t, string(legacy), string(got), proto.MessageName(msg))
	}
}
