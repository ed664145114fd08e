package process

import (
	"fmt"
	"log/slog"
	"net/netip"

	"github.com/joulechain/joule/sidecar/address"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/health"
	"github.com/joulechain/joule/sidecar/radio/directory"
	"github.com/joulechain/joule/sidecar/radio/exchange"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/lora"
	"github.com/joulechain/joule/sidecar/radio/mux"
	"github.com/joulechain/joule/sidecar/radio/transmit"
	"github.com/joulechain/joule/sidecar/services"
)

// station is the socket that all gateways of this machine share, and what stands behind it.
type station struct {
	server *gwmp.Server
	mux    *mux.Mux // nil without network servers
	counts *gwmp.Counts
	ears   map[gwmp.EUI]gwmp.Handler
	sends  map[gwmp.EUI]*transmit.Transmitter
	// downlinks breaks the circle between server and multiplexer: each needs the other.
	downlinks struct{ *gwmp.Server }
	directory *directory.Directory
	relay     *exchange.Relay // nil where none is served
	clients   []*exchange.Client
	// trouble says why a relay that the configuration asks for is not served; gateways need none of their own.
	trouble string
}

// openStation listens for the gateways of the configured radios.
func openStation(cfg config.Config, radios *directory.Directory, log *slog.Logger) (*station, error) {
	s := &station{directory: radios, counts: &gwmp.Counts{}, ears: map[gwmp.EUI]gwmp.Handler{}, sends: map[gwmp.EUI]*transmit.Transmitter{}}
	handlers := []gwmp.Handler{gwmp.HandlerFunc(s.deliver)}
	var err error
	if len(cfg.Radio.Upstreams) > 0 {
		s.mux, err = mux.New(mux.Options{
			Upstreams: cfg.Radio.Upstreams, Downlinks: &s.downlinks, Meter: s.counts, Log: log,
			Beacon: func(p *gwmp.RXPacket) bool { _, ok := lora.Payload(p.Payload); return ok },
			Observe: func(eui gwmp.EUI, p gwmp.TXPacket) {
				if t := s.sends[eui]; t != nil {
					t.Observe(p)
				}
			},
		})
		if err != nil {
			return nil, err
		}
		handlers = append(handlers, s.mux)
	}
	o := gwmp.Options{Listen: cfg.Radio.Listen, AllowPublic: cfg.Radio.AllowPublic, Handlers: handlers, Meter: s.counts, Log: log}
	for _, text := range cfg.Radio.Sources {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		o.Sources = append(o.Sources, prefix)
	}
	for _, d := range cfg.Devices {
		if d.Class != config.ClassRadio {
			continue
		}
		eui, err := address.ParseEUI(d.Gateway)
		if err != nil {
			return nil, err
		}
		o.Gateways = append(o.Gateways, eui)
	}
	if s.server, err = gwmp.Listen(o); err != nil {
		return nil, err
	}
	s.downlinks.Server = s.server
	if cfg.Exchange.Listen != "" {
		if s.relay, err = openRelay(cfg, radios, s.counts, log); err != nil {
			log.Error("no relay is served; the gateways work without it", "error", err)
			s.trouble = fmt.Sprintf("no receipts' relay is served: %v; it is tried again now and then", err)
		}
	}
	return s, nil
}

// openRelay serves the receipts' exchange.
func openRelay(cfg config.Config, radios *directory.Directory, counts *gwmp.Counts, log *slog.Logger) (*exchange.Relay, error) {
	x := cfg.Exchange
	return exchange.NewRelay(exchange.RelayOptions{
		ChainID: cfg.Chain.ID, Keys: radios, Listen: x.Listen, CertFile: cfg.Path(x.Cert), KeyFile: cfg.Path(x.Key), AllowPlain: x.AllowPlain,
		Meter: func(event string) { counts.Count(gwmp.Event("relay_" + event)) }, Log: log,
	})
}

func (s *station) deliver(d gwmp.Delivery) {
	if ears := s.ears[d.Datagram.Gateway]; ears != nil {
		ears.Deliver(d)
	}
}

func (s *station) services() []services.Service {
	list := []services.Service{{Name: "gateways", Run: s.server.Run}}
	if s.mux != nil {
		list = append(list, services.Service{Name: "network servers", Run: s.mux.Run})
	}
	if s.relay != nil {
		list = append(list, services.Service{Name: "receipts' relay", Run: s.relay.Run})
	}
	for _, c := range s.clients {
		list = append(list, services.Service{Name: "receipts' exchange", Run: c.Run})
	}
	return list
}

// begin tells the relay of an epoch.
func (s *station) begin(epoch uint64) {
	if s.relay != nil {
		s.relay.Begin(epoch)
	}
}

// close frees the sockets of a process that was never run.
func (s *station) close() {
	_ = s.server.Close() // both are closed already where they ran
	if s.relay != nil {
		_ = s.relay.Close()
	}
}

// report tells what came through the socket.
func (s *station) report() *health.Gateways {
	r := &health.Gateways{Address: s.server.Address().String(), Events: map[string]uint64{}}
	for e, n := range s.counts.All() {
		r.Events[string(e)] = n
	}
	if s.mux != nil {
		r.Upstreams = s.mux.Links()
	}
	return r
}
