package chain

import (
	"context"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/keys"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Lane sends evidence through the evidence lane: unordered transactions with zero fee and the gas limit that their
// shape demands.
type Lane struct {
	client  *Client
	account keys.Account
	heads   *Follower
	ttl     time.Duration

	mu     sync.Mutex
	number *uint64
	last   time.Time // the newest timeout used; each must be another
}

// NewLane builds a lane for an account; ttl is how long a transaction stays valid.
func NewLane(c *Client, a keys.Account, heads *Follower, ttl time.Duration) *Lane {
	return &Lane{client: c, account: a, heads: heads, ttl: ttl}
}

// Relayer is the carrying account's address.
func (l *Lane) Relayer() string { return l.account.Address() }

// Forget drops the cached account number, for example after a signature was refused.
func (l *Lane) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.number = nil
}

// Submit signs and broadcasts evidence; the result is the verdict of the node's CheckTx. attempt chooses among nodes.
func (l *Lane) Submit(ctx context.Context, evidence []worktypes.Evidence, params worktypes.Params, attempt int) (TxResult, error) {
	tx, err := l.Build(ctx, evidence, params)
	if err != nil {
		return TxResult{}, err
	}
	return l.client.Broadcast(ctx, tx, attempt)
}

// Build signs a lane transaction.
func (l *Lane) Build(ctx context.Context, evidence []worktypes.Evidence, params worktypes.Params) ([]byte, error) {
	msg := &worktypes.MsgSubmitWork{Relayer: l.account.Address(), Evidence: evidence}
	gas, err := worktypes.LaneGas(msg, params)
	if err != nil {
		return nil, err
	}
	number, timeout, err := l.next(ctx)
	if err != nil {
		return nil, err
	}
	return sign(l.account, l.client.ChainID(), number, spec{msg: msg, gas: gas, unordered: true, timeout: timeout})
}

// next returns the account number and a timeout that was not used before. The timeout counts from the chain's time, not
// this machine's: a wrong clock must not make transactions invalid.
func (l *Lane) next(ctx context.Context) (uint64, time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.number == nil {
		info, err := l.client.Account(ctx, l.account.Address())
		if err != nil {
			return 0, time.Time{}, err
		}
		l.number = &info.Number
	}
	t := l.heads.ChainTime().Add(l.ttl + jitter())
	if !t.After(l.last) {
		t = l.last.Add(1)
	}
	l.last = t
	return *l.number, t, nil
}
