// Package rest serves supply figures as plain numbers, the form that exchanges and listing sites read.
package rest

import (
	"fmt"
	"net/http"

	"github.com/gorilla/mux"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/client"

	"github.com/joulechain/joule/x/emissions/types"
)

// RegisterSupplyRoutes serves GET /joule/supply/{total,circulating,max} as text/plain: whole JOULE with six decimals,
// or with ?denom=ujoule an integer.
func RegisterSupplyRoutes(router *mux.Router, ctx client.Context) {
	RegisterSupplyRoutesWith(router, types.NewQueryClient(ctx))
}

// RegisterSupplyRoutesWith is RegisterSupplyRoutes over any query client.
func RegisterSupplyRoutesWith(router *mux.Router, q types.QueryClient) {
	for name, figure := range map[string]func(*types.QuerySupplyResponse) math.Int{
		"total":       func(s *types.QuerySupplyResponse) math.Int { return s.Total },
		"circulating": func(s *types.QuerySupplyResponse) math.Int { return s.Circulating },
		"max":         func(s *types.QuerySupplyResponse) math.Int { return s.MaxSupply },
	} {
		router.HandleFunc("/joule/supply/"+name, serve(q, figure)).Methods(http.MethodGet, http.MethodHead)
	}
}

func serve(q types.QueryClient, figure func(*types.QuerySupplyResponse) math.Int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var format func(math.Int) string
		switch denom := r.URL.Query().Get("denom"); denom {
		case "", "joule", "JOULE":
			format = Decimal
		case types.Denom:
			format = math.Int.String
		default:
			http.Error(w, fmt.Sprintf("denom %q: joule or %s", denom, types.Denom), http.StatusBadRequest)
			return
		}
		s, err := q.Supply(r.Context(), &types.QuerySupplyRequest{})
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprint(w, format(figure(s)))
	}
}

// Decimal writes an amount of ujoule, which must not be negative, as whole JOULE with six decimals.
func Decimal(ujoule math.Int) string {
	digits := ujoule.String()
	for len(digits) <= types.DenomExponent {
		digits = "0" + digits
	}
	point := len(digits) - types.DenomExponent
	return digits[:point] + "." + digits[point:]
}
