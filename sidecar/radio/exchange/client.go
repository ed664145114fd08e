package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/quiet"
	"github.com/joulechain/joule/sidecar/radio/receipts"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

const (
	// MaxRelays bounds the relays of a client.
	MaxRelays = 8
	// DefaultEvery is how often a client posts and looks.
	DefaultEvery = 2 * time.Second

	clientTimeout = 5 * time.Second
	maxBackoff    = time.Minute
	maxSought     = 8 // beacons that are looked for at once: one an epoch
)

// ErrRelay means that a relay's URL cannot be used.
var ErrRelay = errors.New("unusable relay")

// Book holds this radio's receipts; *receipts.Book is the real one.
type Book interface {
	Of(epoch uint64) ([]receipts.Heard, error)
}

// ClientOptions configure a client. Those without a remark must be set.
type ClientOptions struct {
	// Relays are base URLs, http or https.
	Relays []string
	Book   Book
	Every  time.Duration // default DefaultEvery
	HTTP   *http.Client  // default: clientTimeout, no redirects
	Clock  clock.Clock   // nil: the machine's
	Log    *slog.Logger  // nil: none
}

// Client posts and fetches. What it has posted is remembered in memory alone: after a restart all receipts that are still wanted are posted again, which
// relays know how to take, so that a crash loses none.
type Client struct {
	opts  ClientOptions
	posts []*relayClient
	quiet *quiet.Logger

	mu     sync.Mutex
	newest uint64
	sought map[mailbox]map[proof.Receipt]bool
}

type mailbox struct {
	epoch uint64
	hash  [proof.HashSize]byte
}

// NewClient checks the relays' URLs; none at all is allowed: then receipts reach the chain as late ones alone.
func NewClient(o ClientOptions) (*Client, error) {
	if len(o.Relays) > MaxRelays {
		return nil, fmt.Errorf("%w: %d relays; at most %d", ErrRelay, len(o.Relays), MaxRelays)
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
	c := &Client{opts: o, quiet: quiet.New(o.Log, o.Clock), sought: map[mailbox]map[proof.Receipt]bool{}}
	for _, text := range o.Relays {
		base, err := ParseRelay(text)
		if err != nil {
			return nil, err
		}
		c.posts = append(c.posts, &relayClient{base: base, http: o.HTTP, done: map[uint64]map[[proof.HashSize]byte]bool{}})
	}
	return c, nil
}

// ParseRelay checks a relay's base URL and returns it without a trailing slash.
func ParseRelay(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("%w: %q; want http://host:port or https://host", ErrRelay, text)
	}
	return strings.TrimSuffix(u.String(), "/"), nil
}

// Begin tells of a new epoch: receipts of it and of the one before are posted.
func (c *Client) Begin(epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.newest = max(c.newest, epoch)
	for box := range c.sought {
		if box.epoch+keptEpochs <= c.newest {
			delete(c.sought, box)
		}
	}
}

// Seek has the receipts of a beacon of this device gathered.
func (c *Client) Seek(epoch uint64, hash [proof.HashSize]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	box := mailbox{epoch, hash}
	if c.sought[box] == nil && len(c.sought) < maxSought {
		c.sought[box] = map[proof.Receipt]bool{}
	}
}

// Found are those gathered so far, from all relays, in ascending order of the radios' numbers. Nothing about them is checked but their form: a relay may
// have made them up.
func (c *Client) Found(epoch uint64, hash [proof.HashSize]byte) []proof.Receipt {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := c.sought[mailbox{epoch, hash}]
	out := make([]proof.Receipt, 0, len(found))
	for r := range found {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b proof.Receipt) int { return bytes.Compare(a.Marshal(), b.Marshal()) })
	return out
}

// Run posts and looks until the context ends.
func (c *Client) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, r := range c.posts {
		wg.Go(func() { c.follow(ctx, r) })
	}
	wg.Wait()
	return nil
}

// follow serves one relay; one that fails is asked less and less often, and keeps no other from working.
func (c *Client) follow(ctx context.Context, r *relayClient) {
	wait := c.opts.Every
	for ctx.Err() == nil {
		if err := c.visit(ctx, r); err != nil && ctx.Err() == nil {
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
		errs = append(errs, err)
		c.add(box, list)
	}
	return errors.Join(errs...)
}

// add notes what a relay had; one relay can add only so many.
func (c *Client) add(box mailbox, list []proof.Receipt) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := c.sought[box]
	if found == nil {
		return
	}
	for _, r := range list {
		if len(found) >= MaxMailbox*MaxRelays {
			return
		}
		found[r] = true
	}
}
