// Package transmit brings a gateway's beacons on the air: at the right time, within the region's limits, through the
// gateway's packet forwarder, and not at the cost of what network servers make the same gateway transmit.
package transmit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/lora"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

var (
	// ErrWindow means that the region's limits, or what else the gateway transmits, leave no time before the window
	// closes.
	ErrWindow = errors.New("no time on the air before the beacon's slot ends")
	// ErrGateway means that the gateway would not transmit before the window closed; it wraps the last refusal.
	ErrGateway = errors.New("the gateway did not transmit the beacon")
)

// Sender asks a gateway to transmit; gwmp.Server does.
type Sender interface {
	Send(ctx context.Context, eui gwmp.EUI, p gwmp.TXPacket) (gwmp.TXResult, error)
}

// Options describe one gateway. Sender, Plan and Ledger must be set.
type Options struct {
	Gateway gwmp.EUI
	Sender  Sender
	Plan    lora.Plan
	Ledger  *lora.Ledger
	RFChain uint8
	// PowerOffset is added to the EIRP in dBm that the forwarder is asked for. Semtech's forwarder subtracts the
	// antenna_gain of its own configuration; where that is not set, give minus the antenna's gain here.
	PowerOffset int32
	Clock       clock.Clock
	Log         *slog.Logger
}

// Transmitter transmits for one gateway.
type Transmitter struct{ o Options }

// New makes a transmitter.
func New(o Options) *Transmitter {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Transmitter{o}
}

// Window is when a beacon may be on the air.
type Window struct{ Opens, Closes time.Time }

// Sent says what was transmitted.
type Sent struct {
	At          time.Time // when the gateway was asked; it transmits within about a second
	FrequencyHz uint32
	EIRP        int32 // dBm, as asked for
	Airtime     time.Duration
	Warning     string // the forwarder's, such as gwmp.TXPower with what it used instead
	// Uncertain tells that the gateway did not acknowledge: it may have transmitted or not.
	Uncertain bool
}

const (
	// retry is how long a gateway that refuses for a passing reason is left alone.
	retry = 2 * time.Second
	// startDelay is what forwarders need from the request to the air.
	startDelay = time.Second
)

// Beacon transmits once within the window. It is never repeated after a request that the gateway may have followed.
// Errors: ErrWindow, ErrGateway, the context's, x/work/proof/radio.ErrRegion, lora.ErrDwell. An unacknowledged request
// is no error: Sent.Uncertain tells.
func (t *Transmitter) Beacon(ctx context.Context, b proof.Beacon, w Window) (Sent, error) {
	tx, err := lora.TransmissionOf(t.o.Plan, b)
	if err != nil {
		return Sent{}, err
	}
	from := w.Opens
	var last error
	for {
		if now := t.o.Clock.Now(); now.After(from) {
			from = now
		}
		at, err := t.o.Ledger.Earliest(tx.FrequencyHz, tx.Airtime, from)
		if err != nil {
			return Sent{}, err
		}
		if at.Add(startDelay + tx.Airtime).After(w.Closes) {
			if last != nil {
				return Sent{}, fmt.Errorf("%w: %w", ErrGateway, last)
			}
			return Sent{}, fmt.Errorf("%w: %s of %s are possible from %s on, the slot ends at %s",
				ErrWindow, tx.Airtime, t.o.Plan.Name, at.UTC().Format(time.RFC3339), w.Closes.UTC().Format(time.RFC3339))
		}
		if err := clock.Sleep(ctx, t.o.Clock, at.Sub(t.o.Clock.Now())); err != nil {
			return Sent{}, err
		}
		sent, err := t.attempt(ctx, tx)
		if err == nil {
			return sent, nil
		}
		if ctx.Err() != nil || !passing(err) {
			return Sent{}, fmt.Errorf("%w: %w", ErrGateway, err)
		}
		last, from = err, t.o.Clock.Now().Add(retry)
		t.o.Log.Info("the gateway could not transmit a beacon, trying again", "gateway", t.o.Gateway, "error", err)
	}
}

func (t *Transmitter) attempt(ctx context.Context, tx lora.Transmission) (Sent, error) {
	now := t.o.Clock.Now()
	// Noted before it is asked for: what may be on the air counts.
	t.o.Ledger.Spend(tx.FrequencyHz, now, tx.Airtime)
	result, err := t.o.Sender.Send(ctx, t.o.Gateway, gwmp.TXPacket{
		Immediate: true, FrequencyHz: tx.FrequencyHz, RFChain: t.o.RFChain, Power: power(tx.EIRP + t.o.PowerOffset),
		Rate: gwmp.Rate{Spreading: uint8(tx.Spreading), Bandwidth: tx.BandwidthKHz}, CodingRate: "4/5", Preamble: 8, Payload: tx.Frame,
	})
	sent := Sent{At: now, FrequencyHz: tx.FrequencyHz, EIRP: tx.EIRP, Airtime: tx.Airtime, Warning: result.Warning}
	if mayHaveTransmitted(err) {
		sent.Uncertain = true
		t.o.Log.Warn("the gateway did not say whether it transmits a beacon", "gateway", t.o.Gateway, "error", err)
		return sent, nil
	}
	if err != nil {
		t.o.Ledger.Refund(tx.FrequencyHz, now, tx.Airtime)
		return Sent{}, err
	}
	if result.Warning != "" {
		t.o.Log.Info("the gateway transmits with a limitation", "gateway", t.o.Gateway, "warning", result.Warning)
	}
	return sent, nil
}

// mayHaveTransmitted tells errors after which a second request could put two beacons on the air.
func mayHaveTransmitted(err error) bool {
	return errors.Is(err, gwmp.ErrNoAck) || errors.Is(err, gwmp.ErrJSON) || errors.Is(err, gwmp.ErrClosed) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded)
}

// passing tells refusals that may be over in a moment.
func passing(err error) bool {
	if errors.Is(err, gwmp.ErrNoRoute) || errors.Is(err, gwmp.ErrBusy) {
		return true
	}
	var refusal *gwmp.TXError
	if !errors.As(err, &refusal) {
		return false
	}
	switch refusal.Code {
	case gwmp.CollisionPacket, gwmp.CollisionBeacon, gwmp.TooLate, gwmp.TooEarly:
		return true
	}
	return false
}

func power(dBm int32) int8 { return int8(min(max(dBm, -20), 40)) }

// Observe notes what a network server makes the gateway transmit, so that beacons keep out of its way and its time on
// the air counts.
func (t *Transmitter) Observe(p gwmp.TXPacket) {
	var airtime time.Duration
	var err error
	if p.Rate.Modulation() == gwmp.LoRa {
		m := lora.Modulation{
			Spreading: uint32(p.Rate.Spreading), BandwidthKHz: p.Rate.Bandwidth, CodingRate: codingRate(p.CodingRate),
			Preamble: uint32(p.Preamble), ImplicitHeader: p.NoHeader, NoCRC: p.NoCRC,
		}
		airtime, err = lora.TimeOnAir(m, len(p.Payload))
	} else {
		airtime, err = lora.TimeOnAirFSK(p.Rate.BitRate, uint32(p.Preamble), len(p.Payload))
	}
	if err != nil {
		return // the gateway's modem cannot send it either
	}
	// Its start is on the concentrator's counter, which is not known here: a few seconds hence for class A, some
	// minutes for class B. For the sum over an hour that is near enough.
	t.o.Ledger.Spend(p.FrequencyHz, t.o.Clock.Now(), airtime)
}

func codingRate(s string) uint32 {
	switch s {
	case "4/6", "2/3":
		return 2
	case "4/7":
		return 3
	case "4/8", "1/2":
		return 4
	}
	return 1
}
