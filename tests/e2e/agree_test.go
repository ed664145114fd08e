//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/client/grpc/cmtservice"
	grpctypes "github.com/cosmos/cosmos-sdk/types/grpc"

	"github.com/joulechain/joule/sidecar/chain"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// row is one question, as a path of the REST gateway and as a call.
type row struct {
	path string
	ask  func() (proto.Message, error)
	// refused says that there is nothing to answer: both have to say so, and in the same words.
	refused bool
}

func (r row) refuses() row {
	r.refused = true
	return r
}

// on makes a row of a query client's method.
func on[Q, A proto.Message](ctx context.Context, path string, method func(context.Context, Q, ...grpc.CallOption) (A, error), q Q) row {
	return row{path: path, ask: func() (proto.Message, error) { return method(ctx, q) }}
}

// agree asks the same over REST and gRPC at one height and compares the whole answers, refusals included. Every query
// of every module of ours is asked.
func agree(t *testing.T, d *devnet, rest string, conn *grpc.ClientConn, device, disk string) {
	beacon := judgedBeacon(t, d, conn)
	height := strconv.FormatInt(settledHeight(t, d, conn), 10)
	ctx := metadata.AppendToOutgoingContext(t.Context(), grpctypes.GRPCBlockHeightHeader, height)
	rows := rows(ctx, t, conn, device, disk, beacon)
	requireEveryQuery(t, rows)
	for _, r := range rows {
		t.Run(r.path, func(t *testing.T) {
			answer, err := r.ask()
			code, body := getAt(t, rest+r.path, height)
			if r.refused {
				require.Error(t, err)
				var refusal struct {
					Code    int
					Message string
				}
				require.NoError(t, json.Unmarshal(body, &refusal), string(body))
				require.NotEqual(t, http.StatusOK, code)
				require.EqualValues(t, status.Code(err), refusal.Code)
				require.Equal(t, status.Convert(err).Message(), refusal.Message)
				return
			}
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, code, string(body))
			want, err := chain.Codec().MarshalJSON(answer)
			require.NoError(t, err)
			require.JSONEq(t, string(want), string(body))
		})
	}
}

// settledHeight is a height that holds what was seen until now, and that is not the newest one.
func settledHeight(t *testing.T, d *devnet, conn *grpc.ClientConn) int64 {
	t.Helper()
	latest := func() int64 {
		block, err := cmtservice.NewServiceClient(conn).GetLatestBlock(t.Context(), &cmtservice.GetLatestBlockRequest{})
		require.NoError(t, err)
		return block.SdkBlock.Header.Height
	}
	seen := latest()
	d.eventually(time.Minute, "the next block", func() error {
		if latest() == seen {
			return context.DeadlineExceeded
		}
		return nil
	})
	return seen
}

// judgedBeacon waits for a beacon on chain, so that what is told of radios is more than that there are none.
func judgedBeacon(t *testing.T, d *devnet, conn *grpc.ClientConn) *worktypes.QueryRadioBeaconResponse {
	t.Helper()
	work := worktypes.NewQueryClient(conn)
	var found *worktypes.QueryRadioBeaconResponse
	d.eventually(4*time.Minute, "a radio's beacon on chain", func() error {
		radios, err := work.Radios(t.Context(), &worktypes.QueryRadiosRequest{})
		if err != nil {
			return err
		}
		for _, r := range radios.Radios {
			one, err := work.Radio(t.Context(), &worktypes.QueryRadioRequest{DeviceId: r.DeviceId})
			if err != nil {
				return err
			}
			for _, epoch := range []uint64{one.Epoch, one.Epoch - 1} {
				answer, err := work.RadioBeacon(t.Context(), &worktypes.QueryRadioBeaconRequest{Epoch: epoch, Number: r.Radio.Number})
				if err == nil {
					found = answer
					return nil
				}
			}
		}
		return context.DeadlineExceeded
	})
	return found
}

var (
	restPath  = regexp.MustCompile(`http\)\.get = "(/joule/[^"]+)"`)
	pathField = regexp.MustCompile(`\\\{[a-z_]+\\\}`)
)

// requireEveryQuery compares the rows with what the proto files offer.
func requireEveryQuery(t *testing.T, rows []row) {
	t.Helper()
	files, err := filepath.Glob("../../proto/joule/*/v1/query.proto")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		offered := restPath.FindAllStringSubmatch(string(text), -1)
		require.Len(t, offered, strings.Count(string(text), "  rpc "), "%s: a query has no REST path", file)
		for _, o := range offered {
			like := regexp.MustCompile("^" + pathField.ReplaceAllString(regexp.QuoteMeta(o[1]), "[^/?]+") + `(\?.*)?$`)
			asked := false
			for _, r := range rows {
				asked = asked || like.MatchString(r.path)
			}
			require.True(t, asked, "%s is not asked", o[1])
		}
	}
}

// getAt asks a node's REST gateway for a past height.
func getAt(t *testing.T, url, height string) (int, []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), requestTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)
	req.Header.Set(grpctypes.GRPCBlockHeightHeader, height)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, body
}
