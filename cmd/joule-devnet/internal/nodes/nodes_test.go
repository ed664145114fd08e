package nodes

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"

	worktypes "github.com/joulechain/joule/x/work/types"
)

// comet answers as CometBFT's RPC does.
func comet(t *testing.T, height int, peers string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/status":
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":-1,"result":{"sync_info":{"latest_block_height":"%d","catching_up":true}}}`, height)
		case "/net_info":
			fmt.Fprintf(w, `{"result":{"n_peers":%q}}`, peers)
		case "/block":
			if r.URL.Query().Get("height") != "8" {
				fmt.Fprint(w, `{"error":{"code":-32603,"message":"Internal error","data":"height 9 must be less"}}`)
				return
			}
			fmt.Fprint(w, `{"result":{"block":{"header":{"app_hash":"AB12"}}}}`)
		}
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func TestHeads(t *testing.T) {
	c, err := Dial([]Address{{Name: "a", RPC: comet(t, 7, "3")}, {Name: "down", RPC: "127.0.0.1:1"}, {Name: "b", RPC: comet(t, 9, "2")}, {Name: "odd", RPC: comet(t, 9, "many")}})
	require.NoError(t, err)
	defer c.Close()
	heads := c.Heads(context.Background())
	require.Equal(t, Head{Name: "a", Height: 7, Peers: 3, Syncing: true}, heads[0])
	require.Error(t, heads[1].Err)
	require.EqualValues(t, 9, heads[2].Height)
	require.Error(t, heads[3].Err)
	require.Equal(t, []int{2, 3, 0, 1}, c.order(), "who is ahead is asked first")
}

func TestAppHashStandsInTheNextHeader(t *testing.T) {
	c, err := Dial([]Address{{Name: "a", RPC: comet(t, 9, "0")}})
	require.NoError(t, err)
	defer c.Close()
	hash, err := c.AppHash(context.Background(), 0, 7)
	require.NoError(t, err)
	require.Equal(t, "AB12", hash)
	_, err = c.AppHash(context.Background(), 0, 8)
	require.ErrorContains(t, err, "height 9 must be less")
}

func TestWorkAmounts(t *testing.T) {
	w := Work{DeviceWork: worktypes.DeviceWork{TotalSettled: math.NewInt(100), Accrued: math.NewInt(30)}, Claimable: math.NewInt(45)}
	require.EqualValues(t, 70, w.Claimed().Int64())
	require.EqualValues(t, 115, w.Credited().Int64(), "an epoch of 15 is frozen and not settled yet")
}

func TestNobodyAnswers(t *testing.T) {
	c, err := Dial([]Address{{Name: "a", GRPC: "127.0.0.1:1"}, {Name: "b", GRPC: "127.0.0.1:1"}})
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Epoch(context.Background())
	require.ErrorContains(t, err, "a: ")
	require.ErrorContains(t, err, "b: ")
	require.False(t, IsNotFound(err))
}
