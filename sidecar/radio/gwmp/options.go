package gwmp

import (
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
)

const (
	// DefaultListen is the port that forwarders are configured for, on loopback.
	DefaultListen = "127.0.0.1:1680"
	// DefaultAckTimeout is how long a TX_ACK may take. Forwarders send it when they queue a packet, not when they
	// transmit it, so this is a round trip, over a mobile network at worst.
	DefaultAckTimeout = 5 * time.Second
	// DefaultRouteAge is how old a gateway's last PULL_DATA may be for a downlink: forwarders poll every 5 to 30
	// seconds.
	DefaultRouteAge = time.Minute
)

// Delivery is one datagram of a gateway, handed to the handlers in the order of arrival.
type Delivery struct {
	Arrival  time.Time
	Datagram Datagram // of type PushData or PullData; the body must not be changed
	Uplink   Uplink   // of a PushData
	Err      error    // why a PushData's body could not be read; Uplink is then empty
}

// Handler takes deliveries, from one goroutine. A slow handler makes the server drop further datagrams; it never delays
// acknowledgements.
type Handler interface{ Deliver(d Delivery) }

// HandlerFunc makes a handler of a function.
type HandlerFunc func(d Delivery)

// Deliver implements Handler.
func (f HandlerFunc) Deliver(d Delivery) { f(d) }

// Options configure a server. The zero value of each field means its default.
type Options struct {
	Listen      string         // address and port; port 0 takes a free one
	AllowPublic bool           // permits another address than loopback's
	Sources     []netip.Prefix // networks that datagrams may come from; none: any
	Gateways    []EUI          // gateways that are served; none: any, up to Limits.Gateways
	Limits      Limits
	AckTimeout  time.Duration // 100 ms .. 1 min
	RouteAge    time.Duration // 1 s .. 1 h
	Handlers    []Handler
	Meter       Meter
	Log         *slog.Logger
	Clock       clock.Clock
}

// complete fills in defaults and checks. Errors wrap ErrOptions.
func (o Options) complete() (Options, error) {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits()
	}
	if o.AckTimeout == 0 {
		o.AckTimeout = DefaultAckTimeout
	}
	if o.RouteAge == 0 {
		o.RouteAge = DefaultRouteAge
	}
	if o.Meter == nil {
		o.Meter = Discard{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if err := o.Limits.Validate(); err != nil {
		return o, err
	}
	if len(o.Gateways) > o.Limits.Gateways {
		return o, fmt.Errorf("%w: %d gateways are listed, limit gateways is %d", ErrOptions, len(o.Gateways), o.Limits.Gateways)
	}
	if o.AckTimeout < 100*time.Millisecond || o.AckTimeout > time.Minute {
		return o, fmt.Errorf("%w: ack_timeout is %s, must be in 100ms..1m", ErrOptions, o.AckTimeout)
	}
	if o.RouteAge < time.Second || o.RouteAge > time.Hour {
		return o, fmt.Errorf("%w: route_age is %s, must be in 1s..1h", ErrOptions, o.RouteAge)
	}
	return o, nil
}
