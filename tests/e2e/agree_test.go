//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/cosmos/cosmos-sdk/client/grpc/cmtservice"
	reflection "github.com/cosmos/cosmos-sdk/server/grpc/reflection/v2alpha1"
	grpctypes "github.com/cosmos/cosmos-sdk/types/grpc"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/joulechain/joule/sidecar/chain"
)

// agree asks the same over REST and gRPC at one height and compares the whole answers, of every rpc that the node serves for the chain's modules.
func agree(t *testing.T, rest string, conn *grpc.ClientConn, device, disk string, tpm bool) {
	latest, err := cmtservice.NewServiceClient(conn).GetLatestBlock(t.Context(), &cmtservice.GetLatestBlockRequest{})
	require.NoError(t, err)
	height := strconv.FormatInt(latest.SdkBlock.Header.Height-1, 10)
	ctx := metadata.AppendToOutgoingContext(t.Context(), grpctypes.GRPCBlockHeightHeader, height)
	list := queries(lookAround(ctx, t, conn, device, disk, tpm))
	t.Run("every rpc is asked", func(t *testing.T) {
		asked := map[string]bool{}
		for _, q := range list {
			asked["joule."+q.rpc] = true
		}
		served := servedQueries(t, conn)
		require.NotEmpty(t, served)
		for _, rpc := range served {
			require.True(t, asked[rpc], "no row of queries asks %s", rpc)
		}
	})
	for _, q := range list {
		service, _, _ := strings.Cut(q.rpc, ".Query/")
		q.rpc, q.path = "joule."+q.rpc, "/joule/"+strings.ReplaceAll(service, ".", "/")+q.path
		t.Run(q.path, func(t *testing.T) { compare(ctx, t, rest, height, conn, q) })
	}
	for _, q := range []query{
		{rpc: "cosmos.bank.v1beta1.Query/TotalSupply", path: "/cosmos/bank/v1beta1/supply", req: &banktypes.QueryTotalSupplyRequest{}},
		{rpc: "cosmos.staking.v1beta1.Query/Params", path: "/cosmos/staking/v1beta1/params", req: &stakingtypes.QueryParamsRequest{}},
	} {
		t.Run(q.path, func(t *testing.T) { compare(ctx, t, rest, height, conn, q) })
	}
}

// servedQueries are the rpcs of joule's query services as the running node tells them, so that a module cannot be forgotten here.
func servedQueries(t *testing.T, conn *grpc.ClientConn) (rpcs []string) {
	t.Helper()
	r, err := reflection.NewReflectionServiceClient(conn).GetQueryServicesDescriptor(t.Context(), &reflection.GetQueryServicesDescriptorRequest{})
	require.NoError(t, err)
	for _, service := range r.Queries.QueryServices {
		if !strings.HasPrefix(service.Fullname, "joule.") {
			continue
		}
		for _, method := range service.Methods {
			rpcs = append(rpcs, service.Fullname+"/"+method.Name)
		}
	}
	return rpcs
}

// compare asks one query by both doors.
func compare(ctx context.Context, t *testing.T, rest, height string, conn *grpc.ClientConn, q query) {
	answer := newAnswer(t, q.rpc)
	err := conn.Invoke(ctx, "/"+q.rpc, q.req, answer)
	code, body := getAt(t, rest+q.path, height)
	if q.refused {
		require.Error(t, err)
		var said struct {
			Code    codes.Code
			Message string
		}
		require.NoError(t, json.Unmarshal([]byte(body), &said), body)
		require.NotEqual(t, http.StatusOK, code, body)
		require.Equal(t, status.Code(err), said.Code, body)
		require.Equal(t, status.Convert(err).Message(), said.Message)
		return
	}
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, code, body)
	want, err := chain.Codec().MarshalJSON(answer)
	require.NoError(t, err)
	require.JSONEq(t, string(want), body)
}

// newAnswer is an empty answer of the type that an rpc is declared with.
func newAnswer(t *testing.T, rpc string) proto.Message {
	t.Helper()
	d, err := proto.HybridResolver.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(rpc, "/", ".")))
	require.NoError(t, err, rpc)
	method, ok := d.(protoreflect.MethodDescriptor)
	require.True(t, ok, rpc)
	typ := proto.MessageType(string(method.Output().FullName()))
	require.NotNil(t, typ, rpc)
	answer, ok := reflect.New(typ.Elem()).Interface().(proto.Message)
	require.True(t, ok, rpc)
	return answer
}

// getAt asks a node's REST gateway for a past height.
func getAt(t *testing.T, url, height string) (code int, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), requestTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)
	req.Header.Set(grpctypes.GRPCBlockHeightHeader, height)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	bz, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(bz)
}
