package chain

import (
	"fmt"
	"slices"
	"time"
)

const (
	// fastestBlock is shorter than any chain's time between blocks over more than spareBlocks blocks.
	fastestBlock = 200 * time.Millisecond
	spareBlocks  = 100
	// farFuture is how far ahead of this machine's clock a block may be: clocks may be wrong, but not so wrong.
	farFuture = time.Hour
)

// believed is the highest block that was believed and when it was first shown; guarded by the client's lock.
type believed struct {
	height int64
	time   time.Time
	seen   time.Time
}

// check refuses a block that cannot be: one that the time since the believed block cannot have brought, or one of the
// far future. One such height, believed once, would make every later block look old and all evidence late.
func (b believed) check(address string, st Status, now time.Time) error {
	passed := since(b.seen, now)
	if latest := later(now, b.time.Add(passed)); st.Time.After(latest.Add(farFuture)) {
		return fmt.Errorf("%w: %s shows block %d of %s, %s ahead of this machine's clock: if the clock is wrong, set it by NTP; if not, the node is",
			ErrImpossibleBlock, address, st.Height, st.Time.UTC().Format(time.RFC3339), st.Time.Sub(now).Round(time.Second))
	}
	if b.height == 0 {
		return nil
	}
	most := b.height + spareBlocks + int64(max(passed, since(b.time, now))/fastestBlock)
	if st.Height > most {
		return fmt.Errorf("%w: %s shows height %d; the newest known is %d, and by now the chain cannot be beyond %d",
			ErrImpossibleBlock, address, st.Height, b.height, most)
	}
	return nil
}

// since is the longer of what the steady clock and the calendar say has passed: the one stands still while the machine
// sleeps, the other may be set.
func since(t, now time.Time) time.Duration {
	return max(now.Sub(t), now.Round(0).Sub(t.Round(0)), 0)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// believe takes a node's newest block over, or refuses it.
func (c *Client) believe(e *endpoint, st Status) error {
	if err := c.checkChain(e, st); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if st.Height > c.top.height {
		c.top = believed{height: st.Height, time: st.Time, seen: c.opts.Clock.Now()}
	}
	return nil
}

// begin chooses the first block to believe where several nodes have answered: the middle one, so that a single wrong
// node does not decide.
func (c *Client) begin(heads []Status) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.top.height != 0 {
		return
	}
	now := c.opts.Clock.Now()
	heads = slices.DeleteFunc(slices.Clone(heads), func(st Status) bool {
		return st.ChainID != c.opts.ChainID || c.top.check("", st, now) != nil
	})
	if len(heads) == 0 {
		return
	}
	slices.SortFunc(heads, func(a, b Status) int { return int(min(max(a.Height-b.Height, -1), 1)) })
	st := heads[(len(heads)-1)/2]
	c.top = believed{height: st.Height, time: st.Time, seen: now}
}
