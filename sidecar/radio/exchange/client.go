package exchange

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/address"
	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/quiet"
	"github.com/joulechain/joule/sidecar/radio/receipts"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

const (
	// DefaultEvery is how often a client posts and looks.
	DefaultEvery = 2 * time.Second

	clientTimeout = 5 * time.Second
	maxBackoff    = time.Minute
)

// ErrRelay means that the options name too many relays, or lack what they need.
var ErrRelay = errors.New("unusable relay")

// Book holds this radio's receipts; *receipts.Book is the real one.
type Book interface {
	Of(epoch uint64) ([]receipts.Heard, error)
}

// ClientOptions configure a client. Those without a remark must be set.
type ClientOptions struct {
	ChainID string
	// Relays are base URLs, http or https; without any, receipts reach the chain as late ones alone, and the others may
	// be unset.
	Relays []string
	Book   Book
	// Keys check what relays give.
	Keys  Keys
	Every time.Duration // default DefaultEvery
	HTTP  *http.Client  // default: clientTimeout, no redirects
	Clock clock.Clock   // nil: the machine's
	Log   *slog.Logger  // nil: none
}

// Client posts and fetches. What it has posted is remembered in memory alone: after a restart all receipts that are
// still wanted are posted again, which relays know how to take, so that a crash loses none.
type Client struct {
	opts  ClientOptions
	posts []*relayClient
	quiet *quiet.Logger

	mu     sync.Mutex
	newest uint64
	sought map[mailbox]map[uint32]proof.Receipt
}

// NewClient checks the relays' URLs; none at all is allowed: then receipts reach the chain as late ones alone.
func NewClient(o ClientOptions) (*Client, error) {
	if len(o.Relays) > address.MaxRelays {
		return nil, fmt.Errorf("%w: %d relays; at most %d", ErrRelay, len(o.Relays), address.MaxRelays)
	}
	if len(o.Relays) > 0 && (o.Keys == nil || o.Book == nil || o.ChainID == "") {
		return nil, fmt.Errorf("%w: a client of relays needs the chain's id, a book and keys", ErrRelay)
	}
	if o.Every == 0 {
		o.Every = DefaultEvery
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: clientTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	c := &Client{opts: o, quiet: quiet.New(o.Log, o.Clock), sought: map[mailbox]map[uint32]proof.Receipt{}}
	for _, text := range o.Relays {
		base, err := address.ParseRelay(text)
		if err != nil {
			return nil, err
		}
		c.posts = append(c.posts, &relayClient{base: base, http: o.HTTP, clock: o.Clock, every: o.Every, sent: map[uint64]map[[proof.HashSize]byte]delivery{}})
	}
	return c, nil
}

// Run posts and looks until the context ends.
func (c *Client) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, r := range c.posts {
		wg.Go(func() { c.follow(ctx, r) })
	}
	<-ctx.Done() // without relays there is nothing to do, and nothing has failed
	wg.Wait()
	return nil
}

// follow serves one relay; one that fails is asked less and less often, and keeps no other from working.
func (c *Client) follow(ctx context.Context, r *relayClient) {
	wait := c.opts.Every
	for ctx.Err() == nil {
		err := c.visit(ctx, r)
		if ctx.Err() != nil {
			return
		}
		r.note(err)
		if err != nil {
			c.quiet.Warn(r.base, "a relay does not work", "relay", r.base, "error", err)
			wait = min(2*wait, maxBackoff)
		} else {
			wait = c.opts.Every
		}
		if clock.Sleep(ctx, c.opts.Clock, wait) != nil {
			return
		}
	}
}

// visit posts what a relay has not taken yet and looks into the mailboxes of this radio's beacons.
func (c *Client) visit(ctx context.Context, r *relayClient) error {
	c.mu.Lock()
	newest := c.newest
	boxes := make([]mailbox, 0, len(c.sought))
	for box := range c.sought {
		boxes = append(boxes, box)
	}
	c.mu.Unlock()
	var errs []error
	for epoch := newest; newest > 0 && epoch+keptEpochs > newest; epoch-- {
		heard, err := c.opts.Book.Of(epoch)
		if err == nil {
			err = r.post(ctx, epoch, heard)
		}
		errs = append(errs, err)
		if epoch == 0 {
			break
		}
	}
	r.forget(newest)
	for _, box := range boxes {
		list, err := r.fetch(ctx, box)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, c.add(ctx, box, list))
	}
	return errors.Join(errs...)
}

// Status tells how each relay is doing, in the order in which they were named.
func (c *Client) Status() []RelayStatus {
	out := make([]RelayStatus, len(c.posts))
	for i, r := range c.posts {
		out[i] = r.report()
	}
	return out
}
