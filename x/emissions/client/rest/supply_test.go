package rest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/x/emissions/client/rest"
	"github.com/joulechain/joule/x/emissions/types"
)

type figures struct {
	types.QueryClient
	err error
}

func (f figures) Supply(context.Context, *types.QuerySupplyRequest, ...grpc.CallOption) (*types.QuerySupplyResponse, error) {
	return &types.QuerySupplyResponse{Total: math.NewInt(123_456_789), Circulating: math.NewInt(7), MaxSupply: types.MaxSupply()}, f.err
}

func get(f figures, path string) *httptest.ResponseRecorder {
	router := mux.NewRouter()
	rest.RegisterSupplyRoutesWith(router, f)
	w := httptest.NewRecorder()
	router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestSupplyRoutes(t *testing.T) {
	for path, want := range map[string]string{
		"/joule/supply/total":                    "123.456789",
		"/joule/supply/total?denom=ujoule":       "123456789",
		"/joule/supply/circulating":              "0.000007",
		"/joule/supply/circulating?denom=JOULE":  "0.000007",
		"/joule/supply/circulating?denom=ujoule": "7",
		"/joule/supply/max":                      "1000000000.000000",
		"/joule/supply/max?denom=joule":          "1000000000.000000",
	} {
		w := get(figures{}, path)
		require.Equal(t, http.StatusOK, w.Code, path)
		require.Equal(t, want, w.Body.String(), path)
		require.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
	}
	require.Equal(t, http.StatusBadRequest, get(figures{}, "/joule/supply/max?denom=uatom").Code)
	require.Equal(t, http.StatusBadGateway, get(figures{err: errors.New("no node")}, "/joule/supply/max").Code)
}
