package faucet

import (
	"sync"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// maxAddresses bounds what the limiter remembers.
const maxAddresses = 10_000

// limiter bounds what each address gets within a window.
type limiter struct {
	most   sdk.Coins
	window time.Duration
	mu     sync.Mutex
	given  map[string]*allowance
}

// allowance is what an address has had since its window began.
type allowance struct {
	since time.Time
	had   sdk.Coins
}

func newLimiter(most sdk.Coins, window time.Duration) *limiter {
	return &limiter{most: most, window: window, given: map[string]*allowance{}}
}

// take notes coins for an address and returns 0, or how long it has to wait for them.
func (l *limiter) take(address string, coins sdk.Coins, now time.Time) time.Duration {
	if l.window == 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.given[address]
	if a == nil || now.Sub(a.since) >= l.window {
		l.forget(now)
		a = &allowance{since: now}
		l.given[address] = a
	}
	had := a.had.Add(coins...)
	if !had.IsAllLTE(l.most) {
		return l.window - now.Sub(a.since)
	}
	a.had = had
	return 0
}

// giveBack undoes take for a payment that failed.
func (l *limiter) giveBack(address string, coins sdk.Coins) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a := l.given[address]; a != nil {
		if left, negative := a.had.SafeSub(coins...); !negative {
			a.had = left
		}
	}
}

// forget drops windows that are over, and all of them if there are too many.
func (l *limiter) forget(now time.Time) {
	for address, a := range l.given {
		if now.Sub(a.since) >= l.window || len(l.given) >= maxAddresses {
			delete(l.given, address)
		}
	}
}
