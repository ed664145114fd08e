// Package submitter carries signed statements to the chain: in batches within the lane's limits, again and again until
// the chain holds them or their last height has passed. What the chain holds decides, not what a node said.
package submitter

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"cosmossdk.io/math"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/trace"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Chain is what the submitter asks of the chain; it answers as of the height that chain.AtLeast demands or with an
// error.
type Chain interface {
	DeviceWork(ctx context.Context, id []byte) (worktypes.DeviceWork, math.Int, error)
	WorkParams(ctx context.Context) (worktypes.Params, error)
	Tx(ctx context.Context, hash string) (chain.TxResult, bool, error)
}

// Lane sends evidence; attempt chooses among nodes.
type Lane interface {
	Submit(ctx context.Context, evidence []worktypes.Evidence, params worktypes.Params, attempt int) (chain.TxResult, error)
	Forget()
}

// Heads tells of new blocks.
type Heads interface {
	Head() chain.Head
	Subscribe() (<-chan struct{}, func())
}

// Options configure a submitter.
type Options struct {
	Chain Chain
	Lane  Lane
	Heads Heads
	Spool *spool.Spool
	// Classes judge their statements.
	Classes worker.Classes
	// MaxBatch bounds the evidence of a transaction beside the chain's own limit.
	MaxBatch int
	// Flush is how long evidence may wait for company.
	Flush time.Duration
	// RetryMin and RetryMax bound the wait after a failure.
	RetryMin, RetryMax time.Duration
	// ConfirmBlocks is after how many blocks unseen evidence is sent again.
	ConfirmBlocks int64
	// OnFirst, if set, is told whether a class's first statement (a commitment, or a proof that needs none) made it
	// into its window.
	OnFirst  func(class devicetypes.WorkClass, accepted bool)
	Clock    clock.Clock
	Log      *slog.Logger
	Observer trace.Observer
}

const (
	// strikesLimit: evidence that nodes call invalid so often, sent alone and through different nodes, is given up.
	strikesLimit = 3
	// paramsBlocks is how long the chain's parameters are taken as read.
	paramsBlocks = 20
)

// attempt is what is known of a statement's way, in memory only: after a restart the chain is asked.
type attempt struct {
	sentAt  int64 // height of the last submission; 0 never
	count   int
	alone   bool // send it without company
	strikes int
	notTill time.Time
}

// Submitter is driven by Run; Kick and Status may be called from anywhere.
type Submitter struct {
	opts Options
	kick chan struct{}

	params   worktypes.Params
	paramsAt int64
	tracks   map[spool.Key]*attempt
	checked  map[string]int64 // by device: height of the last comparison with the chain

	mu     sync.Mutex
	status Status
}

// Status is what people are shown.
type Status struct {
	Pending   int    `json:"pending"`
	Accepted  uint64 `json:"accepted"`
	Expired   uint64 `json:"expired"`
	Rejected  uint64 `json:"rejected"`
	Submitted uint64 `json:"transactions"`
	LastError string `json:"last_error,omitempty"`
}

// New builds a submitter.
func New(opts Options) *Submitter {
	if opts.Clock == nil {
		opts.Clock = clock.Real{}
	}
	if opts.Observer == nil {
		opts.Observer = trace.None{}
	}
	if opts.OnFirst == nil {
		opts.OnFirst = func(devicetypes.WorkClass, bool) {}
	}
	return &Submitter{opts: opts, kick: make(chan struct{}, 1), tracks: map[spool.Key]*attempt{}, checked: map[string]int64{}}
}

// Kick says that something new was signed.
func (s *Submitter) Kick() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// Status returns the counters.
func (s *Submitter) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

func (s *Submitter) count(change func(*Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.status)
}

// Run works at every new block, every kick and when a retry is due, until the context ends.
func (s *Submitter) Run(ctx context.Context) error {
	news, stop := s.opts.Heads.Subscribe()
	defer stop()
	for {
		wait := s.Pass(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-news:
		case <-s.kick:
			if !s.pressing() && clock.Sleep(ctx, s.opts.Clock, s.opts.Flush) != nil {
				return nil
			}
		case <-s.opts.Clock.After(wait):
		}
	}
}

// pressingBlocks: evidence whose last height is so near does not wait for company. Commitments are signed at the last
// moment.
const pressingBlocks = 5

// pressing tells whether something must go out at once.
func (s *Submitter) pressing() bool {
	pending, err := s.opts.Spool.Pending()
	if err != nil {
		return true
	}
	height := s.opts.Heads.Head().Height
	for _, st := range pending {
		if st.State == spool.Signed && st.LastHeight-height <= pressingBlocks {
			return true
		}
	}
	return false
}

// Flush makes a last pass at shutdown, so that what is signed is sent.
func (s *Submitter) Flush(ctx context.Context) { s.Pass(ctx) }

// Pass compares with the chain, closes what is done or late, sends what is due, and returns when to look again.
func (s *Submitter) Pass(ctx context.Context) time.Duration {
	head := s.opts.Heads.Head()
	if head.Height == 0 {
		return s.opts.RetryMin
	}
	pending, err := s.opts.Spool.Pending()
	if err != nil {
		s.fail("reading the spool", err)
		return s.opts.RetryMax
	}
	pending = signedOnly(pending)
	s.count(func(st *Status) { st.Pending = len(pending) })
	if len(pending) == 0 {
		s.tracks = map[spool.Key]*attempt{}
		return s.opts.RetryMax
	}
	pending = s.reconcile(ctx, pending, head.Height)
	if !s.refreshParams(ctx, head.Height) {
		return s.opts.RetryMin
	}
	return s.send(ctx, s.due(pending, head.Height), head.Height)
}

func signedOnly(in []spool.Statement) []spool.Statement {
	out := in[:0]
	for _, st := range in {
		if st.State == spool.Signed {
			out = append(out, st)
		}
	}
	return out
}

func (s *Submitter) refreshParams(ctx context.Context, height int64) bool {
	if s.paramsAt != 0 && height-s.paramsAt < paramsBlocks {
		return true
	}
	params, err := s.opts.Chain.WorkParams(ctx)
	if err != nil {
		s.fail("reading the work parameters", err)
		return s.paramsAt != 0
	}
	s.params, s.paramsAt = params, height
	return true
}

func (s *Submitter) fail(what string, err error) {
	text := what + ": " + err.Error()
	s.mu.Lock()
	same := s.status.LastError == text
	s.status.LastError = text
	s.mu.Unlock()
	if !same {
		s.opts.Log.Warn("submitter", "doing", what, "error", err)
	}
}

func (s *Submitter) track(key spool.Key) *attempt {
	t := s.tracks[key]
	if t == nil {
		t = &attempt{}
		s.tracks[key] = t
	}
	return t
}
