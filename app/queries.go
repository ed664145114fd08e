package app

import (
	"context"
	"reflect"

	gogogrpc "github.com/cosmos/gogoproto/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"
)

// Bounds of every paged query of every module, by gRPC, REST and ABCI, whatever gas a node gives to queries. Modules
// may have narrower ones. The SDK's pages read all that they leave out, so that one request costs as much as the whole
// store: an offset is walked over, count_total walks to the end, and a page without a limit counts too.
const (
	// MaxQueryLimit is the most entries of a page.
	MaxQueryLimit = 1_000
	// MaxQueryOffset is how many entries a page may leave out; who wants more goes on with the key.
	MaxQueryOffset = 10_000
)

// boundedQueries registers query services whose paged methods refuse pages that are too large.
type boundedQueries struct{ gogogrpc.Server }

// RegisterService implements grpc.Server.
func (b boundedQueries) RegisterService(sd *grpc.ServiceDesc, server any) {
	bounded := *sd
	bounded.Methods = make([]grpc.MethodDesc, len(sd.Methods))
	for i, m := range sd.Methods {
		bounded.Methods[i] = grpc.MethodDesc{MethodName: m.MethodName, Handler: withBoundedPage(m.Handler)}
	}
	b.Server.RegisterService(&bounded, server)
}

// unaryHandler is the type of grpc.MethodDesc.Handler.
type unaryHandler = func(srv any, ctx context.Context, dec func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error)

func withBoundedPage(handler unaryHandler) unaryHandler {
	return func(srv any, ctx context.Context, dec func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
		return handler(srv, ctx, func(req any) error {
			if err := dec(req); err != nil {
				return err
			}
			return boundPage(req)
		}, interceptor)
	}
}

// boundPage refuses a page that is too large and gives one without a limit the SDK's own, which then counts nothing.
func boundPage(req any) error {
	// By the field's name: many of the SDK's requests have no getter.
	field := reflect.Indirect(reflect.ValueOf(req)).FieldByName("Pagination")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*query.PageRequest]() {
		return nil
	}
	page := field.Interface().(*query.PageRequest)
	switch {
	case page == nil:
		page = &query.PageRequest{}
		field.Set(reflect.ValueOf(page))
	case page.Limit > MaxQueryLimit:
		return status.Errorf(codes.InvalidArgument, "pagination.limit is %d; want at most %d", page.Limit, MaxQueryLimit)
	case page.Offset > MaxQueryOffset:
		return status.Errorf(codes.InvalidArgument, "pagination.offset is %d; want at most %d: go on with pagination.key", page.Offset, MaxQueryOffset)
	case page.CountTotal:
		return status.Error(codes.InvalidArgument, "pagination.count_total is not served: it would read the whole store; follow next_key")
	}
	if page.Limit == 0 {
		page.Limit = query.DefaultLimit
	}
	return nil
}
