package chain

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/config"
)

// connectBackoff keeps gRPC's own reconnection quick; the client decides which node to ask.
var connectBackoff = backoff.Config{BaseDelay: 200 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 5 * time.Second}

// lagBlocks is how far a node may be behind the best one and still be preferred.
const lagBlocks = 2

// Status is a node's newest block.
type Status struct {
	ChainID string
	Height  int64
	// Time is the block's.
	Time time.Time
	// Endpoint is the node that answered.
	Endpoint string
}

// Options configure a client.
type Options struct {
	ChainID   string
	Endpoints []string
	// Timeout bounds one request to one node.
	Timeout time.Duration
	// Clock is the source of time; nil means the machine's.
	Clock clock.Clock
	// OnNode, if set, is told when a node fails or answers again.
	OnNode func(address string, err error)
}

// Client asks the healthiest of several nodes; safe for concurrent use.
type Client struct {
	opts Options
	mu   sync.Mutex
	ends []*endpoint
	top  believed
}

// New builds a client; it connects on first use.
func New(opts Options) (*Client, error) {
	if opts.Clock == nil {
		opts.Clock = clock.Real{}
	}
	if opts.OnNode == nil {
		opts.OnNode = func(string, error) {}
	}
	c := &Client{opts: opts}
	codec := Codec().GRPCCodec()
	for _, address := range opts.Endpoints {
		hostPort, useTLS, err := config.ParseEndpoint(address)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		e, err := dial(hostPort, useTLS, address, codec)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.ends = append(c.ends, e)
	}
	return c, nil
}

// ChainID is the chain that the client insists on.
func (c *Client) ChainID() string { return c.opts.ChainID }

// Close ends all connections.
func (c *Client) Close() error {
	var errs []error
	for _, e := range c.ends {
		errs = append(errs, e.conn.Close())
	}
	return errors.Join(errs...)
}

// do runs a call against the best node and, if the node is at fault, against the next ones. skip leaves out that many
// of the best, so that a node that keeps a transaction to itself is not asked twice.
func (c *Client) do(ctx context.Context, skip int, call func(context.Context, *grpc.ClientConn) error) error {
	order := c.order(skip)
	var tried []error
	for _, e := range order {
		err := c.try(ctx, e, call)
		if errors.Is(err, ErrBehind) { // it answers, but not this question
			c.succeeded(e)
			tried = append(tried, err)
			continue
		}
		if err == nil || !isNodeFault(err) {
			c.succeeded(e)
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.failed(e, err)
		tried = append(tried, fmt.Errorf("%s: %w", e.address, err))
	}
	return unreachable(tried)
}

// unreachable joins what each node said. If nodes of another chain or such that are behind are among them, that is the
// more useful name.
func unreachable(tried []error) error {
	texts := make([]string, len(tried))
	name := ErrUnreachable
	for i, err := range tried {
		texts[i] = err.Error()
		switch {
		case errors.Is(err, ErrWrongChain):
			name = ErrWrongChain
		case errors.Is(err, ErrBehind) && name == ErrUnreachable:
			name = ErrBehind
		}
	}
	return fmt.Errorf("%w: %s", name, strings.Join(texts, "; "))
}

func (c *Client) try(ctx context.Context, e *endpoint, call func(context.Context, *grpc.ClientConn) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	if err := c.verify(ctx, e); err != nil {
		return err
	}
	return answered(ctx, e, call)
}

// verify checks the chain id once per connection.
func (c *Client) verify(ctx context.Context, e *endpoint) error {
	c.mu.Lock()
	done := e.verified
	c.mu.Unlock()
	if done {
		return nil
	}
	st, err := latest(ctx, e.conn)
	if err != nil {
		return err
	}
	return c.checkChain(e, st)
}

// checkChain refuses another chain's node and one whose newest block cannot be.
func (c *Client) checkChain(e *endpoint, st Status) error {
	if st.ChainID != c.opts.ChainID {
		return fmt.Errorf("%w: %s is on %q and chain.chain_id is %q: correct chain.endpoints or chain.chain_id", ErrWrongChain, e.address, st.ChainID, c.opts.ChainID)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.top.check(e.address, st, c.opts.Clock.Now()); err != nil {
		e.height = 0
		return err
	}
	e.verified, e.height = true, st.Height
	return nil
}

// order lists the nodes, best first: not in backoff, not behind, few failures, as configured.
func (c *Client) order(skip int) []*endpoint {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, best := c.opts.Clock.Now(), int64(0)
	for _, e := range c.ends {
		best = max(best, e.height)
	}
	rank := func(e *endpoint) int {
		r := min(e.failures, 9)
		if e.height+lagBlocks < best {
			r += 10
		}
		if now.Before(e.retryAt) {
			r += 100
		}
		return r
	}
	out := append([]*endpoint(nil), c.ends...)
	sort.SliceStable(out, func(i, j int) bool { return rank(out[i]) < rank(out[j]) })
	if n := len(out); n > 0 {
		skip %= n
		out = append(out[skip:], out[:skip]...)
	}
	return out
}

func (c *Client) succeeded(e *endpoint) {
	c.mu.Lock()
	was := e.failures
	e.failures, e.retryAt, e.lastErr = 0, time.Time{}, nil
	c.mu.Unlock()
	if was > 0 {
		c.opts.OnNode(e.address, nil)
	}
}

func (c *Client) failed(e *endpoint, err error) {
	c.mu.Lock()
	e.failures++
	pause := min(backoffMin<<min(e.failures-1, 10), backoffMax)
	if errors.Is(err, ErrWrongChain) {
		pause = wrongChainPause
	}
	e.retryAt, e.verified, e.lastErr = c.opts.Clock.Now().Add(pause), false, err
	c.mu.Unlock()
	c.opts.OnNode(e.address, err)
}

// NodeHealth is what the client knows of a node.
type NodeHealth struct {
	Address string `json:"address"`
	Healthy bool   `json:"healthy"`
	Height  int64  `json:"height"`
	Error   string `json:"error,omitempty"`
}

// Nodes tells the health of every endpoint, in the configured order.
func (c *Client) Nodes() []NodeHealth {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]NodeHealth, len(c.ends))
	for i, e := range c.ends {
		out[i] = NodeHealth{Address: e.address, Healthy: e.verified, Height: e.height}
		if e.lastErr != nil {
			out[i].Error = e.lastErr.Error()
		}
	}
	return out
}

// CheckAll asks every node for its height, so that one that has fallen behind or has come back is noticed.
func (c *Client) CheckAll(ctx context.Context) {
	heads, errs := make([]Status, len(c.ends)), make([]error, len(c.ends))
	var wg sync.WaitGroup
	for i, e := range c.ends {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = c.try(ctx, e, func(ctx context.Context, conn *grpc.ClientConn) (err error) {
				heads[i], err = latest(ctx, conn)
				return err
			})
		}()
	}
	wg.Wait()
	c.begin(heads)
	for i, e := range c.ends {
		err := errs[i]
		if err == nil {
			err = c.believe(e, heads[i])
		}
		switch {
		case err == nil:
			c.succeeded(e)
		case ctx.Err() == nil:
			c.failed(e, err)
		}
	}
}

// Status returns the best node's newest block.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var out Status
	order := map[*grpc.ClientConn]*endpoint{}
	for _, e := range c.ends {
		order[e.conn] = e
	}
	err := c.do(ctx, 0, func(ctx context.Context, conn *grpc.ClientConn) error {
		st, err := latest(ctx, conn)
		if err != nil {
			return err
		}
		st.Endpoint = order[conn].address
		out = st
		return c.believe(order[conn], st)
	})
	return out, err
}
