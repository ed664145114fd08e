package attest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/clock"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

const (
	// leadFraction of the attestation's length before its end a renewal is due, one epoch at least: several tries, and
	// for NVIDIA several windows.
	leadFraction = 3
	// firstPause and longestPause are the waits after a failure.
	firstPause   = 30 * time.Second
	longestPause = 30 * time.Minute
)

// Status is one device's evidence as people are shown it.
type Status struct {
	Device string `json:"device"`
	// Kind is tpm or nvidia.
	Kind     string `json:"kind"`
	Hardware string `json:"hardware"`
	// InForce tells whether the chain counts it in the current epoch; the others are the chain's, zero while there is
	// none.
	InForce      bool   `json:"in_force"`
	ChipID       string `json:"chip_id,omitempty"`
	FromEpoch    uint64 `json:"from_epoch,omitempty"`
	ExpiresEpoch uint64 `json:"expires_epoch,omitempty"`
	CurrentEpoch uint64 `json:"current_epoch,omitempty"`
	// TierPpm multiplies the device's units, in millionths.
	TierPpm uint32 `json:"tier_ppm,omitempty"`
	Revoked bool   `json:"revoked,omitempty"`
	// Waiting is why nothing is sent although it is due, Error why the last try failed.
	Waiting string `json:"waiting,omitempty"`
	Error   string `json:"error,omitempty"`
	// Accepted and Failed count since start; TxHash is the last accepted one's.
	Accepted uint64 `json:"accepted"`
	Failed   uint64 `json:"failed"`
	TxHash   string `json:"tx_hash,omitempty"`
}

// Options configure a Renewer.
type Options struct {
	// Name is the device's in the configuration, Device its id.
	Name   string
	Device []byte
	Source Source
	Chain  Chain
	Sender Sender
	// Payer is the sender's address.
	Payer string
	// Every is how often the chain is asked; Wait bounds a transaction's inclusion.
	Every, Wait time.Duration
	Clock       clock.Clock
	Log         *slog.Logger
	// BlockTime is the newest block's time, by which certificates are judged; nil means the machine's clock.
	BlockTime func() time.Time
}

// Renewer keeps one device's attestation in force.
type Renewer struct {
	o Options

	mu    sync.Mutex
	shown Status

	full  bool // the next try sends certificates
	pause time.Duration
	next  time.Time
}

// NewRenewer builds a renewer; Run starts it.
func NewRenewer(o Options) *Renewer {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.BlockTime == nil {
		o.BlockTime = o.Clock.Now
	}
	return &Renewer{o: o, shown: Status{Device: o.Name, Kind: KindName(o.Source.Kind()), Hardware: o.Source.Describe()}}
}

// Status may be called from anywhere.
func (r *Renewer) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shown
}

// Run looks and renews until the context ends. Failures are shown and tried again: a device works without evidence too.
func (r *Renewer) Run(ctx context.Context) error {
	for {
		r.Look(ctx)
		if clock.Sleep(ctx, r.o.Clock, r.o.Every) != nil {
			return nil
		}
	}
}

// Look reads the chain once and attests if it is due.
func (r *Renewer) Look(ctx context.Context) {
	params, err := r.o.Chain.DeviceParams(ctx)
	if err != nil {
		return // the follower tells of nodes that do not answer
	}
	now, known, err := r.o.Chain.Attestation(ctx, r.o.Device)
	if err != nil {
		return
	}
	r.see(now, known)
	due := !known || now.Attestation.Kind != r.o.Source.Kind() || now.CurrentEpoch+lead(params.Evidence) >= now.Attestation.ExpiresEpoch
	if !due || r.o.Clock.Now().Before(r.next) {
		return
	}
	done, err := Once(ctx, r.o.Chain, r.o.Sender, Request{
		Device: r.o.Device, Source: r.o.Source, Sender: r.o.Payer, Full: r.full, Wait: r.o.Wait,
	}, r.o.BlockTime())
	switch {
	case ctx.Err() != nil:
	case err == nil:
		r.succeeded(ctx, done)
	case errors.Is(err, chain.ErrNoNonce):
		r.show(func(s *Status) { s.Waiting = err.Error() })
	case strings.Contains(err.Error(), devicetypes.ErrNonceHeight.Error()): // the window closed, or a node is behind: the next look has a new nonce
		r.show(func(s *Status) { s.Waiting = err.Error() })
	default:
		r.failed(err)
	}
}

// lead is how many epochs before its end an attestation is renewed.
func lead(p devicetypes.EvidenceParams) uint64 { return max(1, p.AttestationEpochs/leadFraction) }

func (r *Renewer) see(now devicetypes.QueryAttestationResponse, known bool) {
	r.show(func(s *Status) {
		s.InForce, s.ChipID, s.FromEpoch, s.ExpiresEpoch = now.InForce, now.ChipId, now.Attestation.FromEpoch, now.Attestation.ExpiresEpoch
		s.CurrentEpoch, s.TierPpm, s.Revoked = now.CurrentEpoch, now.TierPpm, now.Revoked
		if known && now.InForce {
			s.Waiting = ""
		}
	})
}

func (r *Renewer) succeeded(ctx context.Context, done Done) {
	r.pause, r.next, r.full = 0, time.Time{}, false
	r.o.Log.Info("attested", "device", r.o.Name, "kind", done.Kind, "hardware", done.Hardware, "chip", done.ChipID, "renewal", done.Renewal,
		"from_epoch", done.FromEpoch, "expires_epoch", done.ExpiresEpoch, "gas", done.GasUsed, "tx", done.TxHash)
	r.show(func(s *Status) { s.Accepted++; s.TxHash, s.Error, s.Waiting = done.TxHash, "", "" })
	if now, known, err := r.o.Chain.Attestation(ctx, r.o.Device); err == nil {
		r.see(now, known)
	}
}

// failed waits longer each time. The next try sends everything: what the chain remembers may be what it no longer
// accepts.
func (r *Renewer) failed(err error) {
	r.pause = min(max(2*r.pause, firstPause), longestPause)
	r.next, r.full = r.o.Clock.Now().Add(r.pause), true
	text := err.Error()
	if r.Status().Error != text {
		r.o.Log.Warn("not attested", "device", r.o.Name, "error", err, "again_in", r.pause.String())
	}
	r.show(func(s *Status) { s.Failed++; s.Error = text })
}

func (r *Renewer) show(change func(*Status)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.shown)
}

// Problem is what an owner should know; empty if all is well. The device earns without evidence too, at the tier of
// one.
func (s Status) Problem() string {
	switch {
	case s.Revoked:
		return fmt.Sprintf("the %s evidence stands on a key that was revoked: it does not count", s.Kind)
	case s.Error != "":
		return fmt.Sprintf("%s evidence: %s", s.Kind, s.Error)
	case s.Waiting != "" && !s.InForce:
		return fmt.Sprintf("%s evidence: %s", s.Kind, s.Waiting)
	}
	return ""
}
