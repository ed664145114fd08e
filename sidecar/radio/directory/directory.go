package directory

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

const (
	// MaxKnown bounds the radios that are remembered: some 20 MB. A number stands for one device and a device for one
	// key for ever, so they do not age.
	MaxKnown = 1 << 16
	// MaxUnknown bounds the numbers that are remembered to have no radio.
	MaxUnknown = 1 << 16
	// UnknownAge is how long a number without a radio is not asked for again: a radio's first assertion is seen within
	// it.
	UnknownAge = 30 * time.Second
	// QueryRate and QueryBurst bound what the node is asked, in look-ups a second; each is two queries.
	QueryRate, QueryBurst = 50, 500
	// lookupTimeout ends a look-up that no caller's context ends: callers share it.
	lookupTimeout = 10 * time.Second
)

var (
	// ErrBusy means that too many numbers are asked for: this one was not looked up, ask again in a second.
	ErrBusy = errors.New("too many radios are looked up")
	// ErrAnswer means that a node told something that cannot be true.
	ErrAnswer = errors.New("a node told of a radio that cannot be")
)

// Lookup asks for one radio; false where there is none. An error means that it cannot be told now.
type Lookup func(ctx context.Context, number uint32) (proof.Signer, bool, error)

// Counts tell what a directory has done since start.
type Counts struct {
	Lookups uint64 `json:"lookups"` // asked of the node
	Failed  uint64 `json:"failed"`  // of these, without an answer
	Busy    uint64 `json:"busy"`    // not asked: ErrBusy
	Known   int    `json:"known"`   // radios that are remembered
	Unknown int    `json:"unknown"` // numbers that are remembered to have none
}

// Directory remembers radios. Its methods may be called from anywhere.
type Directory struct {
	lookup Lookup
	clock  clock.Clock

	mu      sync.Mutex
	known   map[uint32]proof.Signer
	unknown map[uint32]time.Time // when it was found to be
	flights map[uint32]*flight
	tokens  float64
	filled  time.Time
	counts  Counts
}

// flight is a look-up that several callers wait for.
type flight struct {
	done   chan struct{}
	signer proof.Signer
	ok     bool
	err    error
}

// New remembers nothing yet; a nil clock is the machine's.
func New(lookup Lookup, c clock.Clock) *Directory {
	if c == nil {
		c = clock.Real{}
	}
	return &Directory{
		lookup: lookup, clock: c, known: map[uint32]proof.Signer{}, unknown: map[uint32]time.Time{}, flights: map[uint32]*flight{},
		tokens: QueryBurst, filled: c.Now(),
	}
}

// Counts returns what has happened since start.
func (d *Directory) Counts() Counts {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.counts
	c.Known, c.Unknown = len(d.known), len(d.unknown)
	return c
}

// Signer returns the device and key behind a radio's number; false where there is none. Errors: ErrBusy, ErrAnswer, the
// context's, the node's; none of them is remembered. A look-up goes on for others when one caller's context ends.
func (d *Directory) Signer(ctx context.Context, number uint32) (proof.Signer, bool, error) {
	d.mu.Lock()
	if s, ok := d.known[number]; ok {
		d.mu.Unlock()
		return s, true, nil
	}
	now := d.clock.Now()
	if since, ok := d.unknown[number]; ok && now.Sub(since) < UnknownAge {
		d.mu.Unlock()
		return proof.Signer{}, false, nil
	}
	f := d.flights[number]
	if f == nil {
		if !d.take(now) {
			d.counts.Busy++
			d.mu.Unlock()
			return proof.Signer{}, false, ErrBusy
		}
		f = &flight{done: make(chan struct{})}
		d.flights[number] = f
		d.counts.Lookups++
		go d.fly(context.WithoutCancel(ctx), number, f)
	}
	d.mu.Unlock()
	select {
	case <-f.done:
		return f.signer, f.ok, f.err
	case <-ctx.Done():
		return proof.Signer{}, false, ctx.Err()
	}
}

// take spends one look-up, or says that there are none left; the lock is held.
func (d *Directory) take(now time.Time) bool {
	if passed := now.Sub(d.filled); passed > 0 {
		d.tokens = min(d.tokens+passed.Seconds()*QueryRate, QueryBurst)
	}
	d.filled = now
	if d.tokens < 1 {
		return false
	}
	d.tokens--
	return true
}

func (d *Directory) fly(ctx context.Context, number uint32, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	f.signer, f.ok, f.err = d.lookup(ctx, number)
	if f.err != nil {
		f.signer, f.ok = proof.Signer{}, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.flights, number)
	close(f.done)
	switch {
	case f.err != nil:
		d.counts.Failed++
	case f.ok:
		makeRoom(d.known, MaxKnown)
		delete(d.unknown, number)
		d.known[number] = f.signer
	default:
		makeRoom(d.unknown, MaxUnknown)
		d.unknown[number] = d.clock.Now()
	}
}

// makeRoom drops one entry, whichever comes first, from a full map: nobody can choose which.
func makeRoom[V any](m map[uint32]V, limit int) {
	if len(m) < limit {
		return
	}
	for number := range m {
		delete(m, number)
		return
	}
}
