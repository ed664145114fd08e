package chain

import (
	"context"
	"fmt"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	grpctypes "github.com/cosmos/cosmos-sdk/types/grpc"
)

type (
	needKey   struct{}
	answerKey struct{}
)

// AtLeast demands answers made at this height or later. That something is not on chain proves nothing when a node says
// it that has not come so far: such a node is passed over, and if no other answers the error is ErrBehind.
func AtLeast(ctx context.Context, height int64) context.Context {
	return context.WithValue(ctx, needKey{}, height)
}

// Needed is the height that AtLeast demands; 0 if any will do.
func Needed(ctx context.Context) int64 {
	height, _ := ctx.Value(needKey{}).(int64)
	return height
}

// noteAnswer is the interceptor that keeps the height at which a node answered; nodes name it beside errors too.
func noteAnswer(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	at, ok := ctx.Value(answerKey{}).(*int64)
	if !ok {
		return invoke(ctx, method, req, reply, conn, opts...)
	}
	var header metadata.MD
	err := invoke(ctx, method, req, reply, conn, append(opts, grpc.Header(&header))...)
	*at = 0
	if values := header.Get(grpctypes.GRPCBlockHeightHeader); len(values) == 1 {
		if height, perr := strconv.ParseInt(values[0], 10, 64); perr == nil {
			*at = height
		}
	}
	return err
}

// answered runs a call and refuses an answer from below the height that the context demands.
func answered(ctx context.Context, e *endpoint, call func(context.Context, *grpc.ClientConn) error) error {
	need := Needed(ctx)
	if need <= 0 {
		return call(ctx, e.conn)
	}
	var at int64
	err := call(context.WithValue(ctx, answerKey{}, &at), e.conn)
	switch {
	case at >= need, err != nil && isNodeFault(err):
		return err
	case at == 0:
		return fmt.Errorf("%w: %s does not name the height of its answer (header %s), and height %d is needed: a proxy before it must let the header pass",
			ErrBehind, e.address, grpctypes.GRPCBlockHeightHeader, need)
	}
	return fmt.Errorf("%w: %s answers as of height %d, and height %d is needed", ErrBehind, e.address, at, need)
}
