package chain

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/client/grpc/cmtservice"
)

const (
	// A failing node is left alone for backoffMin, doubling up to backoffMax, while others answer.
	backoffMin = time.Second
	backoffMax = time.Minute
	// wrongChainPause is how long a node of another chain is left alone.
	wrongChainPause = 5 * time.Minute
	// maxReplyBytes bounds a node's answer.
	maxReplyBytes = 16 << 20
)

// watched finds a connection that has gone dead without a word, which TCP alone notices only after a quarter of an
// hour. A ping goes out only while a request waits and nothing has come for so long, and every answer makes the server
// forget it: its limit (one in five minutes) is not met.
var watched = keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 5 * time.Second}

// endpoint is one node. Its fields are guarded by the client's lock.
type endpoint struct {
	address  string
	conn     *grpc.ClientConn
	failures int
	retryAt  time.Time
	verified bool // the chain id was right since the last failure
	height   int64
	lastErr  error
}

func dial(hostPort string, useTLS bool, address string, codec encoding.Codec) (*endpoint, error) {
	creds := insecure.NewCredentials()
	if useTLS {
		creds = credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})
	}
	conn, err := grpc.NewClient(hostPort,
		grpc.WithTransportCredentials(creds),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(codec), grpc.MaxCallRecvMsgSize(maxReplyBytes)),
		grpc.WithUnaryInterceptor(noteAnswer),
		grpc.WithKeepaliveParams(watched),
		grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: time.Second, Backoff: connectBackoff}),
	)
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", address, err)
	}
	return &endpoint{address: address, conn: conn}, nil
}

// latest asks a node for its newest block.
func latest(ctx context.Context, conn *grpc.ClientConn) (Status, error) {
	resp, err := cmtservice.NewServiceClient(conn).GetLatestBlock(ctx, &cmtservice.GetLatestBlockRequest{})
	if err != nil {
		return Status{}, err
	}
	if resp.SdkBlock == nil {
		return Status{}, errors.New("the node's answer has no block")
	}
	h := resp.SdkBlock.Header
	return Status{ChainID: h.ChainID, Height: h.Height, Time: h.Time}, nil
}

// isNodeFault tells whether another node might answer better.
func isNodeFault(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Unimplemented, codes.ResourceExhausted, codes.Aborted, codes.Internal, codes.Canceled:
		return true
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrWrongChain) || errors.Is(err, ErrImpossibleBlock)
}
