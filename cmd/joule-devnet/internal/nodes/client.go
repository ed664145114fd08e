// Package nodes asks a devnet's nodes: over gRPC whichever is up and ahead, over CometBFT's RPC each for itself.
package nodes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	grpctypes "github.com/cosmos/cosmos-sdk/types/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/joulechain/joule/sidecar/chain"
)

// requestTimeout bounds one request to one node; a loaded machine may take seconds.
const requestTimeout = 15 * time.Second

// Address is where a node listens; all host:port on loopback.
type Address struct {
	Name, GRPC, RPC, REST string
}

// Client asks a devnet's nodes; safe for concurrent use.
type Client struct {
	addresses []Address
	conns     []*grpc.ClientConn
	mu        sync.Mutex
	heights   []int64 // 0: did not answer when last asked
}

// Dial prepares connections; they are made on first use.
func Dial(addresses []Address) (*Client, error) {
	c := &Client{addresses: addresses, heights: make([]int64, len(addresses))}
	for _, a := range addresses {
		conn, err := grpc.NewClient(a.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithDefaultCallOptions(grpc.ForceCodec(chain.Codec().GRPCCodec())))
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.conns = append(c.conns, conn)
	}
	return c, nil
}

// Close ends all connections.
func (c *Client) Close() error {
	var errs []error
	for _, conn := range c.conns {
		errs = append(errs, conn.Close())
	}
	return errors.Join(errs...)
}

// order lists the nodes, the one that is furthest ahead first.
func (c *Client) order() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]int, len(c.conns))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int { return int(c.heights[b] - c.heights[a]) })
	return out
}

// ask runs a query at a height (0: the newest) on the first node that answers. A definite answer, such as NotFound, is
// one.
func ask[T any](ctx context.Context, c *Client, height int64, call func(context.Context, *grpc.ClientConn) (T, error)) (T, error) {
	var zero T
	var errs []error
	for _, i := range c.order() {
		out, err := askNode(ctx, c, i, height, call)
		switch status.Code(err) {
		case codes.OK, codes.NotFound, codes.InvalidArgument:
			return out, err
		}
		if ctx.Err() != nil {
			return zero, ctx.Err()
		}
		errs = append(errs, fmt.Errorf("%s: %w", c.addresses[i].Name, err))
	}
	return zero, errors.Join(errs...)
}

func askNode[T any](ctx context.Context, c *Client, i int, height int64, call func(context.Context, *grpc.ClientConn) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if height > 0 {
		ctx = metadata.AppendToOutgoingContext(ctx, grpctypes.GRPCBlockHeightHeader, strconv.FormatInt(height, 10))
	}
	return call(ctx, c.conns[i])
}

// IsNotFound tells that the chain has no such record.
func IsNotFound(err error) bool { return status.Code(err) == codes.NotFound }
