//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/cosmos/cosmos-sdk/client/grpc/cmtservice"

	"github.com/joulechain/joule/sidecar/chain"
)

// requestTime bounds a request to a node on a loaded machine.
const requestTime = 20 * time.Second

// What people see of a running network: the same answers over REST, gRPC and the command line, and blocks that
// explorers can read.
func TestSurface(t *testing.T) {
	d := start(t, "--validators", "1", "--json")
	n := d.network(3 * time.Minute)
	node := n.Nodes[0]
	sidecarHome := filepath.Join(n.Home, "sidecars", "rig0")
	device, disk := deviceID(t, sidecarHome, "gpu0"), deviceID(t, sidecarHome, "disk0")
	d.eventually(2*time.Minute, "evidence on chain", func() error {
		var r struct{ Work struct{ Pending []any } }
		if err := get(node.REST+"/joule/work/v1/devices/"+device, &r); err != nil {
			return err
		}
		if len(r.Work.Pending) == 0 {
			return fmt.Errorf("no commitment yet")
		}
		return nil
	})
	conn, err := grpc.NewClient(node.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(chain.Codec().GRPCCodec())))
	require.NoError(t, err)
	defer conn.Close()

	t.Run("REST and gRPC agree", func(t *testing.T) { agree(t, d, node.REST, conn, device, disk) })
	t.Run("blocks can be read", func(t *testing.T) { blocks(t, node.REST, conn) })
	t.Run("plain numbers", func(t *testing.T) { plainNumbers(t, node.REST) })
	t.Run("commands", func(t *testing.T) { commands(t, node.RPC, sidecarHome, device) })
}

// blocks reads every height as explorers do: as many decoded transactions as the block holds, and a search that
// answers.
func blocks(t *testing.T, rest string, conn *grpc.ClientConn) {
	client := cmtservice.NewServiceClient(conn)
	latest, err := client.GetLatestBlock(t.Context(), &cmtservice.GetLatestBlockRequest{})
	require.NoError(t, err)
	most := 0
	for h := int64(1); h <= latest.SdkBlock.Header.Height; h++ {
		block, err := client.GetBlockByHeight(t.Context(), &cmtservice.GetBlockByHeightRequest{Height: h})
		require.NoError(t, err)
		var decoded struct {
			Txs []struct{ Body struct{ Messages []any } }
		}
		require.NoError(t, get(fmt.Sprintf("%s/cosmos/tx/v1beta1/txs/block/%d", rest, h), &decoded))
		require.Len(t, decoded.Txs, len(block.SdkBlock.Data.Txs), "height %d", h)
		require.NotEmpty(t, decoded.Txs, "height %d has a reveal", h)
		var found struct {
			Responses []any `json:"tx_responses"`
		}
		if h < latest.SdkBlock.Header.Height { // the newest is indexed a moment after it is committed
			require.NoError(t, get(fmt.Sprintf("%s/cosmos/tx/v1beta1/txs?query=tx.height=%d", rest, h), &found))
			require.Len(t, found.Responses, len(decoded.Txs), "height %d: as many are found as are in the block", h)
		}
		most = max(most, len(decoded.Txs))
	}
	require.Greater(t, most, 1, "no block held anything but its reveal")
}

func plainNumbers(t *testing.T, rest string) {
	for _, path := range []string{"total", "circulating", "max"} {
		body, err := fetch(rest + "/joule/supply/" + path)
		require.NoError(t, err)
		require.Regexp(t, `^[0-9]+(\.[0-9]+)?$`, strings.TrimSpace(string(body)))
	}
	var inflation struct{ Inflation string }
	require.NoError(t, get(rest+"/cosmos/mint/v1beta1/inflation", &inflation))
	require.NotEmpty(t, inflation.Inflation)
}

func commands(t *testing.T, rpc, home, device string) {
	jouled, sidecar := binary(t, "jouled"), binary(t, "joule-sidecar")
	rpc = strings.Replace(rpc, "http://", "tcp://", 1)
	for _, args := range [][]string{
		{jouled, "query", "beacon", "epoch"},
		{jouled, "query", "work", "windows"},
		{jouled, "query", "work", "disk-schedule"},
		{jouled, "query", "emissions", "supply"},
		{jouled, "query", "emissions", "invariants"},
		{jouled, "query", "device", "device", device},
	} {
		args = append(args, "--node", rpc, "--output", "json")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		out, err := exec.CommandContext(ctx, args[0], args[1:]...).Output()
		require.NoError(t, err, args)
		require.True(t, json.Valid(out), string(out))
	}
	for _, args := range [][]string{
		{"status"}, {"plot", "list"}, {"plot", "check", "0-3"}, {"plot", "claim", "--dry-run"}, {"config", "check"}, {"claim", "--dry-run"}, {"export"}, {"keys", "list"}, {"version"}, {"doctor", "--bench", "0s"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		out, err := exec.CommandContext(ctx, sidecar, append(args, "--home", home)...).CombinedOutput()
		require.NoError(t, err, "%v: %s", args, out)
	}
}

// deviceID is the id of a sidecar's device.
func deviceID(t *testing.T, home, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), binary(t, "joule-sidecar"), "keys", "list", "--home", home, "--output", "json").Output()
	require.NoError(t, err)
	var listed struct {
		Devices []struct {
			Name     string
			DeviceID string `json:"device_id"`
		}
	}
	require.NoError(t, json.Unmarshal(out, &listed))
	for _, d := range listed.Devices {
		if d.Name == name {
			return d.DeviceID
		}
	}
	t.Fatalf("no device %s: %s", name, out)
	return ""
}

func get(url string, into any) error {
	body, err := fetch(url)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

func fetch(url string) ([]byte, error) {
	client := http.Client{Timeout: requestTime}
	resp, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: %s", url, resp.Status, body)
	}
	return body, nil
}
