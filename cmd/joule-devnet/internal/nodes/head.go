package nodes

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// headTimeout is short: a node that is down or busy shows as such and is asked again a moment later.
const headTimeout = 5 * time.Second

// maxReplyBytes bounds a node's answer.
const maxReplyBytes = 16 << 20

// Head is where a node stands.
type Head struct {
	Name   string
	Height int64
	Peers  int
	// Syncing tells that it fetches old blocks.
	Syncing bool
	// Err tells why there is no answer.
	Err error
}

// Heads asks every node.
func (c *Client) Heads(ctx context.Context) []Head {
	ctx, cancel := context.WithTimeout(ctx, headTimeout)
	defer cancel()
	out := make([]Head, len(c.addresses))
	var wg sync.WaitGroup
	for i := range c.addresses {
		wg.Add(1)
		go func() {
			defer wg.Done()
			out[i] = c.head(ctx, i)
		}()
	}
	wg.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, h := range out {
		c.heights[i] = h.Height
	}
	return out
}

func (c *Client) head(ctx context.Context, i int) Head {
	h := Head{Name: c.addresses[i].Name}
	var st struct {
		SyncInfo struct {
			Height     string `json:"latest_block_height"`
			CatchingUp bool   `json:"catching_up"`
		} `json:"sync_info"`
	}
	var net struct {
		Peers string `json:"n_peers"`
	}
	if h.Err = c.rpc(ctx, i, "status", &st); h.Err != nil {
		return h
	}
	if h.Err = c.rpc(ctx, i, "net_info", &net); h.Err != nil {
		return h
	}
	height, err := strconv.ParseInt(st.SyncInfo.Height, 10, 64)
	if err != nil {
		h.Err = fmt.Errorf("status: latest_block_height: %w", err)
		return h
	}
	h.Height, h.Syncing = height, st.SyncInfo.CatchingUp
	h.Peers, h.Err = strconv.Atoi(net.Peers)
	return h
}

// AppHash is the state's hash after a height as one node has it: it stands in the next block's header.
func (c *Client) AppHash(ctx context.Context, node int, height int64) (string, error) {
	var b struct {
		Block struct {
			Header struct {
				AppHash string `json:"app_hash"`
			} `json:"header"`
		} `json:"block"`
	}
	err := c.rpc(ctx, node, fmt.Sprintf("block?height=%d", height+1), &b)
	return b.Block.Header.AppHash, err
}

// rpc asks a node's CometBFT RPC.
func (c *Client) rpc(ctx context.Context, i int, path string, result any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.addresses[i].RPC+"/"+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var reply struct {
		Result json.RawMessage `json:"result"`
		Error  *struct {
			Message, Data string
		} `json:"error"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxReplyBytes)).Decode(&reply); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if reply.Error != nil {
		return fmt.Errorf("%s: %s: %s", path, reply.Error.Message, reply.Error.Data)
	}
	return json.Unmarshal(reply.Result, result)
}
