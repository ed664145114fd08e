package chain

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
)

// checkEvery is how often all nodes are asked for their height.
const checkEvery = 10 * time.Second

// Head is the newest block as the follower knows it.
type Head struct {
	Height int64
	// Time is the block's own.
	Time time.Time
	// Seen is a time of this machine at which the block was not older than one poll: the last poll that did not show
	// it.
	Seen time.Time
	// BlockTime is the measured time between blocks; 0 before two blocks were seen.
	BlockTime time.Duration
	// Skew is how far this machine's clock is ahead of the chain's (negative: behind) beyond what block time and
	// polling explain.
	Skew     time.Duration
	Endpoint string
}

// At estimates when a height will be seen, on this machine's clock; on the early side.
func (h Head) At(height int64) time.Time {
	return h.Seen.Add(time.Duration(height-h.Height) * h.BlockTime)
}

// Follower follows new blocks by polling.
type Follower struct {
	client *Client
	clock  clock.Clock
	poll   time.Duration
	skew   time.Duration
	log    *slog.Logger

	mu      sync.Mutex
	head    Head
	err     error
	subs    map[chan struct{}]struct{}
	lastOK  time.Time // the last poll that was answered
	skewed  bool
	checked time.Time
}

// NewFollower polls every poll and warns when the clock is off by more than maxSkew.
func NewFollower(c *Client, poll, maxSkew time.Duration, log *slog.Logger) *Follower {
	return &Follower{client: c, clock: c.opts.Clock, poll: poll, skew: maxSkew, log: log, subs: map[chan struct{}]struct{}{}}
}

// Head returns the newest block; its height is 0 before the first.
func (f *Follower) Head() Head {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.head
}

// Err is why the last poll failed, nil if it did not.
func (f *Follower) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// stallAfter and stallBlocks: without a new block for longer than both the chain or its only node stands still.
const (
	stallAfter  = time.Minute
	stallBlocks = 10
)

// Stalled is how long there has been no new block, once that is longer than a chain that goes on explains; 0 before.
func (f *Follower) Stalled() time.Duration {
	h := f.Head()
	if h.Height == 0 {
		return 0
	}
	if passed := since(h.Seen, f.clock.Now()); passed > max(stallAfter, stallBlocks*h.BlockTime) {
		return passed
	}
	return 0
}

// ChainTime estimates the chain's time now: the newest block's plus what has passed here since.
func (f *Follower) ChainTime() time.Time {
	h := f.Head()
	if h.Height == 0 {
		return f.clock.Now()
	}
	return h.Time.Add(f.clock.Now().Sub(h.Seen))
}

// Subscribe returns a channel that holds at most one notice of a new block; call the function to end it.
func (f *Follower) Subscribe() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.subs[ch] = struct{}{}
	return ch, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.subs, ch)
	}
}

// Run polls until the context ends.
func (f *Follower) Run(ctx context.Context) error {
	for {
		f.Poll(ctx)
		if clock.Sleep(ctx, f.clock, f.poll) != nil {
			return nil
		}
	}
}

// Poll asks once.
func (f *Follower) Poll(ctx context.Context) {
	now := f.clock.Now()
	if now.Sub(f.checked) >= checkEvery {
		f.checked = now
		f.client.CheckAll(ctx)
	}
	before := f.clock.Now()
	st, err := f.client.Status(ctx)
	if ctx.Err() != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		if f.err == nil {
			f.log.Error("cannot follow the chain", "error", err)
		}
		f.err = err
		return
	}
	if f.err != nil {
		f.log.Info("following the chain again", "node", st.Endpoint, "height", st.Height)
		f.err = nil
	}
	if st.Height > f.head.Height {
		f.advance(st, before)
		for ch := range f.subs {
			select {
			case ch <- struct{}{}:
			default:
			}
		}
	}
	f.lastOK = before
}

// advance takes a new block over; the lock is held.
func (f *Follower) advance(st Status, now time.Time) {
	old := f.head
	h := Head{Height: st.Height, Time: st.Time, Seen: now, BlockTime: old.BlockTime, Endpoint: st.Endpoint}
	if since := now.Sub(f.lastOK); since >= 0 && since <= 4*f.poll {
		h.Seen = f.lastOK
	}
	if n := st.Height - old.Height; old.Height > 0 {
		took := st.Time.Sub(old.Time) / time.Duration(n)
		switch {
		case took <= 0: // equal times: keep what is known
		case h.BlockTime == 0:
			h.BlockTime = took
		default:
			h.BlockTime += (took - h.BlockTime) / 4
		}
	}
	h.Skew = f.measureSkew(st.Time, now, h.BlockTime)
	skewed := h.Skew > f.skew || -h.Skew > f.skew
	if skewed && !f.skewed {
		f.log.Warn("this machine's clock differs from the chain's: set it by NTP (timedatectl set-ntp true)", "ahead_by", h.Skew.Round(time.Millisecond).String())
	}
	f.skewed, f.head = skewed, h
}

// measureSkew: a block's time is at most two block times old when the block is first seen, plus one poll. A block from
// the future means a clock that is behind.
func (f *Follower) measureSkew(block, now time.Time, blockTime time.Duration) time.Duration {
	if f.head.Height == 0 { // the first block seen may be old
		return min(now.Sub(block), 0)
	}
	ahead := now.Sub(block)
	if ahead < 0 {
		return ahead
	}
	return max(0, ahead-2*blockTime-f.poll)
}
