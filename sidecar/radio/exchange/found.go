package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/joulechain/joule/sidecar/address"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

const (
	// maxSought bounds the beacons that are looked for at once: one an epoch.
	maxSought = 8
	// maxFound bounds the receipts that are kept for one beacon: all that as many honest relays can have, and fewer
	// than one draw takes.
	maxFound = MaxMailbox * address.MaxRelays
	// maxFalse is how many receipts that do not hold are looked at in one answer: a relay has checked what it gives, so
	// that few mean that it lies.
	maxFalse = 4
)

// ErrFalse means that a relay gave receipts that no radio has signed.
var ErrFalse = errors.New("the relay made up receipts")

// mailbox names one.
type mailbox struct {
	epoch uint64
	hash  [proof.HashSize]byte
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

// Seek has the receipts of a beacon of this device gathered. Asking again changes nothing.
func (c *Client) Seek(epoch uint64, hash [proof.HashSize]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	box := mailbox{epoch, hash}
	if c.sought[box] == nil && len(c.sought) < maxSought {
		c.sought[box] = map[uint32]proof.Receipt{}
	}
}

// Found are those gathered so far from all relays, one a radio, in ascending order of the radios' numbers. The
// signature of each holds; what the chain makes of their readings, and whether the radio may be a witness, shows there.
func (c *Client) Found(epoch uint64, hash [proof.HashSize]byte) []proof.Receipt {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.SortedFunc(maps.Values(c.sought[mailbox{epoch, hash}]), func(a, b proof.Receipt) int { return cmp.Compare(a.Number, b.Number) })
}

// add checks what a relay had and keeps what holds. A radio whose key cannot be told now is left for the next visit. A
// relay that lies is ErrFalse: what it made up takes no place and, asked less and less often, it buys few look-ups.
func (c *Client) add(ctx context.Context, box mailbox, list []proof.Receipt) error {
	wrong := 0
	for _, r := range list {
		if !c.wants(box, r.Number) {
			continue
		}
		signer, known, err := c.opts.Keys.Signer(ctx, r.Number)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			c.quiet.Warn("look up", "the key behind a receipt cannot be told now", "radio", r.Number, "error", err)
			continue
		}
		if !known || !genuine(c.opts.ChainID, box.epoch, Letter{box.hash, r}, signer) {
			if wrong++; wrong == maxFalse {
				break
			}
			continue
		}
		c.keep(box, r)
	}
	if wrong > 0 {
		return fmt.Errorf("%w: %d or more of %d in one mailbox", ErrFalse, wrong, len(list))
	}
	return nil
}

// wants tells whether a radio's receipt for a beacon is still looked for.
func (c *Client) wants(box mailbox, number uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := c.sought[box]
	_, has := found[number]
	return found != nil && !has && len(found) < maxFound
}

func (c *Client) keep(box mailbox, r proof.Receipt) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found := c.sought[box]; found != nil && len(found) < maxFound {
		if _, has := found[r.Number]; !has {
			found[r.Number] = r
		}
	}
}
