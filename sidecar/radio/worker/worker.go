package radioworker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/lora"
	"github.com/joulechain/joule/sidecar/radio/receipts"
	"github.com/joulechain/joule/sidecar/radio/transmit"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

var (
	// ErrWindow means that a window's rules or mix are not usable.
	ErrWindow = errors.New("unusable window")
	// ErrSelfCheck means that evidence does not pass the chain's verifier; it is never signed.
	ErrSelfCheck = errors.New("the evidence does not pass the chain's verifier")
)

// Backend is what Describe calls the backend.
const Backend = "gwmp"

// Chain is what the worker asks of the chain; *chain.Client is the real one.
type Chain interface {
	// Radio returns the device's radio; false if it has asserted nothing.
	Radio(ctx context.Context, device []byte) (worktypes.QueryRadioResponse, bool, error)
	RadioBeacon(ctx context.Context, epoch uint64, number uint32) (worktypes.QueryRadioBeaconResponse, bool, error)
	RadioBeaconByPayload(ctx context.Context, hash [proof.HashSize]byte) (worktypes.QueryRadioBeaconResponse, bool, error)
	RadioVerdicts(ctx context.Context, device []byte) ([]worktypes.RadioVerdictView, error)
}

// Directory finds the device and key behind a radio's number; *directory.Directory is the real one.
type Directory interface {
	Signer(ctx context.Context, number uint32) (proof.Signer, bool, error)
}

// Receipts are this radio's own, signed and durable, each payload once; *receipts.Book is the real one.
type Receipts interface {
	// Begin tells of an epoch; frames that are heard from its From on belong to it.
	Begin(e receipts.Epoch)
	// Own tells of a beacon of this radio, which its own gateway may hear.
	Own(hash [proof.HashSize]byte)
	// Of lists an epoch's, in the order of hearing.
	Of(epoch uint64) ([]receipts.Heard, error)
}

// Exchange brings receipts from witnesses to the beaconer; *exchange.Client is the real one.
type Exchange interface {
	// Begin tells of an epoch: its receipts and those of the one before are posted and looked for.
	Begin(epoch uint64)
	// Seek has the receipts of a beacon of this device gathered.
	Seek(epoch uint64, hash [proof.HashSize]byte)
	// Found are those gathered so far. Nothing about them is checked but their form.
	Found(epoch uint64, hash [proof.HashSize]byte) []proof.Receipt
}

// Transmitter puts a beacon on the air; *transmit.Transmitter is the real one.
type Transmitter interface {
	Beacon(ctx context.Context, b proof.Beacon, w transmit.Window) (transmit.Sent, error)
}

// Step is a moment of a beacon's life on the air, for tests that kill the process there.
type Step string

// The steps of a beacon, in order.
const (
	StepAsked Step = "asked" // noted, the gateway is asked next
	StepSent  Step = "sent"  // the gateway has answered, or has not
)

// Options configure a worker. Those without a remark must be set.
type Options struct {
	Device      string
	ChainID     string
	Signer      keys.Signer
	Chain       Chain
	Directory   Directory
	Chains      *Chains
	Receipts    Receipts
	Exchange    Exchange
	Transmitter Transmitter
	Ledger      *lora.Ledger
	Region      proof.Region
	Gateway     gwmp.EUI
	// Gateways tells what the server knows of the gateway; nil tells nothing.
	Gateways func() []gwmp.Status
	// AirFile keeps what was on the air over restarts.
	AirFile string
	// Observer, if set, is told of steps on the air.
	Observer func(step Step, epoch uint64)
	// OnEpoch, if set, is told of the epochs that the chain begins, more than once.
	OnEpoch func(epoch uint64)
	Clock   clock.Clock  // nil: the machine's
	Log     *slog.Logger // nil: none
}

// Worker answers for one device. Report may be called from anywhere.
type Worker struct {
	opts    Options
	id      proof.DeviceID
	flights chan flight

	mu        sync.Mutex
	air       airLog
	scheduled uint64 // the epoch of the newest flight
	state     state
}

// state is what Report shows and what saves queries; all of it can be asked again.
type state struct {
	radio     *worktypes.QueryRadioResponse
	askedAt   uint64 // the epoch in which radio was asked for
	notice    string
	problem   string
	chainEnds uint64
	coverage  coverage
	late      map[uint64]map[[proof.HashSize]byte]bool // receipts that need no more looking after
}

// New builds a worker. The log of what was on the air is read; a damaged one is warned of.
func New(o Options) *Worker {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Observer == nil {
		o.Observer = func(Step, uint64) {}
	}
	if o.OnEpoch == nil {
		o.OnEpoch = func(uint64) {}
	}
	if o.Gateways == nil {
		o.Gateways = func() []gwmp.Status { return nil }
	}
	w := &Worker{opts: o, id: proof.DeviceID(o.Signer.DeviceID()), flights: make(chan flight, 1)}
	w.state.coverage = coverage{heardMe: []Neighbour{}, heardBy: []Neighbour{}}
	w.state.late = map[uint64]map[[proof.HashSize]byte]bool{}
	var err error
	if w.air, err = readAir(o.AirFile); err != nil {
		o.Log.Warn("what was on the air is not known; at most one beacon may be sent twice", "device", o.Device, "error", err)
	}
	o.Ledger.Restore(w.air.Uses)
	return w
}

// Class implements worker.Worker.
func (*Worker) Class() devicetypes.WorkClass { return devicetypes.WORK_CLASS_RADIO }

// Describe implements worker.Worker.
func (w *Worker) Describe() worker.Description {
	return worker.Description{Backend: Backend, Hardware: fmt.Sprintf("gateway %s, %s", w.opts.Gateway, w.opts.Region)}
}

// Close implements worker.Worker.
func (w *Worker) Close() error { return nil }

// Run implements worker.Background: it transmits, and looks at what the chain made of beacons and receipts.
func (w *Worker) Run(ctx context.Context) error {
	var wait sync.WaitGroup
	defer wait.Wait()
	wait.Go(func() { w.survey(ctx) })
	for {
		select {
		case <-ctx.Done():
			return nil
		case f := <-w.flights:
			w.fly(ctx, f)
		}
	}
}
