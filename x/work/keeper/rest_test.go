package keeper_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	gateway "github.com/cosmos/gogogateway"
	"github.com/cosmos/gogoproto/proto"
	gwruntime "github.com/grpc-ecosystem/grpc-gateway/runtime"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/joulechain/joule/x/work"
	"github.com/joulechain/joule/x/work/types"
)

// TestRestAnswersAsGrpc asks every route.
func TestRestAnswersAsGrpc(t *testing.T) {
	c := newChain(t, opensAt(5, 6))
	d, hdd := c.device(1), c.claimant(2, 5)
	c.earn(5, 2, d)
	c.reach(20)
	cdc := moduletestutil.MakeTestEncodingConfig(work.AppModule{}).Codec
	mux := gwruntime.NewServeMux(gwruntime.WithMarshalerOption(gwruntime.MIMEWildcard, &gateway.JSONPb{EmitDefaults: true, OrigName: true}))
	require.NoError(t, types.RegisterQueryHandlerServer(context.Background(), mux, c.query))
	get := func(path string) (int, string) {
		req := httptest.NewRequest(http.MethodGet, path, nil)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, req.WithContext(context.WithValue(req.Context(), sdk.SdkContextKey, c.ctx)))
		return w.Code, strings.TrimSpace(w.Body.String())
	}
	ask := func(answer proto.Message, err error) string {
		require.NoError(t, err)
		bz, err := cdc.MarshalJSON(answer)
		require.NoError(t, err)
		return string(bz)
	}
	tests := map[string]func() (proto.Message, error){
		"/joule/work/v1/params":    func() (proto.Message, error) { return c.query.Params(c.ctx, &types.QueryParamsRequest{}) },
		"/joule/work/v1/windows":   func() (proto.Message, error) { return c.query.Windows(c.ctx, &types.QueryWindowsRequest{}) },
		"/joule/work/v1/windows/5": func() (proto.Message, error) { return c.query.Window(c.ctx, &types.QueryWindowRequest{Id: 5}) },
		"/joule/work/v1/windows/6?work_class=1": func() (proto.Message, error) {
			return c.query.Window(c.ctx, &types.QueryWindowRequest{Id: 6})
		},
		"/joule/work/v1/devices/" + d.Text(): func() (proto.Message, error) {
			return c.query.DeviceWork(c.ctx, &types.QueryDeviceWorkRequest{DeviceId: d.Text()})
		},
		"/joule/work/v1/disk/schedule": func() (proto.Message, error) {
			return c.query.DiskSchedule(c.ctx, &types.QueryDiskScheduleRequest{})
		},
		"/joule/work/v1/disk/schedule?device_id=" + hdd.Text(): func() (proto.Message, error) {
			return c.query.DiskSchedule(c.ctx, &types.QueryDiskScheduleRequest{DeviceId: hdd.Text()})
		},
		"/joule/work/v1/tallies/WORK_CLASS_GPU/1": func() (proto.Message, error) {
			return c.query.Tally(c.ctx, &types.QueryTallyRequest{WorkClass: gpuClass, Epoch: 1})
		},
		"/joule/work/v1/tallies/1?pagination.limit=5": func() (proto.Message, error) {
			return c.query.Tallies(c.ctx, &types.QueryTalliesRequest{WorkClass: gpuClass, Pagination: &query.PageRequest{Limit: 5}})
		},
	}
	for path, grpc := range tests {
		code, body := get(path)
		require.Equal(t, http.StatusOK, code, "%s: %s", path, body)
		require.JSONEq(t, ask(grpc()), body, path)
	}
	for path, want := range map[string]int{
		"/joule/work/v1/windows/99": http.StatusNotFound, "/joule/work/v1/tallies/2/1": http.StatusNotFound,
		"/joule/work/v1/devices/joule1": http.StatusBadRequest, "/joule/work/v1/tallies/1?pagination.limit=201": http.StatusBadRequest,
	} {
		code, body := get(path)
		require.Equal(t, want, code, "%s: %s", path, body)
	}
}
