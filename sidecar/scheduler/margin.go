package scheduler

import (
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/chain"
)

const (
	// fallbackBlockTime is assumed until two blocks were seen.
	fallbackBlockTime = time.Second
	// A missed window adds marginStep block times, up to marginMaxExtra; each commitment in time takes a quarter step
	// back.
	marginStep     = 0.5
	marginMaxExtra = 4.0
)

// margin decides how long before a window's last block work ends.
type margin struct {
	blocks float64
	fixed  time.Duration

	mu    sync.Mutex
	extra float64
}

func newMargin(blocks float64, fixed time.Duration) *margin {
	return &margin{blocks: blocks, fixed: fixed}
}

// learn follows what happened to commitments: a miss widens the margin, success narrows it slowly.
func (m *margin) learn(accepted bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if accepted {
		m.extra = max(0, m.extra-marginStep/4)
		return
	}
	m.extra = min(marginMaxExtra, m.extra+marginStep)
}

// width is the margin at a block time.
func (m *margin) width(blockTime time.Duration) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Duration((m.blocks+m.extra)*float64(blockTime)) + m.fixed
}

// deadline is when work for a window that closes at a height must end. The block at that height is put together about
// when the one before is seen, so one block time of margin is the least that is safe.
func (m *margin) deadline(h chain.Head, closeHeight int64) time.Time {
	if h.BlockTime <= 0 {
		h.BlockTime = fallbackBlockTime
	}
	return h.At(closeHeight).Add(-m.width(h.BlockTime))
}
